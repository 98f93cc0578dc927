import { describe, expect, it } from 'vitest'
import { toId } from '../../../src/base/int64.ts'
import { limits } from '../../../src/base/limits.ts'
import type { Timestamp } from '../../../src/base/timestamp.ts'
import type { Log, LogChannel, LogPosition } from '../../../src/log/log.ts'

export interface Subject extends AsyncDisposable {
  /** Opens the log that is kept, as a process does when it starts. Files are small: 4 KiB. */
  open(): Promise<Log>
}

/** What every log does, whatever it keeps its records in. */
export function describeLog(name: string, create: () => Promise<Subject>): void {
  describe(`a ${name} log`, () => {
    describeAppending(create)
    describeReading(create)
    describeRestarts(create)
    describeTruncation(create)
    describeChannels(create)
    describeRefusals(create)
  })
}

function describeAppending(create: () => Promise<Subject>): void {
  it('starts empty', async () => {
    await using fresh = await openFresh(create)
    expect(fresh.channel.next).toBe(0n)
    expect(fresh.channel.first).toBe(0n)
    expect(fresh.channel.lastTimestamp).toBe(0n)
    expect(await all(fresh.channel)).toEqual([])
  })

  it('takes positions at once, in the order of the calls, and resolves in it', async () => {
    await using fresh = await openFresh(create)
    const resolved: bigint[] = []
    const appends = Array.from({ length: 100 }, async (_, i) => {
      const appending = fresh.channel.append(at(i), [bytes(i)])
      expect(fresh.channel.next).toBe(BigInt(i + 1))
      expect(fresh.channel.lastTimestamp).toBe(BigInt(i))
      resolved.push(await appending)
    })
    await Promise.all(appends)
    expect(resolved).toEqual(Array.from({ length: 100 }, (_, i) => BigInt(i)))
  })

  it('keeps payloads of all sizes, in any number of parts', async () => {
    await using fresh = await openFresh(create)
    const sizes = [0, 1, 7, 8, 9, 4095, 4096, 4097, 10_000, 1_500_000]
    const payloads = sizes.map((size) => Uint8Array.from({ length: size }, (_, i) => i * 7))
    for (const payload of payloads) {
      const cut = payload.length >> 1
      const parts = [payload.subarray(0, cut), bytes(), payload.subarray(cut)]
      await fresh.channel.append(at(1), parts)
    }
    await fresh.channel.append(at(1), [])
    const found = await all(fresh.channel)
    expect(found.map(({ payload }) => payload.length)).toEqual([...sizes, 0])
    for (const [i, payload] of payloads.entries()) {
      expect(Buffer.compare(found[i]?.payload ?? bytes(), payload)).toBe(0)
    }
  })

  it('lets records share a timestamp', async () => {
    await using fresh = await openFresh(create)
    await fresh.channel.append(at(5), [bytes(1)])
    await fresh.channel.append(at(5), [bytes(2)])
    expect((await all(fresh.channel)).map(({ timestamp }) => timestamp)).toEqual([5n, 5n])
  })
}

function describeReading(create: () => Promise<Subject>): void {
  it('reads from any position on', async () => {
    await using fresh = await openFresh(create)
    await appendMany(fresh.channel, 200)
    for (const from of [0, 1, 99, 199, 200]) {
      const found = await all(fresh.channel, from)
      expect(found.map(({ position }) => position)).toEqual(positions(from, 200))
    }
  })

  it('reads a record with its position, timestamp and payload', async () => {
    await using fresh = await openFresh(create)
    await fresh.channel.append(at(2n ** 62n), [bytes(1, 2), bytes(3)])
    expect(await all(fresh.channel)).toEqual([
      { position: 0n, timestamp: 2n ** 62n, payload: bytes(1, 2, 3) },
    ])
  })

  it('hands out payloads at addresses that typed arrays can view', async () => {
    await using fresh = await openFresh(create)
    for (const size of [1, 3, 8, 5000]) await fresh.channel.append(at(1), [new Uint8Array(size)])
    for await (const { payload } of fresh.channel.read(fresh.channel.first)) {
      expect(payload.byteOffset % 8).toBe(0)
    }
  })

  it('reads what is appended while it reads', async () => {
    await using fresh = await openFresh(create)
    await appendMany(fresh.channel, 10)
    const found: bigint[] = []
    for await (const { position } of fresh.channel.read(position0)) {
      found.push(position)
      if (found.length <= 300) await fresh.channel.append(at(1000), [bytes(1)])
    }
    expect(found).toEqual(positions(0, 310))
  })

  it('lets many read at once', async () => {
    await using fresh = await openFresh(create)
    await appendMany(fresh.channel, 300)
    const readers = await Promise.all(Array.from({ length: 10 }, () => all(fresh.channel)))
    for (const found of readers) expect(found).toHaveLength(300)
  })
}

