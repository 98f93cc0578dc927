import type { CollectionId, PartitionId, RowId, SegmentId } from '../base/int64.ts'
import type { PrimaryKeys, RowBatch } from '../schema/row-batch.ts'

/**
 * What a log record says. One request is one record, whatever number of shards and segments its
 * rows go to: so a crash can never tear it.
 */
export type LogMessage = InsertMessage | DeleteMessage

export interface InsertMessage {
  readonly kind: 'insert'
  readonly collectionId: CollectionId
  readonly parts: readonly InsertPart[]
}

/** Rows for one segment; their row ids count up from `rowIdFirst`. */
export interface InsertPart {
  readonly partitionId: PartitionId
  readonly segmentId: SegmentId
  readonly shardIndex: number
  readonly rowIdFirst: RowId
  readonly batch: RowBatch
}

/** Hides every older row with one of the keys; partition zero means in any partition. */
export interface DeleteMessage {
  readonly kind: 'delete'
  readonly collectionId: CollectionId
  readonly parts: readonly DeletePart[]
}

export interface DeletePart {
  readonly partitionId: PartitionId
  readonly shardIndex: number
  readonly primaryKeys: PrimaryKeys
}
