import { limits } from '../../base/limits.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { MsgBase } from '../seed/common-messages.ts'
import {
  baseOf,
  type ChannelRecord,
  type ChannelSource,
  type MessageBody,
  notKept,
} from './channel.ts'
import { Listeners } from './listeners.ts'

/**
 * News that is kept in memory: the newest of it, for who is a little behind. What it tells of is in
 * meta, and is told again by each process at its start, so losing it costs nobody more than time.
 * Positions go on where no earlier process can have been.
 */
export class EventChannel implements ChannelSource {
  readonly name: string
  readonly #now: () => Promise<Timestamp>
  readonly #listeners = new Listeners()
  readonly #countMax: number
  #records: ChannelRecord[] = []
  #next: bigint

  /** `openedAt` is later than anything that an earlier process has published. */
  constructor(options: {
    readonly name: string
    readonly openedAt: Timestamp
    readonly now: () => Promise<Timestamp>
    readonly countMax?: number
  }) {
    this.name = options.name
    this.#now = options.now
    this.#next = options.openedAt
    this.#countMax = options.countMax ?? limits.channelMessageCountMax
  }

  get first(): bigint {
    return this.#records[0]?.position ?? this.#next
  }

  get next(): bigint {
    return this.#next
  }

  /** `make` is given what every message begins with. */
  publish(
    type: MessageBody['type'],
    timestamp: Timestamp,
    make: (base: MsgBase) => MessageBody,
  ): void {
    const position = this.#next
    this.#records.push({ position, timestamp, bodies: [make(baseOf(type, position, timestamp))] })
    this.#next += 1n
    // Dropped by the half, so that each costs one move and not as many as there are.
    if (this.#records.length >= 2 * this.#countMax) {
      this.#records = this.#records.slice(-this.#countMax)
    }
    this.#listeners.tell()
  }

  async mark(): Promise<{ readonly tick: Timestamp; readonly end: bigint }> {
    const tick = await this.#now()
    return { tick, end: this.#next }
  }

  async *read(from: bigint): AsyncGenerator<ChannelRecord, void, undefined> {
    for (let position = from; position < this.#next; position += 1n) {
      const record = this.#records[Number(position - this.first)]
      if (record === undefined) throw notKept(this, position)
      yield record
    }
  }

  subscribe(listener: () => void): Disposable {
    return this.#listeners.add(listener)
  }
}
