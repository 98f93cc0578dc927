import type { CollectionId, DatabaseId, IndexId, SegmentId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { TemplateValues } from '../../expression/parse-filter.ts'
import type { ConsistencyLevel } from '../../meta/records.ts'
import type { CollectionSchema, KeyValues } from '../../schema/collection-schema.ts'
import type { DataTypeName, PrimaryKeyTypeName, VectorTypeName } from '../../schema/data-type.ts'
import type { Metric } from '../../schema/metric.ts'
import type { Column, PrimaryKeys } from '../../schema/row-batch.ts'
import type { Validity } from '../../schema/validity.ts'
import type { SchemaDraft } from '../master/schema-check.ts'
import type { ProxyCatalog } from './catalog.ts'
import type { ArrayOperation } from './merge-rows.ts'

/**
 * The engine as an application sees it: what the Milvus face, REST and the embedding caller all
 * use. Every method rejects with an ElanusError and with nothing else.
 */
export interface Proxy {
  /** Databases, aliases, partitions, changes of collections, and what is known of the server. */
  readonly catalog: ProxyCatalog

  createCollection(request: CreateCollectionRequest): Promise<void>
  dropCollection(target: CollectionTarget): Promise<void>
  hasCollection(target: CollectionTarget): Promise<boolean>
  describeCollection(target: CollectionTarget | CollectionIdTarget): Promise<CollectionDescription>
  showCollections(databaseName: string): Promise<readonly CollectionSummary[]>
  listDatabases(): Promise<readonly DatabaseSummary[]>
  /** Rows that are visible now: deletes are subtracted, growing segments are counted. */
  collectionRowCount(target: CollectionTarget): Promise<number>

  insert(request: InsertRequest): Promise<MutationResult>
  /**
   * Puts rows in the place of those with the same keys, in one step. Where keys are assigned, the
   * rows say which keys they replace and get new ones.
   */
  upsert(request: UpsertRequest): Promise<MutationResult>
  delete(request: DeleteRequest): Promise<MutationResult>
  flush(databaseName: string, collectionNames: readonly string[]): Promise<readonly FlushResult[]>
  isFlushed(segmentIds: readonly SegmentId[], flushedAt: Timestamp | undefined): Promise<boolean>

  createIndex(request: CreateIndexRequest): Promise<void>
  /** Of one field or index name when given. INDEX_NOT_FOUND when there is none. */
  describeIndexes(target: IndexTarget): Promise<readonly IndexDescription[]>
  dropIndex(target: IndexTarget): Promise<void>

  /** Some partitions, or all when none is named; so for the next two. */
  load(target: CollectionTarget, partitionNames?: readonly string[]): Promise<void>
  release(target: CollectionTarget, partitionNames?: readonly string[]): Promise<void>
  loadState(target: CollectionTarget, partitionNames?: readonly string[]): Promise<LoadState>

  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchResult>
  hybridSearch(request: HybridSearchRequest, signal?: AbortSignal): Promise<SearchResult>
  query(request: QueryRequest, signal?: AbortSignal): Promise<QueryResult>

  health(): Promise<{ readonly isHealthy: boolean; readonly reasons: readonly string[] }>
}

export interface CollectionTarget {
  readonly databaseName: string
  readonly collectionName: string
}

export interface CollectionIdTarget {
  readonly collectionId: CollectionId
}

export type { TemplateValue, TemplateValues } from '../../expression/parse-filter.ts'
export type { FieldDraft, SchemaDraft } from '../master/schema-check.ts'
export type * from './catalog.ts'
export type { ArrayOperation } from './merge-rows.ts'

export interface CreateCollectionRequest extends CollectionTarget {
  readonly schema: SchemaDraft
  /** Zero: the default. */
  readonly shardCount: number
  /** Of a collection with a partition key; zero or absent: the default. */
  readonly partitionCount?: number | undefined
  readonly consistencyLevel: ConsistencyLevel
  readonly properties: KeyValues
}

export interface CollectionDescription {
  readonly id: CollectionId
  readonly databaseId: DatabaseId
  readonly databaseName: string
  readonly schema: CollectionSchema
  readonly virtualChannels: readonly string[]
  readonly physicalChannels: readonly string[]
  readonly partitionCount: number
  /** In the order of their names. */
  readonly aliases: readonly string[]
  readonly consistencyLevel: ConsistencyLevel
  readonly createdAt: Timestamp
  readonly updatedAt: Timestamp
}

export interface CollectionSummary {
  readonly id: CollectionId
  readonly name: string
  readonly createdAt: Timestamp
  readonly shardCount: number
  readonly loadPercent: number
}

export interface DatabaseSummary {
  readonly id: DatabaseId
  readonly name: string
  readonly createdAt: Timestamp
}

/** A named column of a request: types and lengths are checked against the schema by the proxy. */
export interface NamedColumn {
  readonly name: string
  readonly column: WireColumn
  /** Which rows have a value; the others have some other in its place. Absent: all. */
  readonly validity?: Validity | undefined
}

/**
 * A column in the form that the wire has: one integer width for the small ones, packed floats as
 * they came. Each has the request's row count of values, counted before anything was allocated;
 * `typeName` is what the client says that it is, not yet compared with the schema.
 */
export type WireColumn =
  /** One byte a value, 0 or 1. */
  | { readonly kind: 'bool'; readonly typeName: DataTypeName; readonly values: Uint8Array }
  | { readonly kind: 'int32'; readonly typeName: DataTypeName; readonly values: Int32Array }
  | { readonly kind: 'int64'; readonly typeName: DataTypeName; readonly values: BigInt64Array }
  /** Packed little-endian float32. */
  | { readonly kind: 'float'; readonly typeName: DataTypeName; readonly bytes: Uint8Array }
  /** Packed little-endian float64. */
  | { readonly kind: 'double'; readonly typeName: DataTypeName; readonly bytes: Uint8Array }
  /** Value i lies in `bytes` from offsets[i] to offsets[i + 1]; not yet checked to be UTF-8. */
  | {
      readonly kind: 'string'
      readonly typeName: DataTypeName
      readonly offsets: Uint32Array
      readonly bytes: Uint8Array
    }
  /** The same of JSON texts. */
  | {
      readonly kind: 'json'
      readonly typeName: DataTypeName
      readonly offsets: Uint32Array
      readonly bytes: Uint8Array
    }
  /** Value i is `elements` from offsets[i] to offsets[i + 1]; undefined: there are none at all. */
  | {
      readonly kind: 'array'
      readonly typeName: DataTypeName
      readonly offsets: Uint32Array
      readonly elements: WireScalars | undefined
    }
  | {
      readonly kind: 'vector'
      readonly typeName: VectorTypeName
      readonly dimension: number
      readonly bytes: Uint8Array
    }

export type WireScalars = Exclude<WireColumn, { readonly kind: 'json' | 'array' | 'vector' }>

export interface InsertRequest extends CollectionTarget {
  /** Empty: the default partition. */
  readonly partitionName: string
  readonly columns: readonly NamedColumn[]
  readonly rowCount: number
  /** The schema's update time as the client knows it; undefined when it does not say. */
  readonly schemaTimestamp: Timestamp | undefined
}

export interface UpsertRequest extends InsertRequest {
  /** Fields that are not given stay what they are; of a row that is not there, they are not given. */
  readonly isPartial?: boolean | undefined
  /** What becomes of the arrays of some fields, by name; the others are replaced. */
  readonly arrayOperations?: ReadonlyMap<string, ArrayOperation> | undefined
}

/**
 * Deletes rows whose keys the filter names, or, of a collection that is loaded, those that pass it
 * when the request comes.
 */
export interface DeleteRequest extends CollectionTarget {
  readonly partitionName: string
  readonly filter: string
  /** Values for each `{name}` in the filter. */
  readonly templates?: TemplateValues | undefined
}

export interface MutationResult {
  readonly primaryKeys: PrimaryKeys
  readonly insertCount: number
  readonly deleteCount: number
  readonly upsertCount: number
  readonly timestamp: Timestamp
}

export interface FlushResult {
  /** As it was asked for, which may be an alias. */
  readonly collectionName: string
  /** Segments that this flush sealed. */
  readonly sealedSegmentIds: readonly SegmentId[]
  readonly flushedSegmentIds: readonly SegmentId[]
  readonly sealedAt: Timestamp
  /** The flush is done when those segments are flushed and the channels' checkpoints reach this. */
  readonly flushedAt: Timestamp
}

export interface CreateIndexRequest extends CollectionTarget {
  readonly fieldName: string
  /** Empty: the field's name. */
  readonly indexName: string
  /** `index_type`, `metric_type`, `params` (JSON) and single parameters, as Milvus sends them. */
  readonly params: KeyValues
}

export interface IndexTarget extends CollectionTarget {
  /** Empty: any. */
  readonly fieldName: string
  readonly indexName: string
}

export interface IndexDescription {
  readonly id: IndexId
  readonly name: string
  readonly fieldName: string
  readonly params: KeyValues
  readonly indexedRowCount: number
  readonly totalRowCount: number
  readonly pendingRowCount: number
  readonly state: 'unissued' | 'inProgress' | 'finished' | 'failed'
  readonly failReason: string
}

export type LoadState =
  | { readonly kind: 'notExist' }
  | { readonly kind: 'notLoaded' }
  | { readonly kind: 'loading'; readonly percent: number }
  | { readonly kind: 'loaded' }

/** What a read may see: at least everything up to the guarantee that the level implies. */
export interface ReadConsistency {
  /** Undefined: the collection's. */
  readonly consistencyLevel: ConsistencyLevel | undefined
  /** As the client sent it, with Milvus's small numbers for levels; zero: the level decides. */
  readonly guaranteeTimestamp: bigint
}

/** Scores of interest: a hit may be as near as `rangeFilter` and must be nearer than `radius`. */
export interface ScoreRange {
  readonly radius?: number | undefined
  readonly rangeFilter?: number | undefined
}

/** Hits by groups of rows with equal values; limit and offset then count groups. */
export interface Grouping {
  readonly fieldName: string
  /** The most rows of a group. */
  readonly groupSize: number
  /** Look for as many of each group, if they exist. */
  readonly isStrict: boolean
}

/**
 * One page of a search that goes on for as long as there are rows. `topk` is the size of a page; it
 * has more when more rows tie with its last.
 */
export interface SearchIterator {
  /** As the first page gave it; empty for that. */
  readonly token: string
  /** As the page before gave it; undefined for the first. */
  readonly lastBound: number | undefined
}

export interface IteratorPage {
  readonly token: string
  readonly lastBound: number
}

export interface SearchRequest extends CollectionTarget, ReadConsistency {
  readonly partitionNames: readonly string[]
  /** Empty: no filter. */
  readonly filter: string
  readonly templates?: TemplateValues | undefined
  readonly range?: ScoreRange | undefined
  readonly grouping?: Grouping | undefined
  readonly iterator?: SearchIterator | undefined
  /** Leave out rows that are not in a flushed segment yet. */
  readonly ignoresGrowing?: boolean | undefined
  /** Fail when the name means another collection by now. */
  readonly collectionId?: bigint | undefined
  /** Empty: the only vector field. */
  readonly fieldName: string
  readonly queryCount: number
  /** Query after query, little-endian. */
  readonly queries: Uint8Array
  /** What the client says that they are; undefined: what the field is. */
  readonly queryType?: VectorTypeName | undefined
  readonly topk: number
  readonly offset: number
  /** Empty: the index's. */
  readonly metric: string
  /** `ef`, `nprobe` and so on, still as text. */
  readonly params: Readonly<Record<string, unknown>>
  /** -1: as computed. */
  readonly roundDecimal: number
  readonly outputFields: readonly string[]
}

/** How the hits of several searches become one list. */
export type Ranking =
  /** By the sum of 1 / (k + rank), ranks counting from one. */
  | { readonly kind: 'rrf'; readonly k: number }
  /** By the weighted sum of scores, brought to 0 … 1 or as they are; a weight for each search. */
  | {
      readonly kind: 'weighted'
      readonly weights: readonly number[]
      readonly isNormalized: boolean
    }

export interface HybridSearchRequest extends CollectionTarget, ReadConsistency {
  readonly partitionNames: readonly string[]
  /**
   * Searches of this collection for equally many queries. Of each, topk and offset together say how
   * many hits are ranked; what they return and where they look is said here.
   */
  readonly requests: readonly SearchRequest[]
  readonly ranking: Ranking
  readonly limit: number
  readonly offset: number
  /** -1: as computed. */
  readonly roundDecimal: number
  readonly outputFields: readonly string[]
  readonly ignoresGrowing?: boolean | undefined
}

export interface OutputColumn {
  readonly fieldId: bigint
  readonly name: string
  readonly column: Column
  /** Whether it is the dynamic field, of which there may be only some keys. */
  readonly isDynamic?: boolean | undefined
}

/**
 * Hits of all queries, flat, best first within each, or within each group: query q has `hitCounts[q]`. Output
 * columns and primary keys run in the same order.
 */
export interface SearchResult {
  readonly collectionName: string
  readonly topk: number
  /** What the scores are; undefined where hits were ranked anew. */
  readonly metric: Metric | undefined
  readonly hitCounts: readonly number[]
  readonly scores: Float32Array
  readonly primaryKeys: PrimaryKeys
  readonly primaryKeyName: string
  readonly primaryKeyType: PrimaryKeyTypeName
  /** Names as asked for, `*` and the like resolved. */
  readonly outputFields: readonly string[]
  readonly columns: readonly OutputColumn[]
  /** What the hits were grouped by. */
  readonly groupColumn?: OutputColumn | undefined
  readonly page?: IteratorPage | undefined
  /** The timestamp that the read saw. */
  readonly readAt: Timestamp
}

export interface QueryRequest extends CollectionTarget, ReadConsistency {
  readonly partitionNames: readonly string[]
  readonly filter: string
  readonly templates?: TemplateValues | undefined
  readonly ignoresGrowing?: boolean | undefined
  /** Fail when the name means another collection by now. */
  readonly collectionId?: bigint | undefined
  /** Whether it is a page of several: later ones see what the first one saw. */
  readonly isIterator?: boolean | undefined
  /** Fields, or of groups what they are grouped by and what they come to: `sum(price)`. */
  readonly outputFields: readonly string[]
  /** Fields whose equal values make a group of rows. */
  readonly groupBy?: readonly string[] | undefined
  /** Undefined or empty: by primary key. */
  readonly orderBy?: readonly OrderBy[] | undefined
  /** Undefined: all. */
  readonly limit: number | undefined
  readonly offset: number
}

/** The first term counts most. */
export interface OrderBy {
  /** A field, or of groups whatever is returned of them. */
  readonly name: string
  readonly isDescending: boolean
  /** Whether what has no value comes before what has one. */
  readonly isNullFirst: boolean
}

export type QueryResult =
  | {
      readonly kind: 'rows'
      readonly collectionName: string
      readonly primaryKeyName: string
      readonly outputFields: readonly string[]
      readonly rowCount: number
      readonly columns: readonly OutputColumn[]
      readonly readAt: Timestamp
    }
  | {
      readonly kind: 'count'
      readonly collectionName: string
      readonly count: number
      readonly readAt: Timestamp
    }
