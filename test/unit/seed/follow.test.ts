import { describe, expect, it } from 'vitest'
import { toId } from '../../../src/base/int64.ts'
import { type Timestamp, timestampZero } from '../../../src/base/timestamp.ts'
import { startOf, wirePosition } from '../../../src/services/channels/channel.ts'
import { EventChannel } from '../../../src/services/channels/event-channel.ts'
import { follow, tickPeriodMs } from '../../../src/services/channels/follow.ts'
import { MsgType } from '../../../src/services/seed/common-messages.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const first = { kind: 'first' } as const

function channel(countMax?: number): EventChannel {
  let now = 1_000n
  return new EventChannel({
    name: 'news',
    openedAt: toId<Timestamp>(100n),
    now: async () => toId<Timestamp>((now += 1n)),
    ...(countMax === undefined ? {} : { countMax }),
  })
}

function publish(source: EventChannel, segmentID: bigint): void {
  source.publish(MsgType.SEGMENT_FLUSH_DONE, timestampZero, (base) => ({
    type: MsgType.SEGMENT_FLUSH_DONE,
    message: { base, segmentID },
  }))
}

describe('following a channel', () => {
  it('gives what is there, then a tick, then what comes', async () => {
    const source = channel()
    const clock = new ManualClock()
    publish(source, 1n)
    const { signal } = new AbortController()
    const messages = follow(source, first, { clock, signal })
    expect((await messages.next()).value).toMatchObject({ position: 100n })
    expect((await messages.next()).value?.body.type).toBe(MsgType.TIME_TICK)
    const waiting = messages.next()
    publish(source, 2n)
    expect((await waiting).value?.body).toMatchObject({ message: { segmentID: 2n } })
    await messages.return()
  })

  it('ticks on while nothing comes', async () => {
    const source = channel()
    const clock = new ManualClock()
    const { signal } = new AbortController()
    const messages = follow(source, first, { clock, signal })
    const ticks = [(await messages.next()).value]
    for (let count = 0; count < 3; count += 1) {
      const waiting = messages.next()
      // Its timer is set once it waits.
      await new Promise(setImmediate)
      clock.advance(tickPeriodMs)
      ticks.push((await waiting).value)
    }
    const times = ticks.map((tick) => tick?.timestamp ?? 0n)
    expect(times).toEqual([1_001n, 1_002n, 1_003n, 1_004n])
    await messages.return()
  })

  it('ends when it is told to, also while it waits', async () => {
    const abort = new AbortController()
    const messages = follow(channel(), first, { clock: new ManualClock(), signal: abort.signal })
    await messages.next()
    const waiting = messages.next()
    await new Promise(setImmediate)
    abort.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })

  it('tells who is too slow that what is next was not kept', async () => {
    const source = channel(4)
    publish(source, 0n)
    const { signal } = new AbortController()
    const messages = follow(source, first, { clock: new ManualClock(), signal })
    await messages.next()
    for (let id = 1n; id < 20n; id += 1n) publish(source, id)
    await expect(messages.next()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('begins at a position, and nowhere where none is', async () => {
    const source = channel()
    for (const id of [0n, 1n, 2n]) publish(source, id)
    const options = { clock: new ManualClock(), signal: new AbortController().signal }
    const from = follow(source, { kind: 'position', position: 102n }, options)
    expect((await from.next()).value?.body).toMatchObject({ message: { segmentID: 2n } })
    await from.return()
    for (const position of [99n, 104n]) {
      const nowhere = follow(source, { kind: 'position', position }, options)
      await expect(nowhere.next()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
  })
})

describe('a position on the wire', () => {
  it('is read back as it was written', () => {
    for (const position of [0n, 1n, 2n ** 62n]) {
      expect(startOf(wirePosition('c', position, 0n))).toEqual({ kind: 'position', position })
    }
    expect(startOf(undefined)).toEqual({ kind: 'first' })
    expect(startOf({ channelName: 'c', msgID: new Uint8Array(), timestamp: 0n })).toEqual({
      kind: 'next',
    })
    const short = { channelName: 'c', msgID: new Uint8Array(3), timestamp: 0n }
    expect(() => startOf(short)).toThrow('3 bytes')
  })
})
