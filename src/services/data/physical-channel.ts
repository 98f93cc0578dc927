import { assert, present } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import { toId } from '../../base/int64.ts'
import { physicalMsOf, type Timestamp } from '../../base/timestamp.ts'
import type { LogChannel, LogPosition, LogRecord } from '../../log/log.ts'
import type { LogMessage } from '../../log/message.ts'
import { encodeMessage } from '../../log/message-codec.ts'
import { Listeners } from '../channels/listeners.ts'
import type { TimestampOracle } from '../master/timestamp-oracle.ts'

/** What a written or replayed record does to the state in memory. Must not throw and not wait. */
export type Apply = (message: LogMessage, position: LogPosition, timestamp: Timestamp) => void

const passedPollMs = 1_000

interface Waiter {
  readonly guarantee: Timestamp
  readonly resolve: () => void
}

/**
 * A log channel with its clock: a record's timestamp is taken in the same breath as its place, so
 * records are in timestamp order, and it is applied, in that order, as soon as it is durable.
 *
 * The watermark is the time tick: everything up to it is applied. While nothing is on its way that
 * is now; else it is just before the oldest write that is.
 */
export class PhysicalChannel {
  readonly #log: LogChannel
  readonly #oracle: TimestampOracle
  readonly #clock: Clock
  readonly #apply: Apply
  /** Timestamps on their way to disk, oldest first. */
  readonly #pending: Timestamp[] = []
  readonly #listeners = new Listeners()
  #waiters: Waiter[] = []
  #appliedNext: bigint

  constructor(options: {
    readonly log: LogChannel
    readonly oracle: TimestampOracle
    readonly clock: Clock
    readonly apply: Apply
  }) {
    this.#log = options.log
    this.#oracle = options.oracle
    this.#clock = options.clock
    this.#apply = options.apply
    this.#appliedNext = options.log.next
  }

  get name(): string {
    return this.#log.name
  }

  /** The position that the next record will take. */
  get next(): bigint {
    return this.#log.next
  }

  /** Everything before this position is applied. */
  get appliedNext(): bigint {
    return this.#appliedNext
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes
  }

  /** Resolves with the write's timestamp when it is durable and applied. */
  async write(message: LogMessage): Promise<Timestamp> {
    await this.#oracle.ready()
    return this.writeNow(message)
  }

  /** As `write`, for a caller that has made the oracle ready: the timestamp is taken at once. */
  async writeNow(message: LogMessage): Promise<Timestamp> {
    const parts = encodeMessage(message)
    const timestamp = this.#oracle.next()
    this.#pending.push(timestamp)
    try {
      const position = await this.#log.append(timestamp, parts)
      assert(this.#pending[0] === timestamp, 'records become durable in the order of their times')
      this.#apply(message, position, timestamp)
      this.#appliedNext = position + 1n
    } finally {
      this.#settle(timestamp)
    }
    return timestamp
  }

  /** Applies what the log holds from `from` on, as when it was written. */
  async replay(from: bigint, decode: (payload: Uint8Array) => LogMessage): Promise<void> {
    const start = from > this.#log.first ? from : this.#log.first
    for await (const record of this.#log.read(toId<LogPosition>(start))) {
      this.#apply(decode(record.payload), record.position, record.timestamp)
    }
  }

  /** Everything with this timestamp or an earlier one is applied, and nothing of it is to come. */
  watermark(): Timestamp {
    const [oldest] = this.#pending
    return oldest === undefined ? this.#oracle.next() : toId<Timestamp>(oldest - 1n)
  }

  /** Resolves with a watermark that is at least `guarantee`; TIMEOUT after `timeoutMs`. */
  async waitFor(guarantee: Timestamp, timeoutMs: number): Promise<Timestamp> {
    await this.#oracle.ready()
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs
    let reached = this.watermark()
    while (reached < guarantee) {
      const leftMs = deadlineMs - this.#clock.monotonicMs()
      if (leftMs <= 0) throw tooLate(guarantee, reached, timeoutMs)
      await this.#progress(guarantee, leftMs)
      await this.#oracle.ready()
      reached = this.watermark()
    }
    return reached
  }

  /** The oldest position that the log still holds. */
  get first(): bigint {
    return this.#log.first
  }

  /** Records that are durable, from `from` on up to the newest when the reader gets there. */
  read(from: bigint): AsyncIterable<LogRecord> {
    return this.#log.read(toId<LogPosition>(from))
  }

  /** Calls back when a record has been applied, or could not be written. */
  subscribe(listener: () => void): Disposable {
    return this.#listeners.add(listener)
  }

  /** Resolves when everything up to a time has been applied, however long that takes. */
  async passed(timestamp: Timestamp): Promise<void> {
    await this.#oracle.ready()
    while (this.watermark() < timestamp) {
      await this.#progress(timestamp, passedPollMs)
      await this.#oracle.ready()
    }
  }

  truncate(before: bigint): Promise<void> {
    return this.#log.truncate(toId<LogPosition>(before))
  }

  /** Waits for the next write to be applied, or for the wall clock where nothing is being written. */
  async #progress(guarantee: Timestamp, leftMs: number): Promise<void> {
    if (this.#pending.length === 0) {
      const aheadMs = physicalMsOf(guarantee) - this.#clock.nowMs()
      await this.#clock.sleep(Math.max(1, Math.min(aheadMs, leftMs)))
      return
    }
    await new Promise<void>((resolve) => {
      const timer = this.#clock.schedule(leftMs, resolve)
      this.#waiters.push({
        guarantee,
        resolve: () => {
          timer[Symbol.dispose]()
          resolve()
        },
      })
    })
  }

  #settle(timestamp: Timestamp): void {
    const index = this.#pending.indexOf(timestamp)
    assert(index >= 0, 'a write settles once')
    this.#pending.splice(index, 1)
    this.#listeners.tell()
    if (this.#waiters.length === 0) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter.resolve()
  }
}

function tooLate(guarantee: Timestamp, reached: Timestamp, timeoutMs: number): ElanusError {
  return new ElanusError(
    'TIMEOUT',
    `Cannot read at ${guarantee}: after ${timeoutMs} ms only ${present(reached, 'a watermark')} is applied`,
  )
}
