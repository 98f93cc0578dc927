import { assert } from '../base/assert.ts'
import { mib } from '../base/units.ts'

/**
 * Records of bytes in shared memory, written front to back by one thread and read in the same order
 * by another, which learns by message how many there are.
 *
 *     [ size u32 | 0 u32 | payload, to a multiple of 8 ] …
 *
 * A message of two or three small objects costs more to clone than a search of a small segment; a
 * number beside shared memory costs next to nothing.
 */
const headerSizeBytes = 8
const sizeBytesMin = 0.0625 * mib
const sizeBytesMax = 64 * mib

export function allocateRecords(): SharedArrayBuffer {
  return new SharedArrayBuffer(sizeBytesMin, { maxByteLength: sizeBytesMax })
}

/** One record's place: `view` and `bytes` are of the whole buffer, the payload starts at `at`. */
export interface RecordSpan {
  readonly view: DataView
  readonly bytes: Uint8Array
  readonly at: number
  readonly sizeBytes: number
}

export class RecordWriter {
  readonly #records: Records
  #end = 0

  constructor(buffer: SharedArrayBuffer) {
    this.#records = new Records(buffer)
  }

  /** Starts over; the reader is done with what was there. */
  clear(): void {
    this.#end = 0
  }

  /** Lets `write` add records; if it throws, none of them was added. */
  atomically(write: () => void): void {
    const end = this.#end
    try {
      write()
    } catch (error) {
      this.#end = end
      throw error
    }
  }

  /** A place for the next record, for the caller to fill. */
  add(sizeBytes: number): RecordSpan {
    const at = this.#end + headerSizeBytes
    this.#end = at + padded(sizeBytes)
    assert(this.#end <= sizeBytesMax, 'a run fits its records')
    this.#records.grow(this.#end)
    const span = this.#records.span(at, sizeBytes)
    span.view.setUint32(at - headerSizeBytes, sizeBytes, true)
    return span
  }
}

export class RecordReader {
  readonly #records: Records
  #end = 0

  constructor(buffer: SharedArrayBuffer) {
    this.#records = new Records(buffer)
  }

  /** Starts over, for what the writer writes after it did. */
  clear(): void {
    this.#end = 0
  }

  next(): RecordSpan {
    const at = this.#end + headerSizeBytes
    const { view } = this.#records.span(at, 0)
    const sizeBytes = view.getUint32(at - headerSizeBytes, true)
    this.#end = at + padded(sizeBytes)
    return this.#records.span(at, sizeBytes)
  }
}

class Records {
  readonly #buffer: SharedArrayBuffer
  #view: DataView
  #bytes: Uint8Array

  constructor(buffer: SharedArrayBuffer) {
    this.#buffer = buffer
    this.#view = new DataView(buffer, 0, buffer.byteLength)
    this.#bytes = new Uint8Array(buffer, 0, buffer.byteLength)
  }

  grow(sizeBytes: number): void {
    const current = this.#buffer.byteLength
    if (sizeBytes <= current) return
    this.#buffer.grow(Math.min(sizeBytesMax, Math.max(sizeBytes, 2 * current)))
  }

  span(at: number, sizeBytes: number): RecordSpan {
    if (at + sizeBytes > this.#bytes.length) {
      // The other thread has grown it.
      this.#view = new DataView(this.#buffer, 0, this.#buffer.byteLength)
      this.#bytes = new Uint8Array(this.#buffer, 0, this.#buffer.byteLength)
      assert(at + sizeBytes <= this.#bytes.length, 'a record lies within its buffer')
    }
    return { view: this.#view, bytes: this.#bytes, at, sizeBytes }
  }
}

function padded(sizeBytes: number): number {
  return (sizeBytes + 7) & ~7
}
