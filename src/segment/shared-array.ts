import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { kib } from '../base/units.ts'

/**
 * Shared memory that grows in place, for columns.
 *
 * A growable SharedArrayBuffer reserves addresses for its most and takes memory as it grows, so
 * growing copies nothing, needs no new handle on other threads, and leaves older views valid.
 *
 * Elements are read through views of fixed length. A view that follows the buffer's length by
 * itself costs twenty times as much per element in V8; making a new one when the old is too short
 * costs next to nothing.
 */
const growStepBytes = 64 * kib

/** Shared memory of a fixed size. */
export function allocateShared(sizeBytes: number): SharedArrayBuffer {
  return allocating(sizeBytes, () => new SharedArrayBuffer(sizeBytes))
}

/** Shared memory that holds nothing yet and may grow to `sizeBytesMax`. */
export function allocateGrowable(sizeBytesMax: number): SharedArrayBuffer {
  return allocating(0, () => new SharedArrayBuffer(0, { maxByteLength: sizeBytesMax }))
}

/** Makes the buffer hold at least so many bytes, and some more so that it grows in few steps. */
export function growTo(buffer: SharedArrayBuffer, sizeBytes: number): void {
  const current = buffer.byteLength
  if (sizeBytes <= current) return
  assert(sizeBytes <= buffer.maxByteLength, 'a shared array stays within its reservation')
  const wanted = Math.max(sizeBytes, current + growStepBytes, current + (current >> 3))
  const rounded = Math.ceil(wanted / growStepBytes) * growStepBytes
  allocating(sizeBytes, () => buffer.grow(Math.min(rounded, buffer.maxByteLength)))
}

function allocating<T>(sizeBytes: number, allocate: () => T): T {
  try {
    return allocate()
  } catch (cause) {
    const message = `Cannot take ${sizeBytes} bytes of shared memory: the system has no more`
    throw new ElanusError('MEMORY_LIMIT_EXCEEDED', message, { cause })
  }
}

/** Bytes that one thread adds to the end of, and that any thread reads up to a published length. */
export class ByteAppender {
  readonly #buffer: SharedArrayBuffer
  #view: Uint8Array
  #sizeBytes = 0

  constructor(buffer: SharedArrayBuffer) {
    this.#buffer = buffer
    this.#view = new Uint8Array(buffer, 0, buffer.byteLength)
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Room for so many more bytes: the next appends up to there cannot fail. */
  reserve(sizeBytes: number): void {
    growTo(this.#buffer, this.#sizeBytes + sizeBytes)
    if (this.#view.length < this.#buffer.byteLength) {
      this.#view = new Uint8Array(this.#buffer, 0, this.#buffer.byteLength)
    }
  }

  /** Returns where the bytes went. */
  append(bytes: Uint8Array): number {
    assert(this.#sizeBytes + bytes.length <= this.#view.length, 'room was reserved')
    const at = this.#sizeBytes
    this.#view.set(bytes, at)
    this.#sizeBytes = at + bytes.length
    return at
  }
}

/**
 * Views of a buffer's first elements, remade when more are asked for than the last one had.
 */
export class GrowingView<View extends { readonly length: number }> {
  readonly #buffer: SharedArrayBuffer
  readonly #widthBytes: number
  readonly #viewOf: (buffer: SharedArrayBuffer, length: number) => View
  #view: View

  constructor(
    buffer: SharedArrayBuffer,
    widthBytes: number,
    viewOf: (buffer: SharedArrayBuffer, length: number) => View,
  ) {
    this.#buffer = buffer
    this.#widthBytes = widthBytes
    this.#viewOf = viewOf
    this.#view = viewOf(buffer, this.#capacity())
  }

  /** A view with at least the first `count` elements, all of which exist. */
  atLeast(count: number): View {
    if (this.#view.length < count) {
      this.#view = this.#viewOf(this.#buffer, this.#capacity())
      assert(this.#view.length >= count, 'elements are read once they are there')
    }
    return this.#view
  }

  /** Elements that the buffer has room for now; those beyond do not exist. */
  capacity(): number {
    return this.#capacity()
  }

  #capacity(): number {
    return Math.floor(this.#buffer.byteLength / this.#widthBytes)
  }
}

export function int32View(buffer: SharedArrayBuffer): GrowingView<Int32Array> {
  return new GrowingView(buffer, 4, (shared, length) => new Int32Array(shared, 0, length))
}

export function uint32View(buffer: SharedArrayBuffer): GrowingView<Uint32Array> {
  return new GrowingView(buffer, 4, (shared, length) => new Uint32Array(shared, 0, length))
}

export function bigInt64View(buffer: SharedArrayBuffer): GrowingView<BigInt64Array> {
  return new GrowingView(buffer, 8, (shared, length) => new BigInt64Array(shared, 0, length))
}

export function byteView(buffer: SharedArrayBuffer): GrowingView<Uint8Array> {
  return new GrowingView(buffer, 1, (shared, length) => new Uint8Array(shared, 0, length))
}
