import type {
  BuildId,
  CollectionId,
  DatabaseId,
  FieldId,
  IndexId,
  LogId,
  PartitionId,
  SegmentId,
} from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import type { CollectionSchema, KeyValues } from '../schema/collection-schema.ts'
import type { Metric } from '../schema/metric.ts'

/**
 * What each owner keeps in meta. Times are hybrid timestamps; positions are log positions.
 *
 * master: DatabaseRecord, CollectionRecord (with partitions and index definitions), AliasRecord,
 *   AllocatorRecord, DefinitionMessageRecord
 * data service: SegmentRecord, BinlogRecord, ChannelRecord
 * index service: BuildRecord
 * query service: LoadRecord
 */
export interface DatabaseRecord {
  readonly id: DatabaseId
  readonly name: string
  readonly createdAt: Timestamp
  readonly properties: KeyValues
}

/** In the order of Milvus's numbers, from zero. */
export const consistencyLevels = [
  'Strong',
  'Session',
  'Bounded',
  'Eventually',
  'Customized',
] as const

export type ConsistencyLevel = (typeof consistencyLevels)[number]

export interface PartitionRecord {
  readonly id: PartitionId
  readonly name: string
  readonly createdAt: Timestamp
}

/** `given` is what the client asked for, echoed; type, metric and params are what is built. */
export interface IndexRecord {
  readonly id: IndexId
  readonly name: string
  readonly fieldId: FieldId
  readonly type: string
  /** None where the field holds scalars. */
  readonly metric?: Metric | undefined
  readonly params: Readonly<Record<string, number>>
  readonly given: KeyValues
  readonly createdAt: Timestamp
}

/** A virtual channel: one shard of one collection, multiplexed on a physical channel. */
export interface ShardRecord {
  readonly virtualChannel: string
  readonly physicalChannel: string
  /** The physical channel's next position when the collection was made. */
  readonly startPosition: bigint
}

export interface CollectionRecord {
  readonly id: CollectionId
  readonly databaseId: DatabaseId
  readonly schema: CollectionSchema
  /** A dropping collection is invisible; what it owned is being dropped, also after a restart. */
  readonly state: 'created' | 'dropping'
  readonly consistencyLevel: ConsistencyLevel
  readonly shards: readonly ShardRecord[]
  readonly partitions: readonly PartitionRecord[]
  readonly indexes: readonly IndexRecord[]
  readonly createdAt: Timestamp
  /** Of the last change that a client may have to know before it encodes rows. */
  readonly updatedAt: Timestamp
  /** Rows up to this are gone; zero when it was never truncated. */
  readonly truncatedAt: Timestamp
}

/** Another name for a collection of the same database. */
export interface AliasRecord {
  readonly databaseId: DatabaseId
  readonly name: string
  readonly collectionId: CollectionId
  readonly createdAt: Timestamp
}

/**
 * That a collection or a partition was made or dropped, as the definition channel tells it, written in
 * one batch with the change itself: so the two never differ. Positions are dense.
 */
export type DefinitionMessageRecord = {
  readonly position: bigint
  readonly at: Timestamp
  readonly databaseId: DatabaseId
  readonly databaseName: string
  readonly collectionId: CollectionId
  readonly collectionName: string
} & (
  | {
      readonly kind: 'createCollection'
      readonly schema: CollectionSchema
      readonly virtualChannels: readonly string[]
      readonly physicalChannels: readonly string[]
    }
  | { readonly kind: 'dropCollection' }
  | {
      readonly kind: 'createPartition' | 'dropPartition'
      readonly partitionId: PartitionId
      readonly partitionName: string
    }
)

/** The bound below which an allocator may have handed out values: `timestamp` or `id`. */
export interface AllocatorRecord {
  readonly name: string
  readonly bound: bigint
}

/** What is known of a segment from its opening on, in every state. */
interface SegmentCommon {
  readonly id: SegmentId
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly virtualChannel: string
  readonly rowCountMax: number
  /** No row with a later timestamp than this was ever promised a place here. */
  readonly lastExpireAt: Timestamp
  readonly openedAt: Timestamp
  /** The physical channel's next position when it was opened: its rows come from there on. */
  readonly startPosition: bigint
}

interface SegmentSealing {
  readonly sealedAt: Timestamp
}

/**
 * What is known once the rows are in binlogs. `position` is the physical channel's next position
 * after the last record that they cover: replay skips what lies before it.
 */
