import type { CollectionId, PartitionId, RowId, SegmentId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type {
  BinlogRecord,
  CollectionRecord,
  FlushedSegmentRecord,
  SegmentRecord,
} from '../../meta/records.ts'
import type { PrimaryKeys, RowBatch } from '../../schema/row-batch.ts'
import type { GrowingSegment } from '../../segment/growing-segment.ts'
import type { PhysicalChannel } from './physical-channel.ts'
import type { RowsToCome } from './segment-assigner.ts'
import type { DatedPromise } from './segment-promises.ts'
import type { ShardDelete } from './shard-deletes.ts'

/**
 * Owns segments: which rows go where, when a segment is sealed, when its rows are in binlogs, and
 * from where the log is still needed.
 */
export interface DataService {
  /** Rows of one request, routed already. Resolves when they are durable and visible. */
  insert(collection: CollectionRecord, parts: readonly InsertRows[]): Promise<Timestamp>
  /** Hides the older rows with these keys and adds rows, in one step under one timestamp. */
  upsert(
    collection: CollectionRecord,
    deletes: readonly DeleteRows[],
    parts: readonly InsertRows[],
  ): Promise<Timestamp>
  /** Hides every older row with these keys. Resolves when that is durable and in force. */
  delete(collection: CollectionRecord, parts: readonly DeleteRows[]): Promise<Timestamp>

  /** Promises rows a place until a time, in as many segments as they need. */
  reserve(collection: CollectionRecord, request: RowsToCome): Promise<readonly DatedPromise[]>
  /** Rows for a segment that promised them a place; INVALID_ARGUMENT when no promise covers them. */
  append(collection: CollectionRecord, segmentId: SegmentId, rows: InsertRows): Promise<Timestamp>

  /** Seals what grows. The rows are in binlogs when `isFlushed` says so. */
  flush(
    collection: CollectionRecord,
    /** Empty: all of the collection. */
    segmentIds?: readonly SegmentId[],
  ): Promise<FlushOutcome>
  /** Whether the segments are flushed (or gone) and the log before `flushedAt` is not needed. */
  isFlushed(segmentIds: readonly SegmentId[], flushedAt: Timestamp | undefined): boolean

  /** Whether every row and delete of the collection up to this time is in files. */
  isCheckpointed(collection: CollectionRecord, flushedAt: Timestamp): boolean

  /** Everything before this position of its channel is in files. */
  checkpoint(collection: CollectionRecord): bigint

  /** The log channels that collections are spread over. */
  physicalChannels(): readonly PhysicalChannel[]
  /** Rows of a segment, those in memory included. */
  rowCount(segment: SegmentRecord): number

  segment(id: SegmentId): SegmentRecord | undefined
  /** Of the collection, dropped ones included, while they are remembered. */
  allSegments(collectionId: CollectionId): readonly SegmentRecord[]
  /** All that have rows and are not dropped. */
  segments(collectionId: CollectionId): readonly SegmentRecord[]
  /** Those of them whose rows are in files. */
  flushedSegments(collectionId: CollectionId): readonly FlushedSegmentRecord[]
  /** The rows of a segment that is not flushed yet, or whose twin on disk is not served yet. */
  growingSegment(id: SegmentId): GrowingSegment | undefined
  /** Insert and statistics files of a flushed segment. */
  binlogs(segment: SegmentRecord): Promise<readonly BinlogRecord[]>
  /** The delete files that concern a partition. */
  deleteFiles(
    collectionId: CollectionId,
    partitionId: PartitionId,
  ): Promise<readonly BinlogRecord[]>
  /** Keeps the deletes that are in no file, and those to come, until disposed. */
  retainDeletes(collectionId: CollectionId): RetainedDeletes

  /** A timestamp up to which every write of the collection is applied; at least `guarantee`. */
  watermark(collection: CollectionRecord, guarantee: Timestamp): Promise<Timestamp>

  /** Calls back when a segment was opened, flushed or dropped. */
  subscribe(listener: DataListener): Disposable
  /** No reader needs the growing rows of this flushed segment any more. */
  releaseGrowing(id: SegmentId): void

  /** Drops everything of a collection, objects included. Done again after a crash, it goes on. */
  dropCollection(collection: CollectionRecord): Promise<void>
}

export interface InsertRows {
  readonly partitionId: PartitionId
  readonly shardIndex: number
  readonly rowIdFirst: RowId
  readonly batch: RowBatch
}

export interface DeleteRows {
  /** Zero: any partition. */
  readonly partitionId: PartitionId
  readonly shardIndex: number
  readonly primaryKeys: PrimaryKeys
}

export interface FlushOutcome {
  readonly sealedSegmentIds: readonly SegmentId[]
  readonly flushedSegmentIds: readonly SegmentId[]
  /** Every row written before has an earlier timestamp. */
  readonly sealedAt: Timestamp
}

export interface RetainedDeletes extends Disposable {
  /** Deletes that no file of the moment of the call held, oldest first. */
  since(): readonly ShardDelete[]
}

export interface DataListener {
  segmentOpened?(record: SegmentRecord): void
  segmentFlushed?(record: FlushedSegmentRecord): void
  segmentDropped?(record: SegmentRecord): void
  /** Rows of this segment can be read now that could not before. */
  rowsAdded?(segmentId: SegmentId): void
  /** A delete is in force now; growing segments have it already. */
  deleted?(collectionId: CollectionId, entry: ShardDelete): void
}
