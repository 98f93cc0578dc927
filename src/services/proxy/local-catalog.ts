import { ElanusError } from '../../base/errors.ts'
import { type Hardware, readHardware } from '../../base/hardware.ts'
import type { CollectionId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { KeyValues } from '../../schema/collection-schema.ts'
import type { Compaction, CompactionTicket } from '../compaction/compaction-log.ts'
import type { Compactor } from '../compaction/compactor.ts'
import type { DataService } from '../data/data-service.ts'
import { collectionNotFound } from '../master/errors.ts'
import type { CollectionTarget, Master } from '../master/master.ts'
import { findPartition } from '../master/partitions.ts'
import { mmapKey } from '../master/properties.ts'
import type { FieldDraft } from '../master/schema-check.ts'
import type { QueryService } from '../query/query-service.ts'
import type {
  AliasTarget,
  CollectionRename,
  DatabaseDescription,
  FlushTarget,
  PartitionSummary,
  PartitionTarget,
  PersistentSegment,
  PropertiesChange,
  ProxyCatalog,
  Replica,
  ServedSegmentFacts,
} from './catalog.ts'
import { percentOf } from './load-percent.ts'
import type { Reads } from './reads.ts'

export interface LocalCatalogOptions {
  readonly master: Master
  readonly data: DataService
  readonly query: QueryService
  readonly reads: Reads
  readonly compactor: Compactor
  /** Where the data is, for what is known of its disk. */
  readonly folder: string
}

type AnyTarget = CollectionTarget | { readonly collectionId: CollectionId }

/** The master's catalog as applications change it: refused where something is in use. */
export class LocalCatalog implements ProxyCatalog {
  readonly #master: Master
  readonly #data: DataService
  readonly #query: QueryService
  readonly #reads: Reads
  readonly #compactor: Compactor
  readonly #folder: string

  constructor(options: LocalCatalogOptions) {
    this.#master = options.master
    this.#data = options.data
    this.#query = options.query
    this.#reads = options.reads
    this.#compactor = options.compactor
    this.#folder = options.folder
  }

  createDatabase(name: string, properties: KeyValues): Promise<void> {
    return this.#master.createDatabase(name, properties)
  }

  async describeDatabase(name: string): Promise<DatabaseDescription> {
    return this.#master.describeDatabase(name)
  }

  alterDatabase(name: string, change: PropertiesChange): Promise<void> {
    return this.#master.alterDatabase(name, change)
  }

  dropDatabase(name: string): Promise<void> {
    return this.#master.dropDatabase(name)
  }

  createAlias(target: AliasTarget): Promise<void> {
    return this.#master.createAlias(target)
  }

  alterAlias(target: AliasTarget): Promise<void> {
    return this.#master.alterAlias(target)
  }

  dropAlias(databaseName: string, alias: string): Promise<void> {
    return this.#master.dropAlias(databaseName, alias)
  }

  async describeAlias(databaseName: string, alias: string): Promise<string> {
    return this.#master.collectionOfAlias(databaseName, alias).schema.name
  }

  async listAliases(databaseName: string, collectionName: string): Promise<readonly string[]> {
    if (collectionName === '') return this.#master.aliasesIn(databaseName)
    return this.#master.aliasesOf(this.#find({ databaseName, collectionName }).id)
  }

  renameCollection(rename: CollectionRename): Promise<void> {
    return this.#master.renameCollection(rename)
  }

  async alterCollection(target: CollectionTarget, change: PropertiesChange): Promise<void> {
    const record = this.#find(target)
    if (change.set.some(({ key }) => key === mmapKey)) {
      this.#requireReleased(record, 'can not alter mmap properties if collection loaded')
    }
    if (change.dropKeys.includes(mmapKey)) {
      this.#requireReleased(record, 'can not delete mmap properties if collection loaded')
    }
    await this.#master.alterCollection(target, change)
  }

  async addField(target: CollectionTarget, field: FieldDraft): Promise<void> {
    await this.#master.addField(target, field)
  }

  async alterField(
    target: CollectionTarget,
    fieldName: string,
    change: PropertiesChange,
  ): Promise<void> {
    const keys = [...change.set.map(({ key }) => key), ...change.dropKeys]
    if (keys.some((key) => key === mmapKey || key === 'mmap_enabled')) {
      const reason = 'can not alter collection field properties if collection loaded'
      this.#requireReleased(this.#find(target), reason)
    }
    await this.#master.alterField(target, fieldName, change)
  }

  async alterIndex(
    target: CollectionTarget,
    indexName: string,
    change: PropertiesChange,
  ): Promise<void> {
    this.#requireReleased(
      this.#find(target),
      "can't alter index on loaded collection, please release the collection first",
    )
    await this.#master.alterIndex(target, indexName, change)
  }

  async truncateCollection(target: CollectionTarget): Promise<void> {
    // Sealed first: no segment holds rows of both sides, so those of the past can be dropped whole.
    await this.#data.flush(this.#find(target))
    await this.#master.truncateCollection(target)
  }

  async createPartition(target: PartitionTarget): Promise<void> {
    await this.#master.createPartition(target)
  }

  async dropPartition(target: PartitionTarget): Promise<void> {
    const record = this.#find(target)
    const partition = record.partitions.find(({ name }) => name === target.partitionName)
    if (
      partition !== undefined &&
      this.#query.state(record.id, [partition.id]).kind !== 'notLoaded'
    ) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        'partition cannot be dropped, partition is loaded, please release it first',
      )
    }
    await this.#master.dropPartition(target)
  }

  async hasPartition(target: PartitionTarget): Promise<boolean> {
    return this.#find(target).partitions.some(({ name }) => name === target.partitionName)
  }

  async showPartitions(target: AnyTarget): Promise<readonly PartitionSummary[]> {
    const record = this.#findAny(target)
    return record.partitions.map(({ id, name, createdAt }) => {
      const state = this.#query.state(record.id, [id])
      return { id, name, createdAt, loadPercent: percentOf(state) }
    })
  }

  async partitionRowCount(target: PartitionTarget): Promise<number> {
    const record = this.#find(target)
    const { id } = findPartition(record, target.partitionName)
    return this.#reads.rowCount(record, [id])
  }

  async flushAll(targets: readonly FlushTarget[]): Promise<Timestamp> {
    const records = this.#targeted(targets)
    await Promise.all(records.map((record) => this.#data.flush(record)))
    return this.#master.allocTimestamp(1)
  }

  async isAllFlushed(targets: readonly FlushTarget[], flushedAt: Timestamp): Promise<boolean> {
    return this.#targeted(targets).every((record) => this.#data.isCheckpointed(record, flushedAt))
  }

  async persistentSegments(target: CollectionTarget): Promise<readonly PersistentSegment[]> {
    const segments = this.#data.segments(this.#find(target).id)
    return segments
      .filter(({ state }) => state !== 'growing')
      .map((record) => ({ ...record, rowCount: this.#data.rowCount(record) }))
  }

  async servedSegments(target: CollectionTarget): Promise<readonly ServedSegmentFacts[]> {
    const record = this.#find(target)
    const served = this.#query.served(record)
    return served.map(({ segment, partitionId, indexIds }) => ({
      id: segment.id,
      collectionId: record.id,
      partitionId,
      isGrowing: segment.kind === 'growing',
      rowCount: segment.rowCount,
      memoryBytes: segment.memoryBytes,
      indexes: record.indexes.filter(({ id }) => indexIds.has(id)),
    }))
  }

  async replicas(target: AnyTarget): Promise<readonly Replica[]> {
    const record = this.#findAny(target)
    if (this.#query.state(record.id).kind === 'notLoaded') return []
    return [
      {
        collectionId: record.id,
        partitionIds: record.partitions
          .map(({ id }) => id)
          .filter((id) => this.#query.state(record.id, [id]).kind !== 'notLoaded'),
        virtualChannels: record.shards.map(({ virtualChannel }) => virtualChannel),
      },
    ]
  }

  async compact(target: AnyTarget): Promise<CompactionTicket> {
    return this.#compactor.compact(this.#findAny(target))
  }

  compaction(id: bigint): Compaction | undefined {
    return this.#compactor.compaction(id)
  }

  allocTimestamp(): Promise<Timestamp> {
    return this.#master.allocTimestamp(1)
  }

  hardware(): Promise<Hardware> {
    return readHardware(this.#folder)
  }

  #find({ databaseName, collectionName }: CollectionTarget): CollectionRecord {
    return this.#master.describeCollection(databaseName, collectionName)
  }

  #findAny(target: AnyTarget): CollectionRecord {
    if (!('collectionId' in target)) return this.#find(target)
    const record = this.#master.collection(target.collectionId)
    if (record === undefined) throw collectionNotFound('', String(target.collectionId))
    return record
  }

  /** All are found before anything is done: a wrong name changes nothing. */
  #targeted(targets: readonly FlushTarget[]): readonly CollectionRecord[] {
    return targets.flatMap(({ databaseName, collectionNames }) => {
      if (databaseName === undefined) {
        return this.#master
          .listDatabases()
          .flatMap(({ name }) => this.#master.showCollections(name))
      }
      if (collectionNames.length === 0) return this.#master.showCollections(databaseName)
      return collectionNames.map((collectionName) => this.#find({ databaseName, collectionName }))
    })
  }

  #requireReleased(record: CollectionRecord, reason: string): void {
    if (this.#query.state(record.id).kind === 'notLoaded') return
    throw new ElanusError(
      'COLLECTION_LOADED',
      `${reason}: collection already loaded[collection=${record.schema.name}]`,
    )
  }
}
