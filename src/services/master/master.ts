import type { CollectionId, DatabaseId, FieldId, IndexId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type {
  CollectionRecord,
  ConsistencyLevel,
  DatabaseRecord,
  IndexRecord,
  PartitionRecord,
  ShardRecord,
} from '../../meta/records.ts'
import type { KeyValues } from '../../schema/collection-schema.ts'
import type { PropertiesChange } from './properties.ts'
import type { FieldDraft, SchemaDraft } from './schema-check.ts'

/**
 * Owns the catalog: databases, collections, partitions and index definitions; and hands out
 * timestamps and ids. Definitions change one after the other, each under a timestamp of its own and
 * in one atomic write, so that what one caller was answered the next caller sees.
 *
 *     created --dropCollection--> dropping --its data is gone--> (no record)
 */
export interface Master {
  /** The first of `count` timestamps that follow each other. */
  allocTimestamp(count: number): Promise<Timestamp>
  /** The first of `count` ids that follow each other. */
  allocId(count: number): Promise<bigint>

  createCollection(definition: CollectionDefinition): Promise<CollectionRecord>
  /** COLLECTION_NOT_FOUND; INVALID_ARGUMENT for an alias, and while it has aliases. */
  dropCollection(databaseName: string, collectionName: string): Promise<void>
  hasCollection(databaseName: string, collectionName: string): boolean
  /** By its name or an alias. COLLECTION_NOT_FOUND, DATABASE_NOT_FOUND. */
  describeCollection(databaseName: string, collectionName: string): CollectionRecord
  /** Undefined when it was dropped or never was. */
  collection(id: CollectionId): CollectionRecord | undefined
  /** In the order of their names. */
  showCollections(databaseName: string): readonly CollectionRecord[]
  listDatabases(): readonly DatabaseRecord[]
  /** Of all databases, in no order that means anything. */
  allCollections(): IteratorObject<CollectionRecord>
  database(id: DatabaseId): DatabaseRecord | undefined

  /** DATABASE_NOT_FOUND; an empty name is the default one's. */
  describeDatabase(name: string): DatabaseRecord
  createDatabase(name: string, properties: KeyValues): Promise<void>
  alterDatabase(name: string, change: PropertiesChange): Promise<void>
  /** INVALID_ARGUMENT while it has collections, and for the default one. */
  dropDatabase(name: string): Promise<void>

  /** ALIAS_NAME_TAKEN by a collection, ALIAS_EXISTS for another one. */
  createAlias(target: AliasTarget): Promise<void>
  /** Gives an alias to another collection in one step. ALIAS_NOT_FOUND, ALIAS_NAME_TAKEN. */
  alterAlias(target: AliasTarget): Promise<void>
  /** Nothing happens when there is none. */
  dropAlias(databaseName: string, name: string): Promise<void>
  /** ALIAS_NOT_FOUND. */
  collectionOfAlias(databaseName: string, name: string): CollectionRecord
  /** In the order of their names, as the next. */
  aliasesOf(collectionId: CollectionId): readonly string[]
  aliasesIn(databaseName: string): readonly string[]

  /** Gives a collection another name, or takes it to another database. */
  renameCollection(rename: CollectionRename): Promise<void>
  alterCollection(target: CollectionTarget, change: PropertiesChange): Promise<void>
  alterField(target: CollectionTarget, fieldName: string, change: PropertiesChange): Promise<void>
  /** Rows that are there have its default or nothing. INVALID_ARGUMENT unless it is nullable. */
  addField(target: CollectionTarget, field: FieldDraft): Promise<void>
  alterIndex(target: CollectionTarget, indexName: string, change: PropertiesChange): Promise<void>
  /** Hides every row that is there; those that come later stay. */
  truncateCollection(target: CollectionTarget): Promise<void>

  /** The partition, new or the one of that name that is there. */
  createPartition(target: PartitionTarget): Promise<PartitionRecord>
  /** Its rows are gone at once; PARTITION_NOT_FOUND, INVALID_ARGUMENT for the default partition. */
  dropPartition(target: PartitionTarget): Promise<void>

  /** The definition, new or the equal one that is there; INDEX_DUPLICATE for a different one. */
  createIndex(collectionId: CollectionId, definition: IndexDefinition): Promise<IndexRecord>
  /** Drops the definition; nothing happens when there is none. */
  dropIndex(collectionId: CollectionId, indexId: IndexId): Promise<void>

  /**
   * Calls back after each change of a collection's record, its drop included. A new collection is
   * no news: there is nothing yet that anybody would have to do for it.
   */
  subscribe(listener: (collectionId: CollectionId) => void): Disposable
  /** Collections whose data is still to be dropped. */
  droppingCollections(): readonly CollectionRecord[]
  /** The data of a dropping collection is gone: forget it. */
  collectionDataDropped(collectionId: CollectionId): Promise<void>
}

export interface CollectionDefinition {
  readonly databaseName: string
  readonly schema: SchemaDraft
  /** Zero: one shard. */
  readonly shardCount: number
  /** Of a collection with a partition key; zero or absent: the default. */
  readonly partitionCount?: number | undefined
  readonly consistencyLevel: ConsistencyLevel
  readonly properties: KeyValues
}

export interface CollectionTarget {
  readonly databaseName: string
  readonly collectionName: string
}

export interface CollectionRename {
  readonly from: CollectionTarget
  readonly to: CollectionTarget
}

/** An alias, and the collection by its own name. */
export interface AliasTarget extends CollectionTarget {
  readonly alias: string
}

export interface PartitionTarget {
  readonly databaseName: string
  readonly collectionName: string
  readonly partitionName: string
}

export interface IndexDefinition extends Omit<IndexRecord, 'id' | 'createdAt'> {
  readonly fieldId: FieldId
}

/** Places a new collection's shards on physical channels. */
export type ShardPlacement = (
  collectionId: CollectionId,
  shardCount: number,
) => readonly ShardRecord[]
