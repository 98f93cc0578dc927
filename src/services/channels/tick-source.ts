import type { Timestamp } from '../../base/timestamp.ts'
import type { ChannelRecord, ChannelSource } from './channel.ts'

/** A channel of ticks alone. */
export class TickSource implements ChannelSource {
  readonly name: string
  readonly first = 0n
  readonly next = 0n
  readonly #tick: () => Promise<Timestamp>

  constructor(name: string, tick: () => Promise<Timestamp>) {
    this.name = name
    this.#tick = tick
  }

  async mark(): Promise<{ readonly tick: Timestamp; readonly end: bigint }> {
    return { tick: await this.#tick(), end: this.next }
  }

  async *read(): AsyncGenerator<ChannelRecord, void, undefined> {}

  subscribe(): Disposable {
    return { [Symbol.dispose]: () => {} }
  }
}
