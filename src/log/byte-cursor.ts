import { ElanusError } from '../base/errors.ts'

/** Blocks start at multiples of this, so that typed arrays can view what is read. */
const alignment = 8
/** A block up to this size is copied next to its header: fewer, larger writes. */
const copySizeMax = 4_096

/** Gathers little-endian values and large blocks; the blocks are kept as they are, not copied. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = []
  #buffer = new Uint8Array(256)
  #view = new DataView(this.#buffer.buffer)
  #used = 0

  u8(value: number): void {
    this.#reserve(1)
    this.#view.setUint8(this.#used, value)
    this.#used += 1
  }

  u16(value: number): void {
    this.#reserve(2)
    this.#view.setUint16(this.#used, value, true)
    this.#used += 2
  }

  u32(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.#used, value, true)
    this.#used += 4
  }

  i64(value: bigint): void {
    this.#reserve(8)
    this.#view.setBigInt64(this.#used, value, true)
    this.#used += 8
  }

  /** The bytes, then zeros up to the alignment. All before must be aligned too. */
  block(bytes: Uint8Array): void {
    const padding = (alignment - (bytes.byteLength % alignment)) % alignment
    if (bytes.byteLength <= copySizeMax) {
      this.#reserve(bytes.byteLength + padding)
      this.#buffer.set(bytes, this.#used)
      this.#used += bytes.byteLength
    } else {
      this.#cut()
      this.#parts.push(bytes)
      this.#reserve(padding)
    }
    this.#buffer.fill(0, this.#used, this.#used + padding)
    this.#used += padding
  }

  finish(): readonly Uint8Array[] {
    this.#cut()
    return this.#parts
  }

  #cut(): void {
    if (this.#used === 0) return
    this.#parts.push(this.#buffer.subarray(0, this.#used))
    this.#buffer = new Uint8Array(256)
    this.#view = new DataView(this.#buffer.buffer)
    this.#used = 0
  }

  #reserve(size: number): void {
    if (this.#used + size <= this.#buffer.byteLength) return
    const grown = new Uint8Array(Math.max(2 * this.#buffer.byteLength, this.#used + size))
    grown.set(this.#buffer.subarray(0, this.#used))
    this.#buffer = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Reads what a ByteWriter wrote; CORRUPT past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true)
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), true)
  }

  /** A copy that fills a buffer of its own, so that it can be viewed as any type. */
  block(size: number): Uint8Array<ArrayBuffer> {
    const padding = (alignment - (size % alignment)) % alignment
    const start = this.#advance(size + padding)
    const copy = new Uint8Array(size)
    copy.set(this.#bytes.subarray(start, start + size))
    return copy
  }

  #advance(size: number): number {
    const start = this.#offset
    if (start + size > this.#bytes.byteLength) {
      throw new ElanusError(
        'CORRUPT',
        `Cannot read ${size} bytes at ${start} of a log message of ${this.#bytes.byteLength}`,
      )
    }
    this.#offset = start + size
    return start
  }
}
