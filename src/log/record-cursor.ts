import { assert } from '../base/assert.ts'
import { crc32c } from '../base/crc32c.ts'
import { ElanusError } from '../base/errors.ts'
import type { OpenFile } from '../base/file-system.ts'
import { toId } from '../base/int64.ts'
import { limits } from '../base/limits.ts'
import type { Timestamp } from '../base/timestamp.ts'
import { kib } from '../base/units.ts'
import type { LogPosition, LogRecord } from './log.ts'
import type { FileHeader } from './log-format.ts'
import { decodeRecordHeader, fileHeaderSize, recordHeaderSize, recordSizeOf } from './log-format.ts'

export type CursorStep =
  | { readonly kind: 'record'; readonly record: LogRecord }
  /** Every byte up to the end was read. */
  | { readonly kind: 'end' }
  /** What stands at the cursor is not the next record; `reason` says why. */
  | { readonly kind: 'bad'; readonly reason: string }

/** What is read in one go, unless a record is larger. */
const chunkSize = 512 * kib

/**
 * Walks over the records of a file and believes nothing: length, position, timestamp order and CRC
 * are checked before a record is given out. Memory is bounded by one chunk or one record.
 */
export class RecordCursor {
  readonly #file: OpenFile
  readonly #salt: number
  /** Where the records end: grows while the file is being written. */
  readonly #endOf: () => number
  /** The file's bytes from `#bufferOffset` on, a multiple of eight: payloads stay aligned. */
  #buffer = new Uint8Array(0)
  #bufferOffset = fileHeaderSize
  #offset = fileHeaderSize
  #position: LogPosition
  #timestamp: Timestamp

  constructor(file: OpenFile, header: FileHeader, endOf: () => number) {
    this.#file = file
    this.#salt = header.salt
    this.#position = header.first
    this.#timestamp = header.timestampBefore
    this.#endOf = endOf
  }

  /** Where in the file the next record starts. */
  get offset(): number {
    return this.#offset
  }

  /** The position that the next record has. */
  get position(): LogPosition {
    return this.#position
  }

  /** The timestamp of the record before. */
  get timestamp(): Timestamp {
    return this.#timestamp
  }

  async next(): Promise<CursorStep> {
    for (;;) {
      const step = this.nextInBuffer()
      if (typeof step !== 'number') return step
      await this.#load(step)
    }
  }

  /** As `next`, at once; or how many bytes must be loaded first. */
  nextInBuffer(): CursorStep | number {
    const left = this.#endOf() - this.#offset
    if (left === 0) return { kind: 'end' }
    if (left < recordHeaderSize) return bad('a record is cut short')
    const at = this.#offset - this.#bufferOffset
    if (at + recordHeaderSize > this.#buffer.length) return recordHeaderSize

    const header = decodeRecordHeader(this.#buffer, at, this.#salt)
    if (header === undefined) return bad('the checksum of a record header does not match')
    const { payloadSize, position, timestamp } = header
    if (payloadSize > limits.logRecordSizeBytesMax) return bad(`a record has ${payloadSize} bytes`)
    if (position !== this.#position)
      return bad(`position ${position} where ${this.#position} belongs`)
    if (timestamp < this.#timestamp) return bad(`timestamp ${timestamp} after ${this.#timestamp}`)
    const size = recordSizeOf(payloadSize)
    if (size > left) return bad('a record is cut short')
    if (at + size > this.#buffer.length) return size

    const payloadAt = at + recordHeaderSize
    const payload = this.#buffer.subarray(payloadAt, payloadAt + payloadSize)
    if (crc32c(payload) !== header.payloadCrc) return bad('a checksum does not match')
    this.#timestamp = timestamp
    this.#position = toId<LogPosition>(position + 1n)
    this.#offset += size
    return { kind: 'record', record: { position, timestamp, payload } }
  }

  /** Brings `size` bytes from the cursor on into the buffer, and what follows as far as it fits. */
  async #load(size: number): Promise<void> {
    const left = this.#endOf() - this.#offset
    assert(size <= left, 'what is loaded lies before the end')
    const wanted = Math.max(size, Math.min(left, chunkSize))
    const kept = this.#buffer.subarray(this.#offset - this.#bufferOffset)
    const had = this.#buffer.buffer
    // A large record gets a buffer of its own, which goes when the record does.
    const isReusable = had.byteLength >= wanted && had.byteLength <= chunkSize
    const backing = isReusable ? had : new ArrayBuffer(wanted)
    const buffer = new Uint8Array(backing, 0, wanted)
    buffer.set(kept)
    const readCount = await this.#file.read(
      buffer.subarray(kept.length),
      this.#offset + kept.length,
    )
    if (kept.length + readCount < wanted) {
      throw new ElanusError(
        'CORRUPT',
        `Cannot read ${this.#file.path} at ${this.#offset}: it ends at ${this.#offset + kept.length + readCount}`,
      )
    }
    this.#buffer = buffer
    this.#bufferOffset = this.#offset
  }
}

function bad(reason: string): CursorStep {
  return { kind: 'bad', reason }
}
