import type { CollectionId, FieldId, LogId, PartitionId, SegmentId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'

/**
 * What is known of one binlog object once it is written: what meta keeps, and what a reader checks
 * the object against.
 */
export interface BinlogFacts {
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  /** Zero for a delete file: it belongs to a shard. */
  readonly segmentId: SegmentId
  readonly logId: LogId
  readonly kind: BinlogKind
  /** Of a statistics or delete file: the primary key's. */
  readonly fieldId: FieldId
  readonly path: string
  readonly rowCount: number
  readonly timestampFrom: Timestamp
  readonly timestampTo: Timestamp
  readonly sizeBytes: number
  readonly crc32c: number
}

export type BinlogKind = 'insert' | 'stats' | 'delete'
