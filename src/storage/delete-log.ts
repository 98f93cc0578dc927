import { assert, present } from '../base/assert.ts'
import type { CollectionId, FieldId, LogId, PartitionId, SegmentId } from '../base/int64.ts'
import { toId } from '../base/int64.ts'
import { type Timestamp, timestampZero } from '../base/timestamp.ts'
import type { PrimaryKeyTypeName } from '../schema/data-type.ts'
import type { Column, PrimaryKeys } from '../schema/row-batch.ts'
import { systemFieldNames } from '../schema/system-fields.ts'
import type { BinlogFacts } from './binlog-facts.ts'
import { decodeBinlog, encodeBinlog } from './binlog-file.ts'
import { type BinlogColumn, corruptBinlog } from './binlog-header.ts'
import { deleteLogPath } from './binlog-paths.ts'
import type { ObjectStore } from './object-store.ts'
import { columnOfKeys, keysOfColumn } from './primary-key-column.ts'

/** Deletes of one shard, in the order of their timestamps. */
export interface DeleteLog {
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly shardIndex: number
  readonly fieldId: FieldId
  readonly logId: LogId
  readonly primaryKeys: PrimaryKeys
  /** One for each key. */
  readonly timestamps: BigInt64Array
}

export interface Deletes {
  readonly primaryKeys: PrimaryKeys
  readonly timestamps: BigInt64Array
}

export async function writeDeleteLog(store: ObjectStore, log: DeleteLog): Promise<BinlogFacts> {
  const { primaryKeys, timestamps, shardIndex, ...place } = log
  assert(primaryKeys.values.length === timestamps.length, 'every delete has a timestamp')
  const description = {
    ...place,
    kind: 'delete',
    segmentId: toId<SegmentId>(0n),
    rowCount: timestamps.length,
    timestampFrom: toId<Timestamp>(timestamps[0] ?? timestampZero),
    timestampTo: toId<Timestamp>(timestamps[timestamps.length - 1] ?? timestampZero),
  } as const
  const header = { ...description, columns: columnsOf(primaryKeys.type), extra: {} }
  const batch: readonly Column[] = [
    columnOfKeys(primaryKeys),
    { type: 'Int64', values: timestamps },
  ]
  const path = deleteLogPath({ ...place, shardIndex })
  const facts = await store.put(path, encodeBinlog(header, [batch]))
  return { ...description, path, ...facts }
}

/** Deletes, piece after piece. Throws CORRUPT when the object is not the one described. */
export async function* readDeleteLog(
  store: ObjectStore,
  facts: BinlogFacts,
  type: PrimaryKeyTypeName,
): AsyncIterable<Deletes> {
  let rowCount = 0
  const chunks = store.stream(facts.path, facts)
  for await (const { columns } of decodeBinlog(chunks, facts, columnsOf(type))) {
    const keys = present(columns[0], 'a batch has the columns that were asked for')
    const timestamps = present(columns[1], 'a batch has the columns that were asked for')
    assert(timestamps.type === 'Int64', 'a column is of the type that was asked for')
    rowCount += timestamps.values.length
    yield { primaryKeys: keysOfColumn(keys), timestamps: timestamps.values }
  }
  if (rowCount !== facts.rowCount) {
    throw corruptBinlog(facts.path, `it has ${rowCount} rows and should have ${facts.rowCount}`)
  }
}

function columnsOf(type: PrimaryKeyTypeName): readonly BinlogColumn[] {
  return [
    { name: 'PrimaryKey', type },
    { name: systemFieldNames[1], type: 'Int64' },
  ]
}
