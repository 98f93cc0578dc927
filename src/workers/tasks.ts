import type { CollectionId, FieldId, LogId, PartitionId } from '../base/int64.ts'
import type { CollectionSchema } from '../schema/collection-schema.ts'
import type { PrimaryKeys } from '../schema/row-batch.ts'
import type { Aggregation } from '../segment/aggregate-rows.ts'
import type { BuildRequest } from '../segment/build-index.ts'
import type { EncodedFilter } from '../segment/filter-code.ts'
import type { LoadRequest } from '../segment/load-segment.ts'
import type { RowOrder } from '../segment/row-order.ts'
import type { SegmentSearch } from '../segment/search-segments.ts'
import type { Segment } from '../segment/segment.ts'
import type { Snapshot } from '../segment/snapshot.ts'

export {
  type Aggregate,
  type AggregateName,
  type Aggregation,
  aggregateNames,
  type RowGroup,
} from '../segment/aggregate-rows.ts'
export type { BuildFacts } from '../segment/build-index.ts'
export type { SearchReach } from '../segment/collect-hits.ts'
export type { EncodedFilter } from '../segment/filter-code.ts'
export { type FlushFacts, flushLogIdCount } from '../segment/flush-plan.ts'
export type { BuiltIndex } from '../segment/load-segment.ts'
export type { MergeFacts, MergeRequest as MergeTask } from '../segment/merge-segments.ts'
export type { OrderTerm, RowOrder } from '../segment/row-order.ts'
export type { SearchHits } from '../segment/search-segments.ts'
export type { IndexFileFacts } from '../storage/index-file.ts'

/**
 * What is asked of the worker threads, and what they answer. A task carries facts and segments, an
 * answer carries facts: workers write objects, never meta.
 */

/** Writes the rows [rowFrom, rowTo) of a growing segment as binlogs: one per field, and statistics. */
export interface FlushTask {
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly segment: Segment
  readonly schema: CollectionSchema
  readonly rowFrom: number
  readonly rowTo: number
  /** Fresh ones, `flushLogIdCount(schema)` of them. */
  readonly logIds: readonly LogId[]
}

/** Writes deletes of one shard, in the order of their timestamps. */
export interface FlushDeletesTask {
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  /** The shard's place in its collection, from zero. */
  readonly shardIndex: number
  readonly primaryKeyFieldId: FieldId
  readonly logId: LogId
  readonly primaryKeys: PrimaryKeys
  /** One for each key. */
  readonly timestamps: BigInt64Array
}

export interface BuildTask extends BuildRequest {
  readonly collectionId: CollectionId
  /** Called now and then with rows done and rows in all. */
  readonly onProgress?: (rowsDone: number, rowCount: number) => void
}

/** Brings a flushed segment into shared memory. */
export type LoadTask = Omit<LoadRequest, 'generation'>

/** The nearest visible rows of several segments of one collection, for each query. */
export interface SearchTask extends SegmentSearch {
  readonly segments: readonly Segment[]
  /** Undefined: every row passes; so for the others. */
  readonly filter?: EncodedFilter | undefined
}

/** Visible rows in the order of their primary keys, each key once (its newest row): a page of them. */
export interface SelectTask extends Snapshot {
  readonly segments: readonly Segment[]
  readonly offset: number
  readonly limit: number
  /** Undefined or empty: by primary key. */
  readonly order?: RowOrder | undefined
  readonly filter?: EncodedFilter | undefined
}

/** Every visible row that passes a filter, in no order; or how many those are. */
export interface MatchTask extends Snapshot {
  readonly segments: readonly Segment[]
  readonly filter: EncodedFilter
}

/** What groups of visible rows come to. */
export interface AggregateTask extends Snapshot {
  readonly segments: readonly Segment[]
  readonly filter?: EncodedFilter | undefined
  readonly aggregation: Aggregation
}
