import type { Clock } from '../../base/clock.ts'
import { MsgType } from '../seed/common-messages.ts'
import {
  baseOf,
  type ChannelMessage,
  type ChannelRecord,
  type ChannelSource,
  notKept,
  type StartPosition,
} from './channel.ts'

/** How often a channel that is followed ticks, idle or not. */
export const tickPeriodMs = 200

/**
 * A channel's messages from a position on, then as they come, until the signal aborts; a time tick
 * every so often. Nothing is held for who follows: each reads at its own pace, and who is so slow
 * that the channel does not keep what is next for it is told so, by INVALID_ARGUMENT.
 */
export async function* follow(
  source: ChannelSource,
  start: StartPosition,
  options: { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<ChannelMessage, void, undefined> {
  const { clock, signal } = options
  let position = positionOf(source, start)
  using news = new News(source, clock, signal)
  let tickedAtMs = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    const { tick, end } = await source.mark()
    for await (const record of readTo(source, position, end)) {
      yield* messagesOf(record)
      if (signal.aborted) return
      position = record.position + 1n
    }
    // Whatever was read beyond `end` is later than the tick, which is as true of it.
    if (clock.monotonicMs() - tickedAtMs >= tickPeriodMs) {
      tickedAtMs = clock.monotonicMs()
      const base = baseOf(MsgType.TIME_TICK, position, tick)
      yield { position, timestamp: tick, body: { type: MsgType.TIME_TICK, message: { base } } }
    }
    if (source.next <= position) await news.wait(tickedAtMs + tickPeriodMs)
  }
}

async function* readTo(
  source: ChannelSource,
  from: bigint,
  end: bigint,
): AsyncGenerator<ChannelRecord, void, undefined> {
  for (let position = from; position < end; ) {
    for await (const record of source.read(position)) {
      yield record
      position = record.position + 1n
    }
  }
}

function* messagesOf({ position, timestamp, bodies }: ChannelRecord): Iterable<ChannelMessage> {
  for (const body of bodies) yield { position, timestamp, body }
}

function positionOf(source: ChannelSource, start: StartPosition): bigint {
  switch (start.kind) {
    case 'first':
      return source.first
    case 'next':
      return source.next
    case 'position':
      if (start.position < source.first || start.position > source.next) {
        throw notKept(source, start.position)
      }
      return start.position
  }
}

/** Remembers news that came while nobody waited, so that none is slept through. */
class News implements Disposable {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #subscription: Disposable
  #isThere = false
  #resume: (() => void) | undefined
  #timer: Disposable | undefined

  constructor(source: ChannelSource, clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
    this.#subscription = source.subscribe(() => this.#arrive())
  }

  /** Resolves when there is news, when it is that late, or when the signal aborts. */
  async wait(untilMs: number): Promise<void> {
    if (this.#isThere || this.#signal.aborted) {
      this.#isThere = false
      return
    }
    const arrive = (): void => this.#arrive()
    this.#signal.addEventListener('abort', arrive, { once: true })
    await new Promise<void>((resolve) => {
      this.#resume = resolve
      const delayMs = Math.max(1, untilMs - this.#clock.monotonicMs())
      this.#timer = this.#clock.schedule(delayMs, resolve)
    })
    this.#timer?.[Symbol.dispose]()
    this.#signal.removeEventListener('abort', arrive)
    this.#resume = undefined
    this.#isThere = false
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
    this.#timer?.[Symbol.dispose]()
  }

  #arrive(): void {
    this.#isThere = true
    this.#resume?.()
  }
}
