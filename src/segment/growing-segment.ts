import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import type { FieldId, SegmentId } from '../base/int64.ts'
import { limits } from '../base/limits.ts'
import type { Timestamp } from '../base/timestamp.ts'
import { batchSizeBytes } from '../schema/batch-size.ts'
import type { CollectionSchema } from '../schema/collection-schema.ts'
import { absentColumn } from '../schema/default-column.ts'
import { bytesOfValues } from '../schema/fixed-column.ts'
import type { Column, RowBatch } from '../schema/row-batch.ts'
import { rowIdFieldId } from '../schema/system-fields.ts'
import type { VectorStore } from '../vector-index/contract.ts'
import { Deletions } from './deletions.ts'
import type { FieldWriter } from './field-writer.ts'
import { nextGeneration } from './generation.ts'
import { allocateField, rowSizeBytesMin } from './growing-field.ts'
import { hashSeed } from './hash-seed.ts'
import { OwnedSegment } from './owned-segment.ts'
import { PrimaryKeyIndex } from './primary-key-index.ts'
import type { GrowingSegmentHandle } from './segment-handle.ts'
import { SegmentRows } from './segment-rows.ts'
import { allocateGrowable, allocateShared, ByteAppender } from './shared-array.ts'

export interface GrowingSegmentOptions {
  readonly id: SegmentId
  readonly schema: CollectionSchema
  /** The most raw bytes of rows that it takes, counted as `batchSizeBytes` does. */
  readonly sizeBytesMax: number
}

/**
 * A segment that rows are added to, on one thread, while any thread reads it.
 *
 *     append: reserve everywhere ─▶ write columns ─▶ publish the row count
 *
 * What can fail is the reservation, and it comes first: a batch is in whole or not at all. Readers
 * load the count before they read, so they meet whole rows only.
 */
export class GrowingSegment extends OwnedSegment {
  readonly kind = 'growing'
  readonly schema: CollectionSchema
  readonly sizeBytesMax: number
  readonly #handle: GrowingSegmentHandle
  readonly #writers: ReadonlyMap<FieldId, FieldWriter>
  readonly #timestamps: ByteAppender
  readonly #rowIds: ByteAppender
  readonly #published: Int32Array
  #sizeBytes = 0

  private constructor(options: GrowingSegmentOptions, parts: Parts) {
    super(parts.rows, parts.keyIndex)
    this.schema = options.schema
    this.sizeBytesMax = options.sizeBytesMax
    this.#handle = parts.handle
    this.#writers = parts.writers
    this.#timestamps = new ByteAppender(parts.handle.timestamps)
    this.#rowIds = parts.rowIds
    this.#published = new Int32Array(parts.handle.control)
  }

  /** Throws MEMORY_LIMIT_EXCEEDED. */
  static create(options: GrowingSegmentOptions): GrowingSegment {
    return new GrowingSegment(options, allocate(options))
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  handle(): GrowingSegmentHandle {
    return this.#handle
  }

  /**
   * Adds rows under one timestamp, which is not earlier than the last. Throws MEMORY_LIMIT_EXCEEDED
   * when they do not fit, and then nothing has changed.
   */
  append(batch: RowBatch, rowIds: BigInt64Array, timestamp: Timestamp): void {
    assert(rowIds.length === batch.rowCount, 'every row has a row id')
    assert(timestamp >= this.timestampTo, 'rows come in the order of their timestamps')
    assert(this.holds(batch), 'a segment has the fields of its rows')
    const sizeBytes = batchSizeBytes(batch)
    const from = this.rowCount
    const to = from + batch.rowCount
    this.#reserve(batch, sizeBytes)
    for (const [fieldId, writer] of this.#writers) writer.append(this.#columnOf(batch, fieldId))
    this.#rowIds.append(bytesOfValues(rowIds))
    this.#timestamps.append(bytesOfValues(new BigInt64Array(batch.rowCount).fill(timestamp)))
    this.keyIndex.add(from, to)
    this.#sizeBytes += sizeBytes
    Atomics.store(this.#published, 0, to)
  }

  /** Whether no column of the rows is one that the segment was opened without. */
  holds(batch: RowBatch): boolean {
    return batch.columns.keys().every((fieldId) => this.#writers.has(fieldId))
  }

  #reserve(batch: RowBatch, sizeBytes: number): void {
    if (this.#sizeBytes + sizeBytes > this.sizeBytesMax) {
      throw new ElanusError(
        'MEMORY_LIMIT_EXCEEDED',
        `Cannot add ${sizeBytes} bytes of rows to segment ${this.id}: ` +
          `it has ${this.#sizeBytes} of at most ${this.sizeBytesMax}`,
      )
    }
    for (const [fieldId, writer] of this.#writers) writer.reserve(this.#columnOf(batch, fieldId))
    const longsBytes = batch.rowCount * BigInt64Array.BYTES_PER_ELEMENT
    this.#rowIds.reserve(longsBytes)
    this.#timestamps.reserve(longsBytes)
    this.keyIndex.reserve(this.rowCount + batch.rowCount)
  }

  /** Rows that were written before a field was added come without it. */
  #columnOf(batch: RowBatch, fieldId: FieldId): Column {
    const column = batch.columns.get(fieldId)
    if (column !== undefined) return column
    const field = this.schema.fields.find(({ id }) => id === fieldId)
    assert(field?.addedAt !== undefined, 'a batch has a column for every field that it knows')
    return absentColumn(field, batch.rowCount)
  }
}

interface Parts {
  readonly handle: GrowingSegmentHandle
  readonly rows: SegmentRows
  readonly writers: ReadonlyMap<FieldId, FieldWriter>
  readonly rowIds: ByteAppender
  readonly keyIndex: PrimaryKeyIndex
}

function allocate(options: GrowingSegmentOptions): Parts {
  const { id, schema, sizeBytesMax } = options
  assert(sizeBytesMax <= limits.segmentMemoryBytesMax, 'offsets of VarChar bytes fit 32 bits')
  const rowCountMax = Math.floor(sizeBytesMax / rowSizeBytesMin(schema))
  const room = { rowCountMax, sizeBytesMax }
  const fields = schema.fields.map((field) => allocateField(field, room))
  const rowIds = allocateGrowable(rowCountMax * BigInt64Array.BYTES_PER_ELEMENT)
  const handle: GrowingSegmentHandle = {
    kind: 'growing',
    id,
    generation: nextGeneration(),
    schema,
    fields: [
      { kind: 'fixed', fieldId: rowIdFieldId, values: rowIds },
      ...fields.map((field) => field.handle),
    ],
    timestamps: allocateGrowable(rowCountMax * BigInt64Array.BYTES_PER_ELEMENT),
    deletions: Deletions.allocate(rowCountMax).handle,
    control: allocateShared(Int32Array.BYTES_PER_ELEMENT),
  }
  const stores = new Map<FieldId, VectorStore>()
  for (const field of fields) {
    if (field.store !== undefined) stores.set(field.handle.fieldId, field.store)
  }
  const rows = new SegmentRows(handle, stores)
  return {
    handle,
    rows,
    writers: new Map(fields.map((field) => [field.handle.fieldId, field.writer])),
    rowIds: new ByteAppender(rowIds),
    keyIndex: PrimaryKeyIndex.allocate(rows.keys, hashSeed, rowCountMax),
  }
}