function describeRestarts(create: () => Promise<Subject>): void {
  it('holds the same after a restart, and goes on where it was', async () => {
    await using subject = await create()
    {
      await using log = await subject.open()
      await appendMany(await log.open('c'), 200)
    }
    await using log = await subject.open()
    const channel = await log.open('c')
    expect(channel.next).toBe(200n)
    expect(channel.lastTimestamp).toBe(199n)
    expect(await channel.append(at(200), [bytes(7)])).toBe(200n)
    expect((await all(channel)).map(({ position }) => position)).toEqual(positions(0, 201))
  })

  it('keeps position and timestamp when nothing is left to read', async () => {
    await using subject = await create()
    {
      await using log = await subject.open()
      const channel = await log.open('c')
      await appendMany(channel, 50)
      await channel.truncate(channel.next)
      expect(channel.first).toBe(50n)
    }
    await using log = await subject.open()
    const channel = await log.open('c')
    expect(channel).toMatchObject({ first: 50n, next: 50n, lastTimestamp: 49n })
  })

  it('makes records durable that were taken before it was closed', async () => {
    await using subject = await create()
    const log = await subject.open()
    const channel = await log.open('c')
    const appending = appendMany(channel, 20)
    await log[Symbol.asyncDispose]()
    await appending
    await using reopened = await subject.open()
    expect((await reopened.open('c')).next).toBe(20n)
  })
}

function describeTruncation(create: () => Promise<Subject>): void {
  it('frees the disk of what lies before a position, and of nothing after', async () => {
    await using fresh = await openFresh(create)
    const { channel } = fresh
    await appendMany(channel, 300)
    const sizeBefore = channel.sizeBytes
    await channel.truncate(position(200))
    expect(channel.sizeBytes).toBeLessThan(sizeBefore)
    expect(channel.first).toBeGreaterThan(0n)
    expect(channel.first).toBeLessThanOrEqual(200n)
    const found = await all(channel, 200)
    expect(found.map((record) => record.position)).toEqual(positions(200, 300))
  })

  it('frees everything when nothing is needed, and goes on', async () => {
    await using fresh = await openFresh(create)
    const { channel } = fresh
    await appendMany(channel, 300)
    await channel.truncate(position(10_000))
    expect(channel.first).toBe(300n)
    expect(channel.sizeBytes).toBeLessThan(100)
    await channel.append(at(300), [bytes(1)])
    expect((await all(channel)).map((record) => record.position)).toEqual([300n])
  })

  it('can be repeated, and does nothing for a position that is gone', async () => {
    await using fresh = await openFresh(create)
    await appendMany(fresh.channel, 300)
    await fresh.channel.truncate(position(300))
    await fresh.channel.truncate(position(300))
    await fresh.channel.truncate(position(5))
    expect(fresh.channel.first).toBe(300n)
  })

  it('truncates while it appends and reads', async () => {
    await using fresh = await openFresh(create)
    const { channel } = fresh
    await appendMany(channel, 300)
    const appending = appendMany(channel, 300)
    const reading = all(channel, 250)
    await channel.truncate(position(200))
    await appending
    const found = (await reading).map((record) => record.position)
    expect(found.slice(0, 50)).toEqual(positions(250, 300))
    expect((await all(channel)).at(-1)?.position).toBe(599n)
  })
}

