import { assert, present, unreachable } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import type { FieldId } from '../base/int64.ts'
import { toId } from '../base/int64.ts'
import { type Timestamp, timestampZero } from '../base/timestamp.ts'
import type { FieldIndex, JsonSteps } from '../expression/field-index.ts'
import { openScalarIndex } from '../scalar-index/scalar-index.ts'
import {
  type ScalarIndexHandle,
  scalarIndexSizeBytes,
} from '../scalar-index/scalar-index-handle.ts'
import { type FieldSchema, isVectorField } from '../schema/collection-schema.ts'
import type { DataTypeName } from '../schema/data-type.ts'
import { isFixedType } from '../schema/fixed-column.ts'
import type { PlainColumn } from '../schema/row-batch.ts'
import type { VectorIndex, VectorStore } from '../vector-index/contract.ts'
import { openIndex } from '../vector-index/vector-index.ts'
import { openVectorStore } from '../vector-index/vector-store.ts'
import { Deletions } from './deletions.ts'
import { Exclusion } from './exclusion.ts'
import type {
  FieldReader,
  FixedFieldReader,
  PlainFieldReader,
  SpanFieldReader,
  VectorFieldReader,
} from './gather.ts'
import { Int64KeyReader, type KeyReader, VarCharKeyReader } from './key-reader.ts'
import type {
  FieldHandle,
  PlainFieldHandle,
  ScalarHandle,
  SegmentHandle,
} from './segment-handle.ts'
import { bigInt64View, type GrowingView } from './shared-array.ts'
import type { Snapshot } from './snapshot.ts'
import { viewColumn } from './view-column.ts'

/**
 * A segment's rows as any thread reads them, growing or sealed: what workers search and select from,
 * and what the owner's GrowingSegment and SealedSegment are made on.
 */
export class SegmentRows implements Disposable {
  readonly handle: SegmentHandle
  readonly deletions: Deletions
  readonly exclusion: Exclusion
  readonly keys: KeyReader
  readonly #fields: ReadonlyMap<FieldId, FieldReader>
  readonly #indexes = new Map<FieldId, VectorIndex>()
  readonly #scalarIndexes = new Map<ScalarIndexHandle, FieldIndex>()
  readonly #timestamps: GrowingView<BigInt64Array>
  readonly #published: Int32Array | undefined

