import { assert, present, unreachable } from '../base/assert.ts'
import type { CollectionId, FieldId, LogId, PartitionId } from '../base/int64.ts'
import { fixedWidthBytes, sliceColumn, viewFixedColumn } from '../schema/fixed-column.ts'
import type { Column, VarCharColumn } from '../schema/row-batch.ts'
import { timestampFieldId } from '../schema/system-fields.ts'
import type { BinlogFacts } from '../storage/binlog-facts.ts'
import { batchSizeBytes, binlogColumnOf, writeInsertLog } from '../storage/insert-log.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { KeyStatisticsBuilder, writeStatisticsLog } from '../storage/statistics-log.ts'
import type { VectorStore } from '../vector-index/contract.ts'
import { type FlushFacts, flushedFieldIds, flushLogIdCount } from './flush-plan.ts'
import type { GrowingSegmentHandle } from './segment-handle.ts'
import { SegmentRows } from './segment-rows.ts'

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
  const { segment, rowFrom, rowTo, logIds } = request
  const { schema } = segment
  assert(logIds.length === flushLogIdCount(schema), 'every file has a log id')
  using rows = SegmentRows.attach(segment)
  assert(rowFrom < rowTo && rowTo <= rows.rowCount, 'rows that are flushed are there')
  const common = {
    collectionId: request.collectionId,
    partitionId: request.partitionId,
    segmentId: segment.id,
    rowCount: rowTo - rowFrom,
    timestampFrom: rows.timestampOf(rowFrom),
    timestampTo: rows.timestampOf(rowTo - 1),
  }
  const binlogs: BinlogFacts[] = []
  for (const [index, fieldId] of flushedFieldIds(schema).entries()) {
    checkpoint()
    const logId = present(logIds[index], 'every file has a log id')
    const log = { ...common, fieldId, logId, column: binlogColumnOf(schema, fieldId) }
    const pieces = piecesOf(rows, fieldId, rowFrom, rowTo)
    binlogs.push(await writeInsertLog(store, log, pieces))
  }
  checkpoint()
  const { fieldId, type } = schema.primaryKey
  const statistics = new KeyStatisticsBuilder(type, common.rowCount)
  for (const piece of piecesOf(rows, fieldId, rowFrom, rowTo)) statistics.add(piece)
  const logId = present(logIds.at(-1), 'every file has a log id')
  binlogs.push(await writeStatisticsLog(store, { ...common, fieldId, logId }, statistics.finish()))
  const { rowCount, timestampFrom, timestampTo } = common
  return { binlogs, rowCount, timestampFrom, timestampTo }
}

/** A field's rows in pieces of about a record batch each; they share the segment's memory or copy it. */
function* piecesOf(
  rows: SegmentRows,
  fieldId: FieldId,
  rowFrom: number,
  rowTo: number,
): Iterable<Column> {
  if (fieldId === timestampFieldId) {
    yield* fixedPieces({ type: 'Int64', values: rows.timestamps(rowTo) }, rowFrom, rowTo)
    return
  }
  const reader = rows.field(fieldId)
  switch (reader.kind) {
    case 'fixed':
      yield* fixedPieces(viewFixedColumn(reader.type, reader.values, rowTo), rowFrom, rowTo)
      return
    case 'varChar': {
      const column = rows.scalarColumn(fieldId, rowTo)
      assert(column.type === 'VarChar', 'a reader is of its field')
      yield* varCharPieces(column, rowFrom, rowTo)
      return
    }
    case 'vector':
      yield* vectorPieces(reader.store, rowFrom, rowTo)
      return
    default:
      unreachable(reader)
  }
}

function* fixedPieces(
  column: Exclude<Column, { type: 'VarChar' | 'FloatVector' }>,
  rowFrom: number,
  rowTo: number,
): Iterable<Column> {
  const step = batchSizeBytes / fixedWidthBytes[column.type]
  for (let from = rowFrom; from < rowTo; from += step) {
    yield sliceColumn(column, from, Math.min(rowTo, from + step))
  }
}

function* varCharPieces(column: VarCharColumn, rowFrom: number, rowTo: number): Iterable<Column> {
  let from = rowFrom
  for (let row = rowFrom + 1; row <= rowTo; row++) {
    const sizeBytes = (column.offsets[row] ?? 0) - (column.offsets[from] ?? 0)
    const isFull = sizeBytes + (row - from) * Uint32Array.BYTES_PER_ELEMENT >= batchSizeBytes
    if (!isFull && row < rowTo) continue
    yield sliceColumn(column, from, row)
    from = row
  }
}

function* vectorPieces(store: VectorStore, rowFrom: number, rowTo: number): Iterable<Column> {
  const { dimension } = store
  const step = Math.ceil(batchSizeBytes / (dimension * Float32Array.BYTES_PER_ELEMENT))
  for (let from = rowFrom; from < rowTo; from += step) {
    const bytes = store.readRange(from, Math.min(rowTo, from + step))
    yield { type: 'FloatVector', dimension, bytes }
  }
}
