import { assert } from '../base/assert.ts'
import type { CollectionId, FieldId, LogId, PartitionId } from '../base/int64.ts'
import { vectorRowSizeBytes } from '../schema/data-type.ts'
import {
  type FixedColumn,
  fixedWidthBytes,
  isFixedColumn,
  slicePlainColumn,
} from '../schema/fixed-column.ts'
import type { Column, PlainColumn } from '../schema/row-batch.ts'
import { timestampFieldId } from '../schema/system-fields.ts'
import { batchSizeBytes } from '../storage/insert-log.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { FlushFacts } from './flush-plan.ts'
import type { VectorFieldReader } from './gather.ts'
import type { GrowingSegmentHandle } from './segment-handle.ts'
import { SegmentRows } from './segment-rows.ts'
import { writeSegmentFiles } from './write-segment.ts'

export interface FlushRequest {
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly segment: GrowingSegmentHandle
  readonly rowFrom: number
  readonly rowTo: number
  /** One for each file. */
  readonly logIds: readonly LogId[]
}

/**
 * Writes rows [rowFrom, rowTo) to objects, in the order in which they lie. The rows must be
 * published; more may be added meanwhile. `checkpoint` is called between files and may throw.
 */
export async function flushSegment(
  store: ObjectStore,
  request: FlushRequest,
  checkpoint: () => void,
): Promise<FlushFacts> {
  const { collectionId, partitionId, segment, rowFrom, rowTo, logIds } = request
  using rows = SegmentRows.attach(segment)
  assert(rowFrom < rowTo && rowTo <= rows.rowCount, 'rows that are flushed are there')
  const content = {
    collectionId,
    partitionId,
    segmentId: segment.id,
    schema: segment.schema,
    rowCount: rowTo - rowFrom,
    timestampFrom: rows.timestampOf(rowFrom),
    timestampTo: rows.timestampOf(rowTo - 1),
    logIds,
    piecesOf: (fieldId: FieldId) => piecesOf(rows, fieldId, rowFrom, rowTo),
  }
  return await writeSegmentFiles(store, content, checkpoint)
}

/** A field's rows in pieces of about a record batch each; they share the segment's memory or copy it. */
function* piecesOf(
  rows: SegmentRows,
  fieldId: FieldId,
  rowFrom: number,
  rowTo: number,
): Iterable<Column> {
  if (fieldId === timestampFieldId) {
    yield* plainPieces({ type: 'Int64', values: rows.timestamps(rowTo) }, rowFrom, rowTo)
    return
  }
  const reader = rows.field(fieldId)
  if (reader.kind === 'vector') yield* vectorPieces(reader, rowFrom, rowTo)
  else yield* plainPieces(rows.plainColumn(fieldId, rowTo), rowFrom, rowTo)
}

function* plainPieces(column: PlainColumn, rowFrom: number, rowTo: number): Iterable<Column> {
  const endOf = pieceEnds(column)
  for (let from = rowFrom; from < rowTo; ) {
    const to = Math.min(rowTo, endOf(from, rowTo))
    yield slicePlainColumn(column, from, to)
    from = to
  }
}

/** Where a piece that begins at a row ends: behind that row at least. */
function pieceEnds(column: PlainColumn): (from: number, rowTo: number) => number {
  if (isFixedColumn(column)) {
    const step = batchSizeBytes / fixedWidthBytes[column.type]
    return (from) => from + step
  }
  const sizeBytesAt = spanEnds(column)
  return (from, rowTo) => {
    let to = from + 1
    while (to < rowTo && sizeBytesAt(to) - sizeBytesAt(from) < batchSizeBytes) to += 1
    return to
  }
}

/** How many bytes all values before a row take, offsets included. */
function spanEnds(column: Exclude<PlainColumn, FixedColumn>): (row: number) => number {
  const { offsets } = column
  const offsetBytes = (row: number) => row * Uint32Array.BYTES_PER_ELEMENT
  if (column.type !== 'Array') return (row) => (offsets[row] ?? 0) + offsetBytes(row)
  const { elements } = column
  const elementBytesAt =
    elements.type === 'VarChar'
      ? spanEnds(elements)
      : (element: number) => element * fixedWidthBytes[elements.type]
  return (row) => elementBytesAt(offsets[row] ?? 0) + offsetBytes(row)
}

function* vectorPieces(
  { type, store }: VectorFieldReader,
  rowFrom: number,
  rowTo: number,
): Iterable<Column> {
  const { dimension } = store
  const step = Math.ceil(batchSizeBytes / vectorRowSizeBytes(type, dimension))
  for (let from = rowFrom; from < rowTo; from += step) {
    const bytes = store.readRange(from, Math.min(rowTo, from + step))
    yield { type, dimension, bytes }
  }
}
