import { assert } from '../base/assert.ts'
import { bytesOfValues, rowCountOf } from '../schema/fixed-column.ts'
import type { Column } from '../schema/row-batch.ts'
import type { VectorStore } from '../vector-index/contract.ts'
import { ByteAppender } from './shared-array.ts'

/**
 * Adds to one field's columns. `reserve` may throw MEMORY_LIMIT_EXCEEDED; `append` of what was
 * reserved cannot fail.
 */
export interface FieldWriter {
  reserve(column: Column): void
  append(column: Column): void
}

export class FixedWriter implements FieldWriter {
  readonly #values: ByteAppender

  constructor(values: SharedArrayBuffer) {
    this.#values = new ByteAppender(values)
  }

  reserve(column: Column): void {
    this.#values.reserve(fixedBytesOf(column).length)
  }

  append(column: Column): void {
    this.#values.append(fixedBytesOf(column))
  }
}

export class VarCharWriter implements FieldWriter {
  readonly #offsets: ByteAppender
  readonly #bytes: ByteAppender

  constructor(offsets: SharedArrayBuffer, bytes: SharedArrayBuffer) {
    this.#offsets = new ByteAppender(offsets)
    this.#bytes = new ByteAppender(bytes)
    // Row 0 begins at 0; every row then writes where it ends.
    this.#offsets.reserve(Uint32Array.BYTES_PER_ELEMENT)
    this.#offsets.append(new Uint8Array(Uint32Array.BYTES_PER_ELEMENT))
  }

  get sizeBytes(): number {
    return this.#offsets.sizeBytes + this.#bytes.sizeBytes
  }

  reserve(column: Column): void {
    assert(column.type === 'VarChar', 'a column fits its field')
    this.#offsets.reserve(rowCountOf(column) * Uint32Array.BYTES_PER_ELEMENT)
    this.#bytes.reserve(column.bytes.length)
  }

  append(column: Column): void {
    assert(column.type === 'VarChar', 'a column fits its field')
    const { offsets, bytes } = column
    const from = offsets[0] ?? 0
    const base = this.#bytes.append(bytes.subarray(from, offsets.at(-1))) - from
    const ends = new Uint32Array(rowCountOf(column))
    for (let row = 0; row < ends.length; row++) ends[row] = (offsets[row + 1] ?? 0) + base
    this.#offsets.append(new Uint8Array(ends.buffer))
  }
}

export class VectorWriter implements FieldWriter {
  readonly #store: VectorStore

  constructor(store: VectorStore) {
    this.#store = store
  }

  reserve(column: Column): void {
    this.#store.reserve(this.#store.rowCount + rowCountOf(column))
  }

  append(column: Column): void {
    assert(column.type === 'FloatVector', 'a column fits its field')
    this.#store.append(column.bytes, rowCountOf(column))
  }
}

function fixedBytesOf(column: Column): Uint8Array {
  assert(column.type !== 'VarChar' && column.type !== 'FloatVector', 'a column fits its field')
  return bytesOfValues(column.values)
}
