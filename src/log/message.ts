import type { CollectionId, PartitionId, RowId, SegmentId } from '../base/int64.ts'
import type { PrimaryKeys, RowBatch } from '../schema/row-batch.ts'

/**
 * What a log record says. One request is one record, whatever number of shards and segments its
 * rows go to: so a crash can never tear it.
 */
export type LogMessage = InsertMessage | DeleteMessage | UpsertMessage

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

/**
 * Deletes, then rows, under one timestamp: a delete hides older rows only, so it leaves the rows
 * that come with it alone.
 */
export interface UpsertMessage {
  readonly kind: 'upsert'
  readonly collectionId: CollectionId
  readonly deletes: readonly DeletePart[]
  readonly inserts: readonly InsertPart[]
}

export function insertsOf(message: LogMessage): readonly InsertPart[] {
  switch (message.kind) {
    case 'insert':
      return message.parts
    case 'upsert':
      return message.inserts
    case 'delete':
      return []
  }
}

export function deletesOf(message: LogMessage): readonly DeletePart[] {
  switch (message.kind) {
    case 'delete':
      return message.parts
    case 'upsert':
      return message.deletes
    case 'insert':
      return []
  }
}
