import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../src/base/errors.ts'
import { ElanusError } from '../../../src/base/errors.ts'
import { toId } from '../../../src/base/int64.ts'
import { seededRandom } from '../../../src/base/random.ts'
import type { Timestamp } from '../../../src/base/timestamp.ts'
import { openFileLog } from '../../../src/log/file-log.ts'
import type { Log, LogChannel } from '../../../src/log/log.ts'
import { seedOfRun } from '../../support/seeds.ts'
import type { Operation } from '../../support/simulated-disk.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'

describe('a channel on a full disk', () => {
  it('refuses appends, keeps what it has, and goes on once there is room', async () => {
    const disk = new SimulatedDisk({ random: seededRandom(1), capacityBytes: 5000 })
    await using log = await openLog(disk)
    const channel = await log.open('c')
    const acknowledged = await appendUntil('DISK_FULL', channel)
    const { next, lastTimestamp } = channel

    await expect(append(channel, 150)).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(channel).toMatchObject({ next, lastTimestamp })
    expect(await positionsOf(channel)).toEqual(acknowledged)

    disk.capacityBytes = 100_000
    expect(await append(channel, 1)).toBe(next)
    expect(await positionsOf(channel)).toEqual([...acknowledged, next])
  })

  it('rejects everything that waited behind, and gives the positions back', async () => {
    const disk = new SimulatedDisk({ random: seededRandom(1), capacityBytes: 1000 })
    await using log = await openLog(disk)
    const channel = await log.open('c')
    await append(channel, 10)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => append(channel, 200)),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 'rejected'))
    expect(channel.next).toBe(1n)
    expect(await append(channel, 10)).toBe(1n)
  })

  it('leaves nothing of a refused record for the next start', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = seededRandom(seed)
      const disk = new SimulatedDisk({ random, capacityBytes: 3000 })
      const channel = await (await openLog(disk)).open('c')
      const acknowledged = await appendUntil('DISK_FULL', channel)
      const after = disk.powerCut({ random })
      await using log = await openLog(after)
      expect(await positionsOf(await log.open('c')), `seed ${seed}`).toEqual(acknowledged)
    }
  })

  it('frees what it may even where there is no room for a new file', async () => {
    const disk = new SimulatedDisk({ random: seededRandom(1), capacityBytes: 10_000 })
    await using log = await openLog(disk)
    const channel = await log.open('c')
    await appendUntil('DISK_FULL', channel)
    const { next, sizeBytes } = channel
    await channel.truncate(next)
    expect(channel.sizeBytes).toBeLessThan(sizeBytes)
    expect(await append(channel, 1)).toBe(next)
  })
})

describe('a channel whose writes fail', () => {
  it('rejects what was not written, and goes on', async () => {
    let isFailing = false
    const disk = diskThatFails(({ kind }) => kind === 'write' && isFailing)
    await using log = await openLog(disk)
    const channel = await log.open('c')
    await append(channel, 10)
    isFailing = true
    await expect(append(channel, 10)).rejects.toMatchObject({ code: 'IO_FAILED' })
    isFailing = false
    expect(await append(channel, 10)).toBe(1n)
    expect(await positionsOf(channel)).toEqual([0n, 1n])
  })

  it('stays on its file when the next cannot be made', async () => {
    let isFailing = false
    const disk = diskThatFails(({ kind }) => kind === 'create' && isFailing)
    await using log = await openLog(disk)
    const channel = await log.open('c')
    await append(channel, 3000)
    isFailing = true
    await expect(append(channel, 3000)).rejects.toMatchObject({ code: 'IO_FAILED' })
    isFailing = false
    await append(channel, 3000)
    expect(await positionsOf(channel)).toEqual([0n, 1n])
  })
})

describe('a channel whose sync fails', () => {
  it.each([
    ['datasync', 1],
    ['datasync', 3000],
    ['syncFolder', 3000],
  ] as const)(
    'ends for good at a failed %s, and says so once (%i bytes)',
    async (failing, size) => {
      let isFailing = false
      const disk = diskThatFails(({ kind }) => kind === failing && isFailing)
      const fatal: ElanusError[] = []
      const log = await openLog(disk, (error) => fatal.push(error))
      const channel = await log.open('c')
      await append(channel, 3000)
      isFailing = true
      const outcomes = await Promise.allSettled([append(channel, size), append(channel, size)])
      isFailing = false
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'IO_FAILED' } })
      }
      expect(fatal).toHaveLength(1)
      await expect(append(channel, 1)).rejects.toBe(fatal[0])
      await expect(channel.truncate(channel.next)).rejects.toBe(fatal[0])
      await log[Symbol.asyncDispose]()
      expect(fatal).toHaveLength(1)
    },
  )

  it('holds what was acknowledged when it is opened again', async () => {
    const seed = seedOfRun()
    for (let i = 0; i < 100; i++) {
      const random = seededRandom(seed + i)
      const failingIndex = 10 + random.below(60)
      const disk = new SimulatedDisk({
        random,
        faultOf: ({ kind, index }) =>
          kind === 'datasync' && index >= failingIndex ? 'IO_FAILED' : undefined,
      })
      const channel = await (await openLog(disk)).open('c')
      const acknowledged = await appendUntil('IO_FAILED', channel)
      const after = disk.powerCut({ random })
      await using log = await openLog(after)
      const found = await positionsOf(await log.open('c'))
      expect(found.slice(0, acknowledged.length), `seed ${seed + i}`).toEqual(acknowledged)
    }
  })
})

/** Appends until it is refused with this code; returns what was acknowledged. */
async function appendUntil(code: ErrorCode, channel: LogChannel): Promise<readonly bigint[]> {
  const acknowledged: bigint[] = []
  try {
    for (;;) acknowledged.push(await append(channel, 150))
  } catch (error) {
    if (error instanceof ElanusError && error.code === code) return acknowledged
    throw error
  }
}

function openLog(
  disk: SimulatedDisk,
  onFatal: (error: ElanusError) => void = () => undefined,
): Promise<Log> {
  return openFileLog({ folder: '/log', fileSystem: disk, fileSizeBytesMax: 4096, onFatal })
}

function diskThatFails(isFailing: (operation: Operation) => boolean): SimulatedDisk {
  return new SimulatedDisk({
    random: seededRandom(1),
    faultOf: (operation) => (isFailing(operation) ? 'IO_FAILED' : undefined),
  })
}

function append(channel: LogChannel, size: number): Promise<bigint> {
  return channel.append(toId<Timestamp>(channel.next), [new Uint8Array(size)])
}

async function positionsOf(channel: LogChannel): Promise<readonly bigint[]> {
  const positions: bigint[] = []
  for await (const { position } of channel.read(channel.first)) positions.push(position)
  return positions
}
