import type { CollectionId, PartitionId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { CollectionRecord, FlushedSegmentRecord } from '../../meta/records.ts'
import type { FieldSchema } from '../../schema/collection-schema.ts'
import type { Metric } from '../../schema/metric.ts'
import type { PrimaryKeys } from '../../schema/row-batch.ts'
import type { RowReferences, Segment } from '../../segment/segment.ts'
import type { Snapshot } from '../../segment/snapshot.ts'
import type {
  Aggregation,
  EncodedFilter,
  RowGroup,
  RowOrder,
  SearchHits,
  SearchReach,
} from '../../workers/tasks.ts'
import type { LoadState } from '../proxy/proxy.ts'
import type { ServedSegment } from './serving-set.ts'

/**
 * Serves reads of loaded collections. Every row is served from exactly one place: from the growing
 * segment until the sealed one that replaces it is in memory, and from then on from that.
 */
export interface QueryService {
  /**
   * Starts loading these partitions, or all and those to come when none is named; durable when it
   * resolves, so that a restart loads again. Repeating is free.
   */
  load(collection: CollectionRecord, partitionIds: readonly PartitionId[]): Promise<void>
  release(collectionId: CollectionId): Promise<void>
  /** The rest stays; the last partition's release is the collection's. */
  releasePartitions(
    collection: CollectionRecord,
    partitionIds: readonly PartitionId[],
  ): Promise<void>
  /** Of these partitions; when none is named, of what was asked to be loaded. */
  state(
    collectionId: CollectionId,
    partitionIds?: readonly PartitionId[],
  ): Exclude<LoadState, { kind: 'notExist' }>
  /** Where rows are read from now; empty when nothing is loaded. */
  served(collection: CollectionRecord): readonly ServedSegment[]

  /**
   * A stable view of the collection; waits for a load that is under way. COLLECTION_NOT_LOADED,
   * PARTITION_NOT_LOADED.
   */
  view(collection: CollectionRecord, scope: ReadScope): Promise<ReadView>
  search(view: ReadView, request: NearestRequest, signal?: AbortSignal): Promise<SearchHits>
  /** The newest visible row of each key, in the order of the keys; keys without one are left out. */
  locate(view: ReadView, primaryKeys: PrimaryKeys): RowReferences
  /** A page of the visible rows, in the order that is asked for. */
  page(view: ReadView, window: Window, signal?: AbortSignal): Promise<RowReferences>
  /** Every visible row that passes, in no order; INVALID_ARGUMENT when they are too many. */
  match(view: ReadView, filter: EncodedFilter, signal?: AbortSignal): Promise<RowReferences>
  /** Visible rows of a flushed segment that need not be loaded. */
  sleepingRowCount(
    collection: CollectionRecord,
    record: FlushedSegmentRecord,
    snapshot: Snapshot,
  ): Promise<number>
  count(view: ReadView, filter?: EncodedFilter, signal?: AbortSignal): Promise<number>
  /** What groups of the visible rows that pass come to, in the order in which they were met. */
  aggregate(
    view: ReadView,
    request: GroupRequest,
    signal?: AbortSignal,
  ): Promise<readonly RowGroup[]>
}

export interface ReadScope {
  /** Empty: all. */
  readonly partitionIds: readonly PartitionId[]
  /** What the read must see at least. */
  readonly guarantee: Timestamp
  /** Undefined: all that is there by now. Else just what the guarantee says, as an earlier read. */
  readonly isPinned?: boolean | undefined
  /** Leave out rows that are not in a flushed segment yet. */
  readonly ignoresGrowing?: boolean | undefined
}

export interface ReadView extends Snapshot {
  readonly segments: readonly Segment[]
}

export interface NearestRequest {
  readonly field: FieldSchema
  readonly metric: Metric
  readonly queries: Uint8Array
  readonly queryCount: number
  readonly topk: number
  readonly params: Readonly<Record<string, number>>
  /** Undefined: every row passes. */
  readonly filter: EncodedFilter | undefined
  /** Undefined: the nearest, wherever they are. */
  readonly reach: SearchReach | undefined
}

export interface GroupRequest {
  readonly aggregation: Aggregation
  /** Undefined: every row passes. */
  readonly filter: EncodedFilter | undefined
}

export interface Window {
  readonly offset: number
  readonly limit: number
  /** Undefined or empty: by primary key. */
  readonly order?: RowOrder | undefined
  /** Undefined: every row passes. */
  readonly filter: EncodedFilter | undefined
}
