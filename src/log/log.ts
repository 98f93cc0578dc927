import type { Int64 } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'

/** A record's place in its channel: counts from zero, no gaps, never reused. */
export type LogPosition = Int64<'LogPosition'>

export interface LogRecord {
  readonly position: LogPosition
  readonly timestamp: Timestamp
  /** A view that is valid until the next record is asked for; copy what is kept. */
  readonly payload: Uint8Array
}

/**
 * An ordered, durable sequence of records: a physical channel.
 *
 * Invariants: positions are dense; timestamps never decrease with position; a record whose append
 * has resolved is read back after any crash; one whose append has not may be there or not, whole or
 * not at all, and then so is every record before it.
 */
export interface LogChannel {
  readonly name: string
  /** The position that the next append will take. */
  readonly next: LogPosition
  /** The oldest position that can still be read (equals `next` when nothing is kept). */
  readonly first: LogPosition
  /** The last appended timestamp, also across restarts; zero in a fresh channel. */
  readonly lastTimestamp: Timestamp
  /** Bytes that the kept records take on disk. */
  readonly sizeBytes: number

  /**
   * Takes the next position at once, in the order of the calls; resolves, in that order too, when
   * the record is durable. The parts are concatenated and must not change until then.
   * Rejects with INVALID_ARGUMENT for a record over the limit; RATE_LIMITED when too much waits for
   * the disk already; DISK_FULL when there is no room; IO_FAILED; CLOSED. After any of them the
   * record is not there, and its position and those after it are free again. Only when a sync fails
   * can nobody know: then the channel ends for good, and `onFatal` of the log is called.
   */
  append(timestamp: Timestamp, parts: readonly Uint8Array[]): Promise<LogPosition>

  /**
   * Durable records from `from` on, up to the newest when the iteration gets there; then it ends.
   * Appends may go on meanwhile. Throws INVALID_ARGUMENT for a position that is not held, CORRUPT,
   * with file and offset, where the disk does not hold what was written.
   */
  read(from: LogPosition): AsyncIterable<LogRecord>

  /** Frees the disk of files that hold only records before `before`. */
  truncate(before: LogPosition): Promise<void>
}

export interface Log extends AsyncDisposable {
  /** The channel of this name, made if it is new. The same object for the same name. */
  open(name: string): Promise<LogChannel>
  /** Names of all channels that exist on disk. */
  names(): Promise<readonly string[]>
}
