import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, DatabaseId, IndexId, PartitionId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import { type Timestamp, timestampZero } from '../../base/timestamp.ts'
import type {
  AliasRecord,
  CollectionRecord,
  DatabaseRecord,
  IndexRecord,
  PartitionRecord,
} from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import type { KeyValues } from '../../schema/collection-schema.ts'
import { partitionNameDefault } from '../../schema/system-fields.ts'
import { SerialQueue } from '../serial-queue.ts'
import { withDynamicField, withField } from './added-field.ts'
import { Aliases } from './aliases.ts'
import {
  alteredCollection,
  alteredField,
  alteredIndex,
  wantsDynamicField,
} from './altered-collection.ts'
import { boundStore } from './bound-store.ts'
import { CollectionRegistry } from './collection-registry.ts'
import { Databases } from './databases.ts'
import { DefinitionHistory, type DefinitionMessage } from './definition-history.ts'
import {
  collectionCreated,
  collectionDropped,
  partitionCreated,
  partitionDropped,
} from './definition-messages.ts'
import { aliasNotFound, collectionNotFound, nameTaken } from './errors.ts'
import { IdAllocator } from './id-allocator.ts'
import type {
  AliasTarget,
  CollectionDefinition,
  CollectionRename,
  CollectionTarget,
  IndexDefinition,
  Master,
  PartitionTarget,
  ShardPlacement,
} from './master.ts'
import { checkName } from './names.ts'
import {
  checkNewPartition,
  findPartition,
  firstPartitionNames,
  firstPartitions,
  refuseKeyMode,
} from './partitions.ts'
import { checkCollectionProperties, type PropertiesChange } from './properties.ts'
import { findEqualIndex, isSameDefinition } from './same-definition.ts'
import {
  checkSchema,
  checkSchemaLimits,
  type FieldDraft,
  type SchemaLimits,
} from './schema-check.ts'
import { TimestampOracle } from './timestamp-oracle.ts'

interface Parts {
  readonly oracle: TimestampOracle
  readonly ids: IdAllocator
  readonly history: DefinitionHistory
}

export class LocalMaster implements Master {
  readonly oracle: TimestampOracle
  readonly history: DefinitionHistory
  readonly #ids: IdAllocator
  readonly #catalog: Catalog
  readonly #definitions = new SerialQueue()
  readonly #databases: Databases
  readonly #aliases: Aliases
  readonly #collections: CollectionRegistry
  readonly #listeners = new Set<(collectionId: CollectionId) => void>()
  readonly #limits: SchemaLimits
  #placeShards: ShardPlacement = () => []

  private constructor(
    catalog: Catalog,
    { oracle, ids, history }: Parts,
    schemaLimits: SchemaLimits,
  ) {
    this.#limits = schemaLimits
    this.#catalog = catalog
    this.oracle = oracle
    this.#ids = ids
    this.history = history
    this.#databases = new Databases(catalog, oracle, ids)
    this.#aliases = new Aliases(catalog)
    this.#collections = new CollectionRegistry()
  }

