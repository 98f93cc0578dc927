import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'

const bytes = (...values: readonly number[]) => Uint8Array.from(values)

async function namesAfterPowerCut(disk: SimulatedDisk): Promise<readonly string[]> {
  const after = disk.powerCut({ random: seededRandom(0) })
  return (await after.list('/')).map(({ name }) => name)
}

describe('SimulatedDisk', () => {
  it('keeps what was synced over every power cut', async () => {
    for (let seed = 0; seed < 100; seed++) {
      const disk = new SimulatedDisk({ random: seededRandom(seed) })
      await using file = await disk.open('/a', 'create')
      await file.write([bytes(1, 2, 3)], 0)
      await file.datasync()
      await disk.syncFolder('/')
      expect(disk.powerCut({ random: seededRandom(seed) }).peek('/a')).toEqual(bytes(1, 2, 3))
    }
  })

  it('may lose, tear and keep content that was not synced', async () => {
    const outcomes = new Set<string>()
    for (let seed = 0; seed < 300; seed++) {
      const disk = new SimulatedDisk({ random: seededRandom(seed) })
      await using file = await disk.open('/a', 'create')
      await disk.syncFolder('/')
      await file.write([new Uint8Array(1024).fill(1)], 0)
      const left = disk.powerCut({ random: seededRandom(0) }).peek('/a')
      outcomes.add(`${left.length} ${left[0] ?? '-'} ${left[512] ?? '-'}`)
    }
    expect([...outcomes].toSorted()).toEqual([
      '0 - -',
      '1024 0 0',
      '1024 0 1',
      '1024 1 0',
      '1024 1 1',
    ])
  })

  it('may lose and keep a name that was not synced', async () => {
    const outcomes = new Set<string>()
    for (let seed = 0; seed < 100; seed++) {
      const disk = new SimulatedDisk({ random: seededRandom(seed) })
      await using file = await disk.open('/a', 'create')
      await file.datasync()
      outcomes.add((await namesAfterPowerCut(disk)).join())
    }
    expect([...outcomes].toSorted()).toEqual(['', 'a'])
  })

  it('renames whole or not at all', async () => {
    const outcomes = new Set<string>()
    for (let seed = 0; seed < 100; seed++) {
      const disk = new SimulatedDisk({ random: seededRandom(seed) })
      await using file = await disk.open('/a', 'create')
      await file.datasync()
      await disk.syncFolder('/')
      await disk.rename('/a', '/b')
      outcomes.add((await namesAfterPowerCut(disk)).join())
    }
    expect([...outcomes].toSorted()).toEqual(['a', 'b'])
  })

  it('loses what a failed sync left behind, though the next sync succeeds', async () => {
    let hasFailed = false
    const disk = new SimulatedDisk({
      random: seededRandom(1),
      faultOf: ({ kind }) => {
        if (kind !== 'datasync' || hasFailed) return undefined
        hasFailed = true
        return 'IO_FAILED'
      },
    })
    await using file = await disk.open('/a', 'create')
    await disk.syncFolder('/')
    await file.write([bytes(1)], 0)
    await expect(file.datasync()).rejects.toMatchObject({ code: 'IO_FAILED' })
    await file.datasync()
    expect(disk.powerCut({ random: seededRandom(0) }).peek('/a')).toEqual(bytes())
  })

  it('writes as much as there is room for, and then is full', async () => {
    const disk = new SimulatedDisk({ random: seededRandom(1), capacityBytes: 3 })
    await using file = await disk.open('/a', 'create')
    await expect(file.write([bytes(1, 2, 3, 4)], 0)).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(disk.peek('/a')).toEqual(bytes(1, 2, 3))
  })

  it('does nothing once the power is off', async () => {
    const disk = new SimulatedDisk({ random: seededRandom(1), operationCountMax: 1 })
    await using file = await disk.open('/a', 'create')
    await expect(disk.syncFolder('/')).rejects.toMatchObject({ code: 'IO_FAILED' })
    await expect(file.size()).rejects.toMatchObject({ code: 'IO_FAILED' })
  })
})
