import { present } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, DatabaseId, IndexId, PartitionId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import { type Timestamp, timestampZero } from '../../base/timestamp.ts'
import type {
  CollectionRecord,
  DatabaseRecord,
  IndexRecord,
  PartitionRecord,
} from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import { databaseNameDefault, partitionNameDefault } from '../../schema/system-fields.ts'
import { SerialQueue } from '../serial-queue.ts'
import { CollectionRegistry } from './collection-registry.ts'
import { DefinitionHistory, type DefinitionMessage } from './definition-history.ts'
import {
  collectionCreated,
  collectionDropped,
  partitionCreated,
  partitionDropped,
} from './definition-messages.ts'
import { collectionNotFound } from './errors.ts'
import { IdAllocator } from './id-allocator.ts'
import type {
  CollectionDefinition,
  IndexDefinition,
  Master,
  PartitionTarget,
  ShardPlacement,
} from './master.ts'
import { checkName } from './names.ts'
import { checkNewPartition, findPartition } from './partitions.ts'
import { isSameDefinition, isSameIndex } from './same-definition.ts'
import { checkSchema } from './schema-check.ts'
import { type BoundStore, TimestampOracle } from './timestamp-oracle.ts'

export class LocalMaster implements Master {
  readonly oracle: TimestampOracle
  readonly history: DefinitionHistory
  readonly #ids: IdAllocator
  readonly #catalog: Catalog
  readonly #definitions = new SerialQueue()
  readonly #databases = new Map<string, DatabaseRecord>()
  readonly #collections: CollectionRegistry
  readonly #listeners = new Set<(collectionId: CollectionId) => void>()
  #placeShards: ShardPlacement = () => []

  private constructor(
    catalog: Catalog,
    oracle: TimestampOracle,
    ids: IdAllocator,
    history: DefinitionHistory,
  ) {
    this.#catalog = catalog
    this.oracle = oracle
    this.#ids = ids
    this.history = history
    this.#collections = new CollectionRegistry()
  }

  static async open(catalog: Catalog, clock: Clock): Promise<LocalMaster> {
    const oracle = await TimestampOracle.open(clock, boundStore(catalog, 'timestamp'))
    const ids = await IdAllocator.open(clock, boundStore(catalog, 'id'))
    const history = await DefinitionHistory.open(catalog, oracle)
    const master = new LocalMaster(catalog, oracle, ids, history)
    await master.#loadDatabases()
    for await (const record of catalog.collections.scan()) master.#collections.set(record)
    return master
  }

  /** Shards are placed by whoever owns the channels; told before the first collection is made. */
  usePlacement(placeShards: ShardPlacement): void {
    this.#placeShards = placeShards
  }

  allocTimestamp(count: number): Promise<Timestamp> {
    return this.oracle.allocate(count)
  }

  allocId(count: number): Promise<bigint> {
    return this.#ids.allocate(count)
  }

  createCollection(definition: CollectionDefinition): Promise<CollectionRecord> {
    return this.#define(() => this.#createCollection(definition))
  }