  /** `stores` are those of the handle's vector fields, open on this thread; they are closed with it. */
  constructor(handle: SegmentHandle, stores: ReadonlyMap<FieldId, VectorStore>) {
    this.handle = handle
    this.deletions = new Deletions(handle.deletions)
    this.exclusion = new Exclusion(this.deletions)
    this.#fields = new Map(
      handle.fields.map((field) => [field.fieldId, readerOf(handle, field, stores)]),
    )
    this.keys = keyReaderOf(this.field(handle.schema.primaryKey.fieldId))
    this.#timestamps = bigInt64View(handle.timestamps)
    this.#published = handle.kind === 'growing' ? new Int32Array(handle.control) : undefined
  }

  static attach(handle: SegmentHandle): SegmentRows {
    const stores = new Map<FieldId, VectorStore>()
    try {
      for (const field of handle.fields) {
        if (field.kind === 'vector') stores.set(field.fieldId, openVectorStore(field.store))
      }
      return new SegmentRows(handle, stores)
    } catch (error) {
      for (const store of stores.values()) store[Symbol.dispose]()
      throw error
    }
  }

  /** Rows that are published: whole, in every column. */
  get rowCount(): number {
    if (this.#published !== undefined) return Atomics.load(this.#published, 0)
    assert(this.handle.kind === 'sealed', 'only a growing segment publishes rows')
    return this.handle.rowCount
  }

  timestampOf(row: number): Timestamp {
    return toId<Timestamp>(this.#timestamps.atLeast(row + 1)[row] ?? 0n)
  }

  /** Rows [0, rowCount) of the timestamps; shares the memory. */
  timestamps(rowCount: number): BigInt64Array {
    return this.#timestamps.atLeast(rowCount).subarray(0, rowCount)
  }

  /** How many rows have a timestamp up to `readAt`: they come first. */
  rowCountAt(readAt: Timestamp): number {
    const rowCount = this.rowCount
    if (rowCount === 0) return 0
    const timestamps = this.#timestamps.atLeast(rowCount)
    // All of them or none is what nearly every read is after.
    if ((timestamps[rowCount - 1] ?? 0n) <= readAt) return rowCount
    if ((timestamps[0] ?? 0n) > readAt) return 0
    let low = 0
    let high = rowCount - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((timestamps[middle] ?? 0n) <= readAt) low = middle + 1
      else high = middle
    }
    return low
  }

  isVisible(row: number, { readAt, visibleAfter }: Snapshot): boolean {
    const timestamp = this.timestampOf(row)
    if (timestamp > readAt || timestamp <= visibleAfter) return false
    return !this.deletions.hides(row, readAt)
  }

  rowCountVisible({ readAt, visibleAfter }: Snapshot): number {
    const from = this.rowCountAt(visibleAfter)
    const to = this.rowCountAt(readAt)
    // A row that is deleted by `readAt` is older than that: every one of them comes before `to`.
    return Math.max(0, to - from - this.deletions.countAt(readAt, from))
  }

  get timestampFrom(): Timestamp {
    return this.rowCount === 0 ? timestampZero : this.timestampOf(0)
  }

  get timestampTo(): Timestamp {
    const rowCount = this.rowCount
    return rowCount === 0 ? timestampZero : this.timestampOf(rowCount - 1)
  }

  /** Not of a field that was added when the rows were there. */
  hasField(fieldId: FieldId): boolean {
    return this.#fields.has(fieldId)
  }

  field(fieldId: FieldId): FieldReader {
    const reader = this.#fields.get(fieldId)
    if (reader !== undefined) return reader
    throw new ElanusError(
      'FIELD_NOT_FOUND',
      `Cannot read field ${fieldId} of segment ${this.handle.id}: the segment does not have it`,
    )
  }

  vectorField(fieldId: FieldId): VectorFieldReader {
    const reader = this.field(fieldId)
    if (reader.kind === 'vector') return reader
    throw new ElanusError('INVALID_ARGUMENT', `Cannot search field ${fieldId}: it holds no vectors`)
  }

  /** The whole column up to `rowCount`, for fields that are no vectors; shares the memory. */
  plainColumn(fieldId: FieldId, rowCount: number): PlainColumn {
    const reader = this.field(fieldId)
    if (reader.kind !== 'vector') return viewColumn(reader, rowCount)
    throw new ElanusError('INVALID_ARGUMENT', `Cannot compare field ${fieldId}: it is a vector`)
  }

  /** The field's index of a sealed segment, open on this thread; undefined when there is none. */
  index(fieldId: FieldId): VectorIndex | undefined {
    const open = this.#indexes.get(fieldId)
    if (open !== undefined || this.handle.kind === 'growing') return open
    const found = this.handle.indexes.find((index) => index.fieldId === fieldId)
    if (found === undefined) return undefined
    const index = openIndex(this.vectorField(fieldId).store, found.index)
    this.#indexes.set(fieldId, index)
    return index
  }

  /** What finds rows of a sealed segment by a field's values, or by those at a path in it. */
  scalarIndex(fieldId: FieldId, path: JsonSteps | undefined): FieldIndex | undefined {
    if (this.handle.kind === 'growing') return undefined
    const found = this.handle.scalarIndexes.find(
      (index) => index.fieldId === fieldId && isSamePath(index.json?.path, path),
    )
    if (found === undefined) return undefined
    const open = this.#scalarIndexes.get(found)
    if (open !== undefined) return open
    const index = openScalarIndex(found, this.plainColumn(fieldId, this.rowCount))
    this.#scalarIndexes.set(found, index)
    return index
  }

  /** Bytes of shared memory that the segment holds. */
  get memoryBytes(): number {
    let sum = this.handle.timestamps.byteLength + this.deletions.memoryBytes
    for (const reader of this.#fields.values()) sum += memoryBytesOf(reader)
    if (this.handle.kind === 'growing') return sum
    for (const index of this.handle.scalarIndexes) sum += scalarIndexSizeBytes(index)
    // A store counts its indexes only on the thread that allocated them, and that was the loader.
    return this.handle.indexes.reduce((bytes, { index }) => bytes + index.sizeBytes, sum)
  }

  reclaim(threadId: number): void {
    for (const reader of this.#fields.values()) {
      if (reader.kind === 'vector') reader.store.reclaim(threadId)
    }
  }

  [Symbol.dispose](): void {
    for (const index of this.#indexes.values()) index[Symbol.dispose]()
    this.#indexes.clear()
    for (const reader of this.#fields.values()) {
      if (reader.kind === 'vector') reader.store[Symbol.dispose]()
    }
  }
}

function isSamePath(one: JsonSteps | undefined, other: JsonSteps | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one.length === other.length && one.every((step, at) => step === other[at])
}

function readerOf(
  handle: SegmentHandle,
  field: FieldHandle,
  stores: ReadonlyMap<FieldId, VectorStore>,
): FieldReader {
  const schema = handle.schema.fields.find((known) => known.id === field.fieldId)
  if (field.kind !== 'vector') return plainReaderOf(field, schema)
  assert(schema !== undefined && isVectorField(schema), 'vectors are of a field of the schema')
  const store = present(stores.get(field.fieldId), 'the stores of vector fields are open')
  return { kind: 'vector', type: schema.type, store }
}

function plainReaderOf(field: PlainFieldHandle, schema: FieldSchema | undefined): PlainFieldReader {
  const { validity } = field
  // Fields that the schema does not list are the system's.
  const type = schema?.type ?? 'Int64'
  if (field.kind !== 'array') return { ...scalarReaderOf(field, type), validity }
  assert(schema?.type === 'Array', 'arrays are of a field of arrays')
  const elements = scalarReaderOf(field.elements, schema.elementType)
  return { kind: 'array', offsets: field.offsets, elements, validity }
}

function scalarReaderOf(
  handle: ScalarHandle,
  type: DataTypeName,
): FixedFieldReader | SpanFieldReader {
  if (handle.kind === 'fixed') {
    assert(isFixedType(type), 'a column of fixed width has such a type')
    return { kind: 'fixed', type, values: handle.values }
  }
  assert(type === 'VarChar' || type === 'JSON', 'a column of spans has such a type')
  return { kind: 'varChar', type, offsets: handle.offsets, bytes: handle.bytes }
}

function keyReaderOf(reader: FieldReader): KeyReader {
  if (reader.kind === 'fixed') return new Int64KeyReader(reader.values)
  assert(reader.kind === 'varChar', 'a primary key is Int64 or VarChar')
  return new VarCharKeyReader(reader.offsets, reader.bytes)
}

function memoryBytesOf(reader: FieldReader): number {
  if (reader.kind === 'vector') return reader.store.memoryBytes
  return plainMemoryBytesOf(reader) + (reader.validity?.byteLength ?? 0)
}

function plainMemoryBytesOf(reader: PlainFieldReader): number {
  switch (reader.kind) {
    case 'fixed':
      return reader.values.byteLength
    case 'varChar':
      return reader.offsets.byteLength + reader.bytes.byteLength
    case 'array':
      return reader.offsets.byteLength + plainMemoryBytesOf(reader.elements)
    default:
      return unreachable(reader)
  }
}
