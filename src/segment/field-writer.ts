import { assert } from '../base/assert.ts'
import { vectorSizeBytes } from '../schema/element-type.ts'
import {
  bytesOfValues,
  isFixedColumn,
  isVectorColumn,
  rowCountOf,
  sliceFixedColumn,
} from '../schema/fixed-column.ts'
import type { ArrayColumn, Column, JsonColumn, VarCharColumn } from '../schema/row-batch.ts'
import { copyValidity, validitySizeBytes } from '../schema/validity.ts'
import type { VectorStore } from '../vector-index/contract.ts'
import type { PlainFieldHandle, ScalarHandle } from './segment-handle.ts'
import { ByteAppender, byteView, growTo } from './shared-array.ts'

/**
 * Adds to one field's columns. `reserve` may throw MEMORY_LIMIT_EXCEEDED; `append` of what was
 * reserved cannot fail.
 */
export interface FieldWriter {
  /** Bytes of the values that were appended. */
  readonly sizeBytes: number
  reserve(column: Column): void
  append(column: Column): void
}

/** The writer of a field that is no vector. */
export function plainWriter(handle: PlainFieldHandle): FieldWriter {
  const writer = handle.kind === 'array' ? new ArrayWriter(handle) : scalarWriter(handle)
  return handle.validity === undefined ? writer : new NullableWriter(writer, handle.validity)
}

function scalarWriter(handle: ScalarHandle): FieldWriter {
  return handle.kind === 'fixed'
    ? new FixedWriter(handle.values)
    : new SpanWriter(handle.offsets, handle.bytes)
}

class FixedWriter implements FieldWriter {
  readonly #values: ByteAppender

  constructor(values: SharedArrayBuffer) {
    this.#values = new ByteAppender(values)
  }

  get sizeBytes(): number {
    return this.#values.sizeBytes
  }

  reserve(column: Column): void {
    this.#values.reserve(fixedBytesOf(column).length)
  }

  append(column: Column): void {
    this.#values.append(fixedBytesOf(column))
  }
}

function fixedBytesOf(column: Column): Uint8Array {
  assert(isFixedColumn(column), 'a column fits its field')
  return bytesOfValues(column.values)
}

/** Texts: VarChar and JSON. */
class SpanWriter implements FieldWriter {
  readonly #ends: EndWriter
  readonly #bytes: ByteAppender

  constructor(offsets: SharedArrayBuffer, bytes: SharedArrayBuffer) {
    this.#ends = new EndWriter(offsets)
    this.#bytes = new ByteAppender(bytes)
  }

  get sizeBytes(): number {
    return this.#ends.sizeBytes + this.#bytes.sizeBytes
  }

  reserve(column: Column): void {
    const { offsets } = spansOf(column)
    this.#ends.reserve(rowCountOf(column))
    this.#bytes.reserve((offsets.at(-1) ?? 0) - (offsets[0] ?? 0))
  }

  append(column: Column): void {
    const { offsets, bytes } = spansOf(column)
    const at = this.#bytes.append(bytes.subarray(offsets[0], offsets.at(-1)))
    this.#ends.append(offsets, at)
  }
}

function spansOf(column: Column): VarCharColumn | JsonColumn {
  assert(column.type === 'VarChar' || column.type === 'JSON', 'a column fits its field')
  return column
}

class ArrayWriter implements FieldWriter {
  readonly #ends: EndWriter
  readonly #elements: FieldWriter
  #elementCount = 0

  constructor(handle: Extract<PlainFieldHandle, { kind: 'array' }>) {
    this.#ends = new EndWriter(handle.offsets)
    this.#elements = scalarWriter(handle.elements)
  }

  get sizeBytes(): number {
    return this.#ends.sizeBytes + this.#elements.sizeBytes
  }

  reserve(column: Column): void {
    this.#ends.reserve(rowCountOf(column))
    this.#elements.reserve(elementsOf(column))
  }

  append(column: Column): void {
    const elements = elementsOf(column)
    this.#elements.append(elements)
    assert(column.type === 'Array', 'a column fits its field')
    this.#ends.append(column.offsets, this.#elementCount)
    this.#elementCount += rowCountOf(elements)
  }
}

/** The elements of the column's own rows: it may be a part of a longer one. */
function elementsOf(column: Column): ArrayColumn['elements'] {
  assert(column.type === 'Array', 'a column fits its field')
  const { elements, offsets } = column
  const from = offsets[0] ?? 0
  const to = offsets.at(-1) ?? 0
  if (elements.type !== 'VarChar') return sliceFixedColumn(elements, from, to)
  return { ...elements, offsets: elements.offsets.subarray(from, to + 1) }
}

/** Where each row's part of something ends; row 0 begins at 0. */
class EndWriter {
  readonly #ends: ByteAppender

  constructor(offsets: SharedArrayBuffer) {
    this.#ends = new ByteAppender(offsets)
    this.#ends.reserve(Uint32Array.BYTES_PER_ELEMENT)
    this.#ends.append(new Uint8Array(Uint32Array.BYTES_PER_ELEMENT))
  }

  get sizeBytes(): number {
    return this.#ends.sizeBytes
  }

  reserve(rowCount: number): void {
    this.#ends.reserve(rowCount * Uint32Array.BYTES_PER_ELEMENT)
  }

  /** `base` is where the first of the rows begins. */
  append(offsets: Uint32Array, base: number): void {
    const first = offsets[0] ?? 0
    const ends = Uint32Array.from(offsets.subarray(1), (offset) => offset - first + base)
    this.#ends.append(new Uint8Array(ends.buffer))
  }
}

/**
 * A field whose rows may have no value. The bits of rows that are not published yet share a byte with
 * those that are: a reader takes no notice of them, and the others do not change.
 */
class NullableWriter implements FieldWriter {
  readonly #values: FieldWriter
  readonly #buffer: SharedArrayBuffer
  readonly #validity: ReturnType<typeof byteView>
  #rowCount = 0

  constructor(values: FieldWriter, validity: SharedArrayBuffer) {
    this.#values = values
    this.#buffer = validity
    this.#validity = byteView(validity)
  }

  get sizeBytes(): number {
    return this.#values.sizeBytes + validitySizeBytes(this.#rowCount)
  }

  reserve(column: Column): void {
    growTo(this.#buffer, validitySizeBytes(this.#rowCount + rowCountOf(column)))
    this.#values.reserve(column)
  }

  append(column: Column): void {
    assert(!isVectorColumn(column), 'a column fits its field')
    const to = rowCountOf(column)
    const bits = this.#validity.atLeast(validitySizeBytes(this.#rowCount + to))
    copyValidity(column.validity, { from: 0, to }, bits, this.#rowCount)
    this.#rowCount += to
    this.#values.append(column)
  }
}

export class VectorWriter implements FieldWriter {
  readonly #store: VectorStore

  constructor(store: VectorStore) {
    this.#store = store
  }

  get sizeBytes(): number {
    const { elementType, dimension, rowCount } = this.#store
    return rowCount * vectorSizeBytes(elementType, dimension)
  }

  reserve(column: Column): void {
    this.#store.reserve(this.#store.rowCount + rowCountOf(column))
  }

  append(column: Column): void {
    assert(isVectorColumn(column), 'a column fits its field')
    this.#store.append(column.bytes, rowCountOf(column))
  }
}