  async #createCollection(definition: CollectionDefinition): Promise<CollectionRecord> {
    const database = this.#database(definition.databaseName)
    checkName('collection', definition.schema.name)
    const schema = checkSchema(definition.schema, definition.properties)
    const shardCount = definition.shardCount === 0 ? 1 : definition.shardCount
    if (shardCount < 0 || shardCount > limits.shardCountMax) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `maximum shards's number should be limited to ${limits.shardCountMax}, got ${shardCount}`,
      )
    }
    const existing = this.#collections.find(database.id, schema.name)
    if (existing !== undefined) {
      if (isSameDefinition(existing, schema, shardCount)) return existing
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `create duplicate collection with different parameters, collection: ${schema.name}`,
      )
    }
    this.#checkCollectionCount()
    const id = toId<CollectionId>(await this.allocId(1))
    const partitionId = toId<PartitionId>(await this.allocId(1))
    // Two: its default partition comes after it.
    const createdAt = await this.oracle.allocate(2)
    const record: CollectionRecord = {
      id,
      databaseId: database.id,
      schema,
      state: 'created',
      consistencyLevel: definition.consistencyLevel,
      shards: this.#placeShards(id, shardCount),
      partitions: [{ id: partitionId, name: partitionNameDefault, createdAt }],
      indexes: [],
      createdAt,
      updatedAt: createdAt,
      truncatedAt: timestampZero,
    }
    await this.#save(record, collectionCreated(database, record))
    return record
  }

  dropCollection(databaseName: string, collectionName: string): Promise<void> {
    return this.#define(async () => {
      const record = this.describeCollection(databaseName, collectionName)
      const updatedAt = await this.oracle.allocate(1)
      const messages = collectionDropped(this.#database(databaseName), record, updatedAt)
      await this.#save({ ...record, state: 'dropping', updatedAt }, messages)
    })
  }

  createPartition(target: PartitionTarget): Promise<PartitionRecord> {
    return this.#define(async () => {
      const { databaseName, collectionName, partitionName } = target
      const record = this.describeCollection(databaseName, collectionName)
      checkName('partition', partitionName)
      const existing = record.partitions.find(({ name }) => name === partitionName)
      if (existing !== undefined) return existing
      checkNewPartition(record, partitionName)
      const id = toId<PartitionId>(await this.allocId(1))
      const createdAt = await this.oracle.allocate(1)
      const partition: PartitionRecord = { id, name: partitionName, createdAt }
      const messages = partitionCreated(this.#database(databaseName), record, partition)
      await this.#save({ ...record, partitions: [...record.partitions, partition] }, messages)
      return partition
    })
  }

  dropPartition(target: PartitionTarget): Promise<void> {
    return this.#define(async () => {
      const { databaseName, collectionName, partitionName } = target
      const record = this.describeCollection(databaseName, collectionName)
      if (partitionName === partitionNameDefault) {
        throw new ElanusError('INVALID_ARGUMENT', 'default partition cannot be deleted')
      }
      const partition = findPartition(record, partitionName)
      const at = await this.oracle.allocate(1)
      const partitions = record.partitions.filter(({ id }) => id !== partition.id)
      const messages = partitionDropped(this.#database(databaseName), record, partition, at)
      await this.#save({ ...record, partitions }, messages)
    })
  }

  hasCollection(databaseName: string, collectionName: string): boolean {
    const database = this.#database(databaseName)
    return this.#collections.find(database.id, collectionName) !== undefined
  }

  describeCollection(databaseName: string, collectionName: string): CollectionRecord {
    const database = this.#database(databaseName)
    const record = this.#collections.find(database.id, collectionName)
    if (record === undefined) throw collectionNotFound(databaseName, collectionName)
    return record
  }

  collection(id: CollectionId): CollectionRecord | undefined {
    return this.#collections.get(id)
  }

  showCollections(databaseName: string): readonly CollectionRecord[] {
    return this.#collections.inDatabase(this.#database(databaseName).id)
  }

  listDatabases(): readonly DatabaseRecord[] {
    return [...this.#databases.values()]
  }

  database(id: DatabaseId): DatabaseRecord | undefined {
    return this.listDatabases().find((database) => database.id === id)
  }

  createIndex(collectionId: CollectionId, definition: IndexDefinition): Promise<IndexRecord> {
    return this.#define(async () => {
      const record = this.#existing(collectionId)
      const equal = findEqualIndex(record, definition)
      if (equal !== undefined) return equal
      const id = toId<IndexId>(await this.allocId(1))
      const createdAt = await this.oracle.allocate(1)
      const index: IndexRecord = { ...definition, id, createdAt }
      await this.#save({ ...record, indexes: [...record.indexes, index] })
      return index
    })
  }

  dropIndex(collectionId: CollectionId, indexId: IndexId): Promise<void> {
    return this.#define(async () => {
      const record = this.#existing(collectionId)
      const indexes = record.indexes.filter(({ id }) => id !== indexId)
      if (indexes.length === record.indexes.length) return
      await this.#save({ ...record, indexes })
    })
  }

  subscribe(listener: (collectionId: CollectionId) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  droppingCollections(): readonly CollectionRecord[] {
    return this.#collections.dropping()
  }

  collectionDataDropped(collectionId: CollectionId): Promise<void> {
    return this.#define(async () => {
      await this.#catalog.write([this.#catalog.collections.drop(collectionId)])
      this.#collections.forget(collectionId)
    })
  }

  /** One after the other. */
  #define<T>(change: () => Promise<T>): Promise<T> {
    return this.#definitions.run(() => this.history.change(change))
  }

  /** Meta first, then memory, then whoever listens: what is answered is always durable. */
  async #save(
    record: CollectionRecord,
    messages: readonly DefinitionMessage[] = [],
  ): Promise<void> {
    await this.history.write([this.#catalog.collections.put(record)], messages)
    this.#collections.set(record)
    for (const listener of this.#listeners) listener(record.id)
  }

  async #loadDatabases(): Promise<void> {
    for await (const database of this.#catalog.databases.scan()) {
      this.#databases.set(database.name, database)
    }
    if (this.#databases.has(databaseNameDefault)) return
    const database: DatabaseRecord = {
      id: toId<DatabaseId>(1n),
      name: databaseNameDefault,
      createdAt: await this.oracle.allocate(1),
      properties: [],
    }
    await this.#catalog.write([this.#catalog.databases.put(database)])
    this.#databases.set(database.name, database)
  }

  #database(name: string): DatabaseRecord {
    const database = this.#databases.get(name === '' ? databaseNameDefault : name)
    if (database === undefined) {
      throw new ElanusError('DATABASE_NOT_FOUND', `database not found[database=${name}]`)
    }
    return database
  }

  #existing(collectionId: CollectionId): CollectionRecord {
    const record = this.#collections.get(collectionId)
    if (record === undefined) throw collectionNotFound('', String(collectionId))
    return record
  }

  #checkCollectionCount(): void {
    if (this.#collections.size >= limits.collectionCountMax) {
      throw new ElanusError(
        'COLLECTION_LIMIT_EXCEEDED',
        `exceeded the limit number of collections[limit=${limits.collectionCountMax}]`,
      )
    }
  }
}

function findEqualIndex(
  record: CollectionRecord,
  definition: IndexDefinition,
): IndexRecord | undefined {
  const onField = record.indexes.find(({ fieldId }) => fieldId === definition.fieldId)
  if (onField !== undefined) {
    if (isSameIndex(onField, definition)) return onField
    const field = present(
      record.schema.fields.find(({ id }) => id === definition.fieldId),
      'an index is on a field of its collection',
    )
    throw new ElanusError(
      'INDEX_DUPLICATE',
      `at most one distinct index is allowed per field[field=${field.name}][index=${onField.name}]`,
    )
  }
  const named = record.indexes.find(({ name }) => name === definition.name)
  if (named === undefined) return undefined
  throw new ElanusError(
    'INDEX_DUPLICATE',
    `CreateIndex failed: index name ${definition.name} is taken by another field`,
  )
}

function boundStore(catalog: Catalog, name: string): BoundStore {
  return {
    load: async () => (await catalog.allocators.get(name))?.bound ?? 0n,
    save: (bound) => catalog.write([catalog.allocators.put({ name, bound })]),
  }
}
