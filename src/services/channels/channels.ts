import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { ChannelMessage, ChannelSource, StartPosition } from './channel.ts'
import { follow } from './follow.ts'

/** Whoever has channels to follow: this process, or one elsewhere. */
export interface ChannelConsumer {
  consume(name: string, start: StartPosition, signal?: AbortSignal): AsyncIterable<ChannelMessage>
}

/** Every channel by its name, for whoever wants to follow one. */
export class Channels implements ChannelConsumer {
  readonly #clock: Clock
  readonly #find: (name: string) => ChannelSource | undefined
  readonly #closed = new AbortController()
  #consumerCount = 0

  constructor(clock: Clock, find: (name: string) => ChannelSource | undefined) {
    this.#clock = clock
    this.#find = find
  }

  get consumerCount(): number {
    return this.#consumerCount
  }

  /**
   * The messages of a channel, until the signal aborts or the channels are closed. Throws
   * CHANNEL_NOT_FOUND, INVALID_ARGUMENT for a position that is not kept, RATE_LIMITED when too many
   * consumers are there already.
   */
  async *consume(
    name: string,
    start: StartPosition,
    signal?: AbortSignal,
  ): AsyncGenerator<ChannelMessage, void, undefined> {
    const source = this.#find(name)
    if (source === undefined) {
      throw new ElanusError('CHANNEL_NOT_FOUND', `There is no channel ${name.slice(0, 256)}`)
    }
    if (this.#consumerCount >= limits.consumerCountMax) {
      throw new ElanusError(
        'RATE_LIMITED',
        `Cannot consume ${name}: ${this.#consumerCount} consumers are the most`,
      )
    }
    const signals = signal === undefined ? [] : [signal]
    const ended = AbortSignal.any([this.#closed.signal, ...signals])
    this.#consumerCount += 1
    try {
      yield* follow(source, start, { clock: this.#clock, signal: ended })
    } finally {
      this.#consumerCount -= 1
    }
  }

  /** Ends every consumer. */
  close(): void {
    this.#closed.abort()
  }
}
