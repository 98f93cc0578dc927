import type { Hardware } from '../../base/hardware.ts'
import type { CollectionId, DatabaseId, IndexId, PartitionId, SegmentId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { SegmentState } from '../../meta/records.ts'
import type { KeyValues } from '../../schema/collection-schema.ts'
import type { Compaction, CompactionTicket } from '../compaction/compaction-log.ts'
import type {
  AliasTarget,
  CollectionRename,
  CollectionTarget,
  PartitionTarget,
} from '../master/master.ts'
import type { PropertiesChange } from '../master/properties.ts'
import type { FieldDraft } from '../master/schema-check.ts'

/**
 * What an application asks of the catalog, and of the server, beside its collections' rows. As of
 * the proxy, every method rejects with an ElanusError and with nothing else; a collection may be
 * named by an alias wherever nothing else is said.
 */
export interface ProxyCatalog {
  createDatabase(name: string, properties: KeyValues): Promise<void>
  describeDatabase(name: string): Promise<DatabaseDescription>
  alterDatabase(name: string, change: PropertiesChange): Promise<void>
  /** Refused while it has collections. */
  dropDatabase(name: string): Promise<void>

  /** The collection by its own name. ALIAS_EXISTS, ALIAS_NAME_TAKEN. */
  createAlias(target: AliasTarget): Promise<void>
  /** Gives the alias to another collection, by its own name, in one step. ALIAS_NOT_FOUND. */
  alterAlias(target: AliasTarget): Promise<void>
  /** Nothing happens when there is none. */
  dropAlias(databaseName: string, alias: string): Promise<void>
  /** The name of its collection. ALIAS_NOT_FOUND. */
  describeAlias(databaseName: string, alias: string): Promise<string>
  /** Of one collection; of all when no name is given. In the order of their names. */
  listAliases(databaseName: string, collectionName: string): Promise<readonly string[]>

  /** By its own name; the other database may be the same. */
  renameCollection(rename: CollectionRename): Promise<void>
  /** COLLECTION_LOADED when the change is one that a loaded collection does not take. */
  alterCollection(target: CollectionTarget, change: PropertiesChange): Promise<void>
  alterField(target: CollectionTarget, fieldName: string, change: PropertiesChange): Promise<void>
  /** Rows that are there have its default or nothing. INVALID_ARGUMENT unless it is nullable. */
  addField(target: CollectionTarget, field: FieldDraft): Promise<void>
  alterIndex(target: CollectionTarget, indexName: string, change: PropertiesChange): Promise<void>
  /** Drops the rows that are there, and nothing else. */
  truncateCollection(target: CollectionTarget): Promise<void>

  createPartition(target: PartitionTarget): Promise<void>
  dropPartition(target: PartitionTarget): Promise<void>
  hasPartition(target: PartitionTarget): Promise<boolean>
  /** In the order in which they were made. */
  showPartitions(
    target: CollectionTarget | { readonly collectionId: CollectionId },
  ): Promise<readonly PartitionSummary[]>
  partitionRowCount(target: PartitionTarget): Promise<number>

  /** Flushes what the targets name; resolves with a time for `isAllFlushed`. */
  flushAll(targets: readonly FlushTarget[]): Promise<Timestamp>
  /** Whether every write up to the time is in files. */
  isAllFlushed(targets: readonly FlushTarget[], flushedAt: Timestamp): Promise<boolean>

  /** Segments that take no rows any more. */
  persistentSegments(target: CollectionTarget): Promise<readonly PersistentSegment[]>
  /** Segments that reads find their rows in. COLLECTION_NOT_LOADED. */
  servedSegments(target: CollectionTarget): Promise<readonly ServedSegmentFacts[]>
  /** One of a loaded collection, else none. */
  replicas(
    target: CollectionTarget | { readonly collectionId: CollectionId },
  ): Promise<readonly Replica[]>

  /** Merges what can be merged of a collection, in the background. */
  compact(
    target: CollectionTarget | { readonly collectionId: CollectionId },
  ): Promise<CompactionTicket>
  /** Undefined where nothing of that number was asked for. */
  compaction(id: bigint): Compaction | undefined

  allocTimestamp(): Promise<Timestamp>
  hardware(): Promise<Hardware>
}

export type { Hardware } from '../../base/hardware.ts'
export type { Compaction, CompactionTicket } from '../compaction/compaction-log.ts'
export type { AliasTarget, CollectionRename, PartitionTarget, PropertiesChange }

export interface DatabaseDescription {
  readonly id: DatabaseId
  readonly name: string
  readonly createdAt: Timestamp
  readonly properties: KeyValues
}

export interface PartitionSummary {
  readonly id: PartitionId
  readonly name: string
  readonly createdAt: Timestamp
  readonly loadPercent: number
}

/** Undefined: every database. */
export interface FlushTarget {
  readonly databaseName: string | undefined
  /** Empty: every collection. */
  readonly collectionNames: readonly string[]
}

export interface PersistentSegment {
  readonly id: SegmentId
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly state: SegmentState
  readonly rowCount: number
}

export interface ServedSegmentFacts {
  readonly id: SegmentId
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly isGrowing: boolean
  readonly rowCount: number
  readonly memoryBytes: number
  /** Those that came with it. */
  readonly indexes: readonly { readonly id: IndexId; readonly name: string }[]
}

export interface Replica {
  readonly collectionId: CollectionId
  readonly partitionIds: readonly PartitionId[]
  readonly virtualChannels: readonly string[]
}
