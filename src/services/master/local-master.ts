import { present } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, DatabaseId, IndexId, PartitionId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { CollectionRecord, DatabaseRecord, IndexRecord } from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import { databaseNameDefault, partitionNameDefault } from '../../schema/system-fields.ts'
import { SerialQueue } from '../serial-queue.ts'
import { CollectionRegistry } from './collection-registry.ts'
import { collectionNotFound } from './errors.ts'
import { IdAllocator } from './id-allocator.ts'
import type { CollectionDefinition, IndexDefinition, Master, ShardPlacement } from './master.ts'
import { checkName } from './names.ts'
import { isSameDefinition, isSameIndex } from './same-definition.ts'
import { checkSchema } from './schema-check.ts'
import { type BoundStore, TimestampOracle } from './timestamp-oracle.ts'

export class LocalMaster implements Master {
  readonly oracle: TimestampOracle
  readonly #ids: IdAllocator
  readonly #catalog: Catalog
  readonly #definitions = new SerialQueue()
  readonly #databases = new Map<string, DatabaseRecord>()
  readonly #collections: CollectionRegistry
  readonly #listeners = new Set<(collectionId: CollectionId) => void>()
  #placeShards: ShardPlacement = () => []

  private constructor(catalog: Catalog, oracle: TimestampOracle, ids: IdAllocator) {
    this.#catalog = catalog
    this.oracle = oracle
    this.#ids = ids
    this.#collections = new CollectionRegistry()
  }

  static async open(catalog: Catalog, clock: Clock): Promise<LocalMaster> {
    const oracle = await TimestampOracle.open(clock, boundStore(catalog, 'timestamp'))
    const ids = await IdAllocator.open(clock, boundStore(catalog, 'id'))
    const master = new LocalMaster(catalog, oracle, ids)
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
    return this.#definitions.run(() => this.#createCollection(definition))
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
    const createdAt = await this.oracle.allocate(1)
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
    }
    await this.#save(record)
    return record
  }

  dropCollection(databaseName: string, collectionName: string): Promise<void> {
    return this.#definitions.run(async () => {
      const record = this.describeCollection(databaseName, collectionName)
      const updatedAt = await this.oracle.allocate(1)
      await this.#save({ ...record, state: 'dropping', updatedAt })
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
    return this.#definitions.run(async () => {
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
    return this.#definitions.run(async () => {
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
    return this.#definitions.run(async () => {
      await this.#catalog.write([this.#catalog.collections.drop(collectionId)])
      this.#collections.forget(collectionId)
    })
  }

  /** Meta first, then memory, then whoever listens: what is answered is always durable. */
  async #save(record: CollectionRecord): Promise<void> {
    await this.#catalog.write([this.#catalog.collections.put(record)])
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