function describeChannels(create: () => Promise<Subject>): void {
  it('keeps channels apart, and names them', async () => {
    await using subject = await create()
    await using log = await subject.open()
    const [a, b] = await Promise.all([log.open('by-dev-dml_0'), log.open('by-dev-dml_1')])
    await a.append(at(1), [bytes(1)])
    await b.append(at(2), [bytes(2)])
    expect((await all(a)).map(({ payload }) => payload)).toEqual([bytes(1)])
    expect((await all(b)).map(({ payload }) => payload)).toEqual([bytes(2)])
    expect(await log.names()).toEqual(['by-dev-dml_0', 'by-dev-dml_1'])
  })

  it('gives the same channel to everybody who opens it', async () => {
    await using subject = await create()
    await using log = await subject.open()
    const opened = await Promise.all([log.open('c'), log.open('c')])
    expect(opened[0]).toBe(opened[1])
    expect(await log.open('c')).toBe(opened[0])
  })
}

function describeRefusals(create: () => Promise<Subject>): void {
  it.each(['', '.', '..', '../c', '/etc', 'a/b', 'a\\b', 'a b', 'a\0', '-a', 'a'.repeat(201), 'ä'])(
    'refuses %j for a channel name',
    async (name) => {
      await using subject = await create()
      await using log = await subject.open()
      await expect(log.open(name)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
      expect(await log.names()).toEqual([])
    },
  )

  it('refuses a record over the limit, and takes the next', async () => {
    await using fresh = await openFresh(create)
    const half = new Uint8Array(limits.logRecordSizeBytesMax / 2)
    const tooLong = fresh.channel.append(at(1), [half, half, bytes(1)])
    await expect(tooLong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(await fresh.channel.append(at(1), [bytes(1)])).toBe(0n)
  })

  it('refuses to read what it does not hold', async () => {
    await using fresh = await openFresh(create)
    await appendMany(fresh.channel, 300)
    await fresh.channel.truncate(position(300))
    await expect(all(fresh.channel, 299)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(all(fresh.channel, 301)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('is closed for everybody once it is closed', async () => {
    await using subject = await create()
    const log = await subject.open()
    const channel = await log.open('c')
    await log[Symbol.asyncDispose]()
    await log[Symbol.asyncDispose]()
    await expect(channel.append(at(1), [bytes(1)])).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(all(channel)).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(channel.truncate(position0)).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(log.open('c')).rejects.toMatchObject({ code: 'CLOSED' })
  })
}

interface Fresh extends AsyncDisposable {
  readonly channel: LogChannel
}

async function openFresh(create: () => Promise<Subject>): Promise<Fresh> {
  const subject = await create()
  const log = await subject.open()
  return {
    channel: await log.open('c'),
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]()
      await subject[Symbol.asyncDispose]()
    },
  }
}

/** Record i has timestamp i and 50 bytes of i. */
async function appendMany(channel: LogChannel, count: number): Promise<void> {
  const first = Number(channel.next)
  const appends = Array.from({ length: count }, (_, i) =>
    channel.append(at(first + i), [new Uint8Array(50).fill(first + i)]),
  )
  // Some wait for each other and some do not, so that groups of all sizes come about.
  for (const [i, appending] of appends.entries()) if (i % 7 === 0) await appending
  await Promise.all(appends)
}

interface Found {
  readonly position: bigint
  readonly timestamp: bigint
  readonly payload: Uint8Array
}

async function all(channel: LogChannel, from = Number(channel.first)): Promise<readonly Found[]> {
  const found: Found[] = []
  for await (const record of channel.read(position(from))) {
    found.push({ ...record, payload: record.payload.slice() })
  }
  return found
}

const position0 = toId<LogPosition>(0n)

function position(value: number): LogPosition {
  return toId<LogPosition>(BigInt(value))
}

function positions(from: number, to: number): readonly bigint[] {
  return Array.from({ length: to - from }, (_, i) => BigInt(from + i))
}

function at(value: number | bigint): Timestamp {
  return toId<Timestamp>(BigInt(value))
}

function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values)
}