  /** INVALID_ARGUMENT for limits beyond those of the whole. */
  static async open(
    catalog: Catalog,
    clock: Clock,
    schemaLimits: SchemaLimits = limits,
  ): Promise<LocalMaster> {
    checkSchemaLimits(schemaLimits)
    const oracle = await TimestampOracle.open(clock, boundStore(catalog, 'timestamp'))
    const ids = await IdAllocator.open(clock, boundStore(catalog, 'id'))
    const history = await DefinitionHistory.open(catalog, oracle)
    const master = new LocalMaster(catalog, { oracle, ids, history }, schemaLimits)
    await master.#databases.load()
    await master.#aliases.load()
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
    const database = this.#databases.find(definition.databaseName)
    checkName('collection', definition.schema.name)
    checkCollectionProperties(definition.properties)
    const schema = checkSchema(definition.schema, definition.properties, this.#limits)
    const shardCount = shardCountOf(definition)
    const names = firstPartitionNames(schema, definition.partitionCount ?? 0)
    const existing = this.#collections.find(database.id, schema.name)
    if (existing !== undefined) {
      if (isSameDefinition(existing, schema, { shardCount, names })) return existing
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `create duplicate collection with different parameters, collection: ${schema.name}`,
      )
    }
    this.#checkFreeName(database, schema.name)
    this.#collections.checkRoom(database)
    const id = toId<CollectionId>(await this.allocId(1))
    const firstPartitionId = await this.allocId(names.length)
    // Two: its partitions come after it.
    const createdAt = await this.oracle.allocate(2)
    const record: CollectionRecord = {
      id,
      databaseId: database.id,
      schema,
      state: 'created',
      consistencyLevel: definition.consistencyLevel,
      shards: this.#placeShards(id, shardCount),
      partitions: firstPartitions(names, firstPartitionId, createdAt),
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
      const database = this.#databases.find(databaseName)
      if (this.#aliases.find(database.id, collectionName) !== undefined) {
        throw invalid(`cannot drop the collection via alias = ${collectionName}`)
      }
      const record = this.describeCollection(databaseName, collectionName)
      const aliases = this.#aliases.of(record.id)
      if (aliases.length > 0) {
        throw invalid(
          `unable to drop the collection [${collectionName}] because it has associated aliases ` +
            `[${aliases.join(' ')}], please remove all aliases before dropping the collection`,
        )
      }
      const updatedAt = await this.oracle.allocate(1)
      const messages = collectionDropped(database, record, updatedAt)
      await this.#save({ ...record, state: 'dropping', updatedAt }, messages)
    })
  }

  createPartition(target: PartitionTarget): Promise<PartitionRecord> {
    return this.#define(async () => {
      const { databaseName, collectionName, partitionName } = target
      const record = this.describeCollection(databaseName, collectionName)
      refuseKeyMode(record, 'create partition')
      checkName('partition', partitionName)
      const existing = record.partitions.find(({ name }) => name === partitionName)
      if (existing !== undefined) return existing
      checkNewPartition(record, partitionName)
      const id = toId<PartitionId>(await this.allocId(1))
      const createdAt = await this.oracle.allocate(1)
      const partition: PartitionRecord = { id, name: partitionName, createdAt }
      const messages = partitionCreated(this.#databases.find(databaseName), record, partition)
      await this.#save({ ...record, partitions: [...record.partitions, partition] }, messages)
      return partition
    })
  }

  dropPartition(target: PartitionTarget): Promise<void> {
    return this.#define(async () => {
      const { databaseName, collectionName, partitionName } = target
      const record = this.describeCollection(databaseName, collectionName)
      refuseKeyMode(record, 'drop partition')
      if (partitionName === partitionNameDefault) {
        throw new ElanusError('INVALID_ARGUMENT', 'default partition cannot be deleted')
      }
      const partition = findPartition(record, partitionName)
      const at = await this.oracle.allocate(1)
      const partitions = record.partitions.filter(({ id }) => id !== partition.id)
      const messages = partitionDropped(this.#databases.find(databaseName), record, partition, at)
      await this.#save({ ...record, partitions }, messages)
    })
  }

  hasCollection(databaseName: string, collectionName: string): boolean {
    return this.#find(databaseName, collectionName) !== undefined
  }

  describeCollection(databaseName: string, collectionName: string): CollectionRecord {
    const record = this.#find(databaseName, collectionName)
    if (record === undefined) throw collectionNotFound(databaseName, collectionName)
    return record
  }

  collection(id: CollectionId): CollectionRecord | undefined {
    return this.#collections.get(id)
  }

  showCollections(databaseName: string): readonly CollectionRecord[] {
    return this.#collections.inDatabase(this.#databases.find(databaseName).id)
  }

  allCollections(): IteratorObject<CollectionRecord> {
    return this.#collections.all()
  }

  listDatabases(): readonly DatabaseRecord[] {
    return this.#databases.all()
  }

  database(id: DatabaseId): DatabaseRecord | undefined {
    return this.#databases.get(id)
  }

  describeDatabase(name: string): DatabaseRecord {
    return this.#databases.find(name)
  }

  async createDatabase(name: string, properties: KeyValues): Promise<void> {
    await this.#define(() => this.#databases.create(name, properties))
  }

  async alterDatabase(name: string, change: PropertiesChange): Promise<void> {
    await this.#define(() => this.#databases.alter(name, change))
  }

  dropDatabase(name: string): Promise<void> {
    return this.#define(() => this.#databases.drop(name, this.showCollections(name).length))
  }

  createAlias(target: AliasTarget): Promise<void> {
    return this.#define(async () => {
      const { record, alias } = this.#aliasPlace(target)
      if (alias?.collectionId === record.id) return
      if (alias !== undefined) {
        const other = this.#collections.get(alias.collectionId)?.schema.name
        throw new ElanusError(
          'ALIAS_EXISTS',
          `${target.alias} is alias to another collection: ${other}: ` +
            `alias already exist[database=${target.databaseName}][alias=${target.alias}]`,
        )
      }
      await this.#saveAlias(target.alias, record)
    })
  }

  alterAlias(target: AliasTarget): Promise<void> {
    return this.#define(async () => {
      const { record, alias } = this.#aliasPlace(target)
      if (alias === undefined) throw aliasNotFound(target.databaseName, target.alias)
      if (alias.collectionId !== record.id) await this.#saveAlias(target.alias, record)
    })
  }

  dropAlias(databaseName: string, name: string): Promise<void> {
    return this.#define(async () => {
      const alias = this.#aliases.find(this.#databases.find(databaseName).id, name)
      if (alias !== undefined) await this.#aliases.drop(alias)
    })
  }

  collectionOfAlias(databaseName: string, name: string): CollectionRecord {
    const alias = this.#aliases.find(this.#databases.find(databaseName).id, name)
    const record = alias === undefined ? undefined : this.#collections.get(alias.collectionId)
    if (record === undefined) throw aliasNotFound(databaseName, name)
    return record
  }

  aliasesOf(collectionId: CollectionId): readonly string[] {
    return this.#aliases.of(collectionId)
  }

  aliasesIn(databaseName: string): readonly string[] {
    return this.#aliases.inDatabase(this.#databases.find(databaseName).id)
  }

  renameCollection({ from, to }: CollectionRename): Promise<void> {
    return this.#define(async () => {
      const database = this.#databases.find(to.databaseName)
      checkName('collection', to.collectionName)
      const former = this.#databases.find(from.databaseName)
      if (this.#aliases.find(former.id, from.collectionName) !== undefined) {
        throw invalid(`unsupported use an alias to rename collection, alias:${from.collectionName}`)
      }
      const record = this.describeCollection(from.databaseName, from.collectionName)
      this.#checkFreeName(database, to.collectionName)
      if (this.#collections.find(database.id, to.collectionName) !== undefined) {
        throw invalid(
          `duplicated new collection name ${database.name}:${to.collectionName} ` +
            'with other collection name or alias',
        )
      }
      if (database.id !== former.id) {
        if (this.#aliases.of(record.id).length > 0) {
          throw invalid(
            'fail to rename db name, must drop all aliases of this collection before rename',
          )
        }
        this.#collections.checkRoom(database)
      }
      const schema = { ...record.schema, name: to.collectionName }
      await this.#save({ ...(await this.#touched(record)), databaseId: database.id, schema })
    })
  }

  alterCollection(target: CollectionTarget, change: PropertiesChange): Promise<void> {
    return this.#alter(target, async (record) => {
      const isDynamic = wantsDynamicField(record, change)
      if (isDynamic === undefined) return this.#touched(alteredCollection(record, change))
      const touched = await this.#touched(record)
      return isDynamic ? withDynamicField(touched, touched.updatedAt) : touched
    })
  }

  addField(target: CollectionTarget, field: FieldDraft): Promise<void> {
    return this.#alter(target, async (record) => {
      const touched = await this.#touched(record)
      return withField(touched, field, touched.updatedAt)
    })
  }

  alterField(target: CollectionTarget, fieldName: string, change: PropertiesChange): Promise<void> {
    return this.#alter(target, async (record) =>
      this.#touched(alteredField(record, fieldName, change)),
    )
  }

  alterIndex(target: CollectionTarget, indexName: string, change: PropertiesChange): Promise<void> {
    return this.#alter(target, async (record) => alteredIndex(record, indexName, change))
  }

  truncateCollection(target: CollectionTarget): Promise<void> {
    return this.#alter(target, async (record) => ({
      ...record,
      truncatedAt: await this.oracle.allocate(1),
    }))
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
    const isNew = this.#collections.get(record.id) === undefined
    this.#collections.set(record)
    if (isNew) return
    for (const listener of this.#listeners) listener(record.id)
  }

  #alter(
    { databaseName, collectionName }: CollectionTarget,
    change: (record: CollectionRecord) => Promise<CollectionRecord>,
  ): Promise<void> {
    return this.#define(async () =>
      this.#save(await change(this.describeCollection(databaseName, collectionName))),
    )
  }

  /** Under a new time, so that whoever encodes rows by the former record is told. */
  async #touched(record: CollectionRecord): Promise<CollectionRecord> {
    return { ...record, updatedAt: await this.oracle.allocate(1) }
  }

  /** By its name or an alias. */
  #find(databaseName: string, name: string): CollectionRecord | undefined {
    const { id } = this.#databases.find(databaseName)
    const record = this.#collections.find(id, name)
    if (record !== undefined) return record
    const alias = this.#aliases.find(id, name)
    return alias === undefined ? undefined : this.#collections.get(alias.collectionId)
  }

  /** The collection that is to have an alias, and the alias of that name as it is now. */
  #aliasPlace({ databaseName, collectionName, alias }: AliasTarget): {
    readonly record: CollectionRecord
    readonly alias: AliasRecord | undefined
  } {
    const { id } = this.#databases.find(databaseName)
    checkName('alias', alias)
    if (this.#collections.find(id, alias) !== undefined) throw nameTaken(databaseName, alias)
    const record = this.#collections.find(id, collectionName)
    if (record === undefined) throw collectionNotFound(databaseName, collectionName)
    return { record, alias: this.#aliases.find(id, alias) }
  }

  async #saveAlias(name: string, { databaseId, id }: CollectionRecord): Promise<void> {
    const createdAt = await this.oracle.allocate(1)
    await this.#aliases.save({ databaseId, name, collectionId: id, createdAt })
  }

  #checkFreeName(database: DatabaseRecord, name: string): void {
    if (this.#aliases.find(database.id, name) !== undefined) throw nameTaken(database.name, name)
  }

  #existing(collectionId: CollectionId): CollectionRecord {
    const record = this.#collections.get(collectionId)
    if (record === undefined) throw collectionNotFound('', String(collectionId))
    return record
  }
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}

function shardCountOf({ shardCount }: CollectionDefinition): number {
  if (shardCount === 0) return 1
  if (shardCount > 0 && shardCount <= limits.shardCountMax) return shardCount
  throw invalid(
    `maximum shards's number should be limited to ${limits.shardCountMax}, got ${shardCount}`,
  )
}
