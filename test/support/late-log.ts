import type { Timestamp } from '../../src/base/timestamp.ts'
import type { Log, LogChannel, LogPosition, LogRecord } from '../../src/log/log.ts'

/**
 * A log whose records are durable long before anybody is told: an append resolves when `release` is
 * called. So whoever applies what is durable applies it late, as where a log is followed from afar.
 */
export class LateLog implements Log {
  readonly #log: Log
  readonly #channels = new Map<string, LogChannel>()
  #gate = Promise.withResolvers<void>()
  /** Appends that are durable and not told of. */
  #heldCount = 0
  #isLate = false

  constructor(log: Log) {
    this.#log = log
    this.#gate.resolve()
  }

  /** From now on appends are held. */
  hold(): void {
    if (this.#isLate) return
    this.#isLate = true
    this.#gate = Promise.withResolvers()
  }

  /** Tells of all that is held, and holds nothing more. */
  release(): void {
    this.#isLate = false
    this.#gate.resolve()
  }

  get heldCount(): number {
    return this.#heldCount
  }

  async open(name: string): Promise<LogChannel> {
    const known = this.#channels.get(name)
    if (known !== undefined) return known
    const channel = new LateChannel(await this.#log.open(name), (append) => this.#late(append))
    this.#channels.set(name, channel)
    return channel
  }

  names(): Promise<readonly string[]> {
    return this.#log.names()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
    await this.#log[Symbol.asyncDispose]()
  }

  async #late(append: Promise<LogPosition>): Promise<LogPosition> {
    const gate = this.#gate.promise
    const position = await append
    this.#heldCount += 1
    await gate
    this.#heldCount -= 1
    return position
  }
}

class LateChannel implements LogChannel {
  readonly #channel: LogChannel
  readonly #late: (append: Promise<LogPosition>) => Promise<LogPosition>

  constructor(channel: LogChannel, late: (append: Promise<LogPosition>) => Promise<LogPosition>) {
    this.#channel = channel
    this.#late = late
  }

  get name(): string {
    return this.#channel.name
  }

  get next(): LogPosition {
    return this.#channel.next
  }

  get first(): LogPosition {
    return this.#channel.first
  }

  get lastTimestamp(): Timestamp {
    return this.#channel.lastTimestamp
  }

  get sizeBytes(): number {
    return this.#channel.sizeBytes
  }

  append(timestamp: Timestamp, parts: readonly Uint8Array[]): Promise<LogPosition> {
    return this.#late(this.#channel.append(timestamp, parts))
  }

  read(from: LogPosition): AsyncIterable<LogRecord> {
    return this.#channel.read(from)
  }

  truncate(before: LogPosition): Promise<void> {
    return this.#channel.truncate(before)
  }
}