interface SegmentFiles extends SegmentSealing {
  readonly flushedAt: Timestamp
  readonly rowCount: number
  readonly sizeBytes: number
  readonly position: bigint
  /** The segments whose rows were merged into this one; none where they came from the log. */
  readonly compactedFrom: readonly SegmentId[]
  /** Rows that a delete up to this time hides are in none of the files. */
  readonly purgedAt: Timestamp
}

/** Takes rows. */
export interface GrowingSegmentRecord extends SegmentCommon {
  readonly state: 'growing'
}

/** Takes none any more; those that were promised a place may still be on their way. */
export interface SealedSegmentRecord extends SegmentCommon, SegmentSealing {
  readonly state: 'sealed'
}

/** All its rows have come, and are being written. */
export interface FlushingSegmentRecord extends SegmentCommon, SegmentSealing {
  readonly state: 'flushing'
}

export interface FlushedSegmentRecord extends SegmentCommon, SegmentFiles {
  readonly state: 'flushed'
}

/** Is remembered for a while, with as much as it had come to. */
export interface DroppedSegmentRecord extends SegmentCommon, Partial<SegmentFiles> {
  readonly state: 'dropped'
  readonly droppedAt: Timestamp
  /** The segment that has its rows now. */
  readonly compactedTo?: SegmentId
}

/** A segment's facts: each state has what only it can know. `segment-moves` says what follows what. */
export type SegmentRecord =
  | GrowingSegmentRecord
  | SealedSegmentRecord
  | FlushingSegmentRecord
  | FlushedSegmentRecord
  | DroppedSegmentRecord

export type SegmentState = SegmentRecord['state']

/** One immutable object of a segment (or, for deletes, of a shard). */
export interface BinlogRecord {
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  /** Zero for a delete file: it belongs to the shard, not to a segment. */
  readonly segmentId: SegmentId
  readonly logId: LogId
  readonly kind: 'insert' | 'stats' | 'delete'
  readonly fieldId: FieldId
  readonly path: string
  readonly rowCount: number
  readonly timestampFrom: Timestamp
  readonly timestampTo: Timestamp
  readonly sizeBytes: number
  readonly crc32c: number
}

/**
 * Where replay of a virtual channel starts: all rows and deletes before `checkpoint` are in binlogs,
 * and so are all deletes before `deletePosition`, which is never less.
 */
export interface ChannelRecord {
  readonly virtualChannel: string
  readonly collectionId: CollectionId
  readonly shardIndex: number
  readonly checkpoint: bigint
  readonly deletePosition: bigint
  readonly checkpointAt: Timestamp
}

export interface IndexFileRecord {
  readonly path: string
  readonly sizeBytes: number
  readonly crc32c: number
}

interface BuildCommon {
  readonly id: BuildId
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly segmentId: SegmentId
  readonly indexId: IndexId
  readonly rowCount: number
  /** Counts attempts: a result is taken only from the attempt that is current. */
  readonly version: number
  /** Attempts that failed by themselves. */
  readonly failedCount: number
  /** Attempts that ended with the node or the process that made them. */
  readonly lostCount: number
}

export interface UnissuedBuildRecord extends BuildCommon {
  readonly state: 'unissued'
  /** Of the attempt before; empty where there was none. */
  readonly failReason: string
}

export interface RunningBuildRecord extends BuildCommon {
  readonly state: 'inProgress'
}

/** Without files where the segment is scanned as fast as an index would answer. */
export interface FinishedBuildRecord extends BuildCommon {
  readonly state: 'finished'
  readonly files: readonly IndexFileRecord[]
}

/** Given up: the rows are searched exactly. */
export interface FailedBuildRecord extends BuildCommon {
  readonly state: 'failed'
  readonly failReason: string
}

/** Of an index or a segment that was dropped; remembered for a while. */
export interface DeletedBuildRecord extends BuildCommon {
  readonly state: 'deleted'
  readonly deletedAt: Timestamp
}

export type BuildRecord =
  | UnissuedBuildRecord
  | RunningBuildRecord
  | FinishedBuildRecord
  | FailedBuildRecord
  | DeletedBuildRecord

export type BuildState = BuildRecord['state']

/** A collection that is to be searchable, also after a restart. */
export interface LoadRecord {
  readonly collectionId: CollectionId
  /** Empty: all, and those to come. */
  readonly partitionIds: readonly PartitionId[]
  readonly loadedAt: Timestamp
}
