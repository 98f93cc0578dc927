import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeFileSystem } from '../../../src/base/node-file-system.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts'
import type { ObjectFacts } from '../../../src/storage/object-store.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { describeObjectStore, names, pattern } from './object-store-suite.ts'

describeObjectStore('local', async () => {
  const folder = await temporaryFolder()
  return {
    open: () => LocalObjectStore.open(join(folder.path, 'objects'), nodeFileSystem),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
})

describeObjectStore('simulated local', async () => {
  const disk = new SimulatedDisk({ random: seededRandom(1) })
  return {
    open: () => LocalObjectStore.open('/objects', disk),
    [Symbol.asyncDispose]: async () => undefined,
  }
})

describe('a local object store on a disk that forgets', () => {
  it('has every acknowledged object whole after a power cut, and others whole or not at all', async () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    for (let round = 0; round < 200; round++) {
      const disk = new SimulatedDisk({ random, operationCountMax: random.below(60) })
      const acknowledged = await writeUntilCut(disk)
      const found = await LocalObjectStore.open('/objects', disk.powerCut({ random }))
      for (const [name, facts] of acknowledged) {
        await expect(found.get(name, facts), `seed ${seed}`).resolves.toBeDefined()
      }
      for (const name of await names(found, '')) {
        const size = Number(name.split('/')[1])
        expect(Buffer.compare(await found.get(name), pattern(size)), `seed ${seed}`).toBe(0)
      }
    }
  })

  it('drops what was left unfinished, once it is old enough', async () => {
    const disk = new SimulatedDisk({ random: seededRandom(2) })
    await LocalObjectStore.open('/objects', disk)
    disk.plant('/objects/.unfinished/leftover', pattern(10))
    const store = await LocalObjectStore.open('/objects', disk)
    const { modifiedMs = 0 } = (await disk.stat('/objects/.unfinished/leftover')) ?? {}
    await store.dropUnfinished({ modifiedMs })
    expect(await disk.list('/objects/.unfinished')).toHaveLength(1)
    await store.dropUnfinished({ modifiedMs: modifiedMs + 1 })
    expect(await disk.list('/objects/.unfinished')).toEqual([])
    expect(await names(store, '')).toEqual([])
  })

  it('leaves no empty folders', async () => {
    const disk = new SimulatedDisk({ random: seededRandom(6) })
    const store = await LocalObjectStore.open('/objects', disk)
    for (const name of ['a/1/x', 'a/1/y', 'a/2/x', 'b/1']) await store.put(name, [pattern(1)])
    await store.drop('a/1/x')
    await store.drop('b/1')
    expect((await disk.list('/objects')).map(({ name }) => name)).toEqual(['.unfinished', 'a'])
    expect((await disk.list('/objects/a')).map(({ name }) => name)).toEqual(['1', '2'])
    await store.drop('a/1/y')
    expect((await disk.list('/objects/a')).map(({ name }) => name)).toEqual(['2'])
  })

  it('writes into folders that are being dropped', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'objects')
    const store = await LocalObjectStore.open(path, nodeFileSystem)
    const other = LocalObjectStore.attach(path, nodeFileSystem)
    const churn = async (attached: LocalObjectStore, own: string): Promise<void> => {
      for (let round = 0; round < 100; round += 1) {
        await attached.put(`shared/folder/${own}`, [pattern(1)])
        await attached.drop(`shared/folder/${own}`)
      }
    }
    await Promise.all([churn(store, 'one'), churn(other, 'other')])
    expect(await names(store, '')).toEqual([])
  })

  it('leaves what others write alone when it is attached', async () => {
    const disk = new SimulatedDisk({ random: seededRandom(3) })
    await LocalObjectStore.open('/objects', disk)
    disk.plant('/objects/.unfinished/other', pattern(10))
    await LocalObjectStore.attach('/objects', disk).put('a/1', [pattern(1)])
    expect((await disk.list('/objects/.unfinished')).map(({ name }) => name)).toEqual(['other'])
  })

  it('goes on after the disk was full', async () => {
    const disk = new SimulatedDisk({ random: seededRandom(4), capacityBytes: 100_000 })
    const store = await LocalObjectStore.open('/objects', disk)
    const large = [pattern(150_000)]
    await expect(store.put('a/1', large)).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(await names(store, '')).toEqual([])
    expect(await disk.list('/objects/.unfinished')).toEqual([])
    disk.capacityBytes = 1_000_000
    await store.put('a/1', large)
    expect(await names(store, '')).toEqual(['a/1'])
  })

  it('does not keep an object whose sync failed', async () => {
    const disk = new SimulatedDisk({
      random: seededRandom(5),
      faultOf: ({ kind }) => (kind === 'datasync' ? 'IO_FAILED' : undefined),
    })
    const store = await LocalObjectStore.open('/objects', disk)
    await expect(store.put('a/1', [pattern(10)])).rejects.toMatchObject({ code: 'IO_FAILED' })
    expect(await names(store, '')).toEqual([])
  })
})

/** Objects whose names end with their size, until the power goes; those that were acknowledged. */
async function writeUntilCut(disk: SimulatedDisk): Promise<Map<string, ObjectFacts>> {
  const acknowledged = new Map<string, ObjectFacts>()
  try {
    const store = await LocalObjectStore.open('/objects', disk)
    for (let size = 1; size < 5000; size += 613) {
      const name = `${size % 3}/${size}`
      acknowledged.set(name, await store.put(name, [pattern(size)]))
    }
  } catch (error) {
    if (!disk.isPowerOff) throw error
  }
  return acknowledged
}
