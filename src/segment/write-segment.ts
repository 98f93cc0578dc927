import { assert, present } from '../base/assert.ts'
import type { CollectionId, FieldId, LogId, PartitionId, SegmentId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import type { CollectionSchema } from '../schema/collection-schema.ts'
import type { Column } from '../schema/row-batch.ts'
import type { BinlogFacts } from '../storage/binlog-facts.ts'
import { binlogColumnOf, writeInsertLog } from '../storage/insert-log.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { KeyStatisticsBuilder, writeStatisticsLog } from '../storage/statistics-log.ts'
import { type FlushFacts, flushedFieldIds, flushLogIdCount } from './flush-plan.ts'

/** Rows that are to become the files of a segment. */
export interface SegmentContent {
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly segmentId: SegmentId
  readonly schema: CollectionSchema
  readonly rowCount: number
  /** Of the first and the last row: rows lie in the order of their timestamps. */
  readonly timestampFrom: Timestamp
  readonly timestampTo: Timestamp
  /** One for each file, `flushLogIdCount(schema)` of them. */
  readonly logIds: readonly LogId[]
  /** A field's rows in their order, in pieces of about a record batch each. */
  readonly piecesOf: (fieldId: FieldId) => Iterable<Column>
}

/**
 * Writes a segment's files: one for each field, and the statistics of its keys. `checkpoint` is called
 * between files and may throw.
 */
export async function writeSegmentFiles(
  store: ObjectStore,
  content: SegmentContent,
  checkpoint: () => void,
): Promise<FlushFacts> {
  const { schema, logIds, piecesOf, ...common } = content
  assert(logIds.length === flushLogIdCount(schema), 'every file has a log id')
  const binlogs: BinlogFacts[] = []
  for (const [index, fieldId] of flushedFieldIds(schema).entries()) {
    checkpoint()
    const logId = present(logIds[index], 'every file has a log id')
    const log = { ...common, fieldId, logId, column: binlogColumnOf(schema, fieldId) }
    binlogs.push(await writeInsertLog(store, log, piecesOf(fieldId)))
  }
  checkpoint()
  const { fieldId, type } = schema.primaryKey
  const statistics = new KeyStatisticsBuilder(type, common.rowCount)
  for (const piece of piecesOf(fieldId)) statistics.add(piece)
  const logId = present(logIds.at(-1), 'every file has a log id')
  binlogs.push(await writeStatisticsLog(store, { ...common, fieldId, logId }, statistics.finish()))
  const { rowCount, timestampFrom, timestampTo } = common
  return { binlogs, rowCount, timestampFrom, timestampTo }
}
