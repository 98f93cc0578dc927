import { describe, expect, it } from 'vitest'
import { ElanusError } from '../../../src/base/errors.ts'
import type { FileSystem } from '../../../src/base/file-system.ts'
import { toId } from '../../../src/base/int64.ts'
import type { Random } from '../../../src/base/random.ts'
import { seededRandom } from '../../../src/base/random.ts'
import type { Timestamp } from '../../../src/base/timestamp.ts'
import { openFileLog } from '../../../src/log/file-log.ts'
import type { Log, LogChannel, LogPosition } from '../../../src/log/log.ts'
import { lyingFileSystem } from '../../support/lying-file-system.ts'
import { seedOfRun } from '../../support/seeds.ts'
import type { Operation } from '../../support/simulated-disk.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'

/** The cuts that one run of the test makes. */
const cutCount = 2000
/** Operations on the disk that a life lasts at most; the power goes somewhere in it. */
const operationCountMax = 60

describe('a file log whose power is cut', () => {
  it(`holds all that was acknowledged, over ${cutCount} cuts`, async () => {
    const seed = seedOfRun()
    const tellTruth = async (): Promise<void> => {
      for (let i = 0; i < cutCount / livesOfStory; i++) await liveStory(seed + i, (disk) => disk)
    }
    await expect(tellTruth()).resolves.toBeUndefined()
  })

  it('is caught when it acknowledges before the disk has it', async () => {
    const seed = seedOfRun()
    const tellLies = async (): Promise<void> => {
      for (let i = 0; i < 200; i++) await liveStory(seed + i, lyingFileSystem)
    }
    await expect(tellLies()).rejects.toThrow(/^seed|^Cannot read/)
  })
})

/** What callers were told, over all lives of one log. */
interface Told {
  /** The payload that was appended at a position last, and whether it was acknowledged. */
  readonly records: Map<bigint, { readonly payload: Uint8Array; isAcknowledged: boolean }>
  truncatedBefore: bigint
}

const livesOfStory = 4

/** A log lives, loses power, and is opened again, a few times over. */
async function liveStory(seed: number, dress: (disk: SimulatedDisk) => FileSystem): Promise<void> {
  const random = seededRandom(seed)
  const told: Told = { records: new Map(), truncatedBefore: 0n }
  const drawLife = () => ({
    random,
    operationCountMax: random.below(operationCountMax),
    faultOf: ({ kind }: Operation) =>
      (kind === 'write' || kind === 'create') && random.below(30) === 0 ? diskFull : undefined,
  })
  let disk = new SimulatedDisk(drawLife())
  for (let life = 0; life < livesOfStory; life++) {
    const living = disk
    await expectPowerOff(() => live(dress(living), random, told))
    disk = living.powerCut({ random })
    {
      await using log = await openLog(disk, random)
      await check(await log.open('c'), told, `seed ${seed}, life ${life}`)
    }
    disk = disk.kill(drawLife())
  }
}

async function live(fileSystem: FileSystem, random: Random, told: Told): Promise<void> {
  const log = await openLog(fileSystem, random)
  const channel = await openChannel(log)
  for (const position of told.records.keys()) {
    // A record that was never acknowledged may be gone; its position is then taken again.
    if (position >= channel.next) told.records.delete(position)
  }
  for (;;) {
    const appends = Array.from({ length: 1 + random.below(6) }, () => append(channel, random, told))
    const truncating = random.below(5) === 0 ? [truncate(channel, random, told)] : []
    await Promise.all([...appends, ...truncating])
  }
}

const diskFull = 'DISK_FULL'

async function append(channel: LogChannel, random: Random, told: Told): Promise<void> {
  const payload = new Uint8Array(random.below(1500)).fill(random.below(256))
  const record = { payload, isAcknowledged: false }
  const { next } = channel
  const appending = channel.append(timestampOf(next), [payload])
  told.records.set(next, record)
  try {
    await appending
    record.isAcknowledged = true
  } catch (error) {
    if (!isDiskFull(error)) throw error
    // It must not be there; the position may be another record's by now.
    if (told.records.get(next) === record) told.records.delete(next)
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof ElanusError && error.code === diskFull
}

async function openChannel(log: Log): Promise<LogChannel> {
  for (;;) {
    try {
      return await log.open('c')
    } catch (error) {
      if (!isDiskFull(error)) throw error
    }
  }
}

async function truncate(channel: LogChannel, random: Random, told: Told): Promise<void> {
  const before = channel.first + BigInt(random.below(Number(channel.next - channel.first) + 1))
  if (before > told.truncatedBefore) told.truncatedBefore = before
  await channel.truncate(toId<LogPosition>(before))
}

async function check(channel: LogChannel, told: Told, message: string): Promise<void> {
  expect(channel.first <= told.truncatedBefore, `${message}: kept from ${channel.first}`).toBe(true)
  const found = new Map<bigint, Uint8Array>()
  let expected = channel.first
  for await (const { position, timestamp, payload } of channel.read(channel.first)) {
    expect(position, `${message}: dense`).toBe(expected)
    expect(told.records.has(position), `${message}: ${position} was appended`).toBe(true)
    expect(timestamp, `${message}: timestamp of ${position}`).toBe(timestampOf(position))
    found.set(position, payload.slice())
    expected = toId<LogPosition>(expected + 1n)
  }
  expect(channel.next, `${message}: next`).toBe(expected)
  for (const [position, { payload, isAcknowledged }] of told.records) {
    const bytes = found.get(position)
    if (position < channel.first) continue
    if (bytes === undefined) {
      expect(isAcknowledged, `${message}: lost the acknowledged ${position}`).toBe(false)
    } else {
      expect(Buffer.compare(bytes, payload), `${message}: payload of ${position}`).toBe(0)
    }
  }
}

function openLog(fileSystem: FileSystem, random: Random): Promise<Log> {
  return openFileLog({
    folder: '/log',
    fileSystem,
    fileSizeBytesMax: 4096,
    drawSalt: () => random.below(2 ** 32),
    onFatal: () => undefined,
  })
}

async function expectPowerOff(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof ElanusError && error.code === 'IO_FAILED') return
    throw error
  }
}

function timestampOf(position: bigint): Timestamp {
  return toId<Timestamp>(position / 3n + 1n)
}
