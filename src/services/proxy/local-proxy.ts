import { present } from '../../base/assert.ts'
import type { PartitionId, SegmentId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { Compactor } from '../compaction/compactor.ts'
import type { DataService } from '../data/data-service.ts'
import type { IndexService } from '../index/index-service.ts'
import { collectionNotFound } from '../master/errors.ts'
import type { Master } from '../master/master.ts'
import { refuseKeyMode } from '../master/partitions.ts'
import type { QueryService } from '../query/query-service.ts'
import { IndexDefinitions } from './index-definitions.ts'
import { percentOf } from './load-percent.ts'
import { LocalCatalog } from './local-catalog.ts'
import { Mutations } from './mutations.ts'
import { partitionOf } from './partition-names.ts'
import type {
  CollectionDescription,
  CollectionIdTarget,
  CollectionSummary,
  CollectionTarget,
  CreateCollectionRequest,
  CreateIndexRequest,
  DatabaseSummary,
  DeleteRequest,
  FlushResult,
  HybridSearchRequest,
  IndexDescription,
  IndexTarget,
  InsertRequest,
  LoadState,
  MutationResult,
  Proxy,
  QueryRequest,
  QueryResult,
  SearchRequest,
  SearchResult,
  UpsertRequest,
} from './proxy.ts'
import { Reads } from './reads.ts'

export interface ProxyOptions {
  readonly master: Master
  readonly data: DataService
  readonly index: IndexService
  readonly query: QueryService
  readonly compactor: Compactor
  /** Where the data is. */
  readonly folder: string
}

/** The services of this process, as one application sees them. Holds no state of its own. */
export class LocalProxy implements Proxy {
  readonly catalog: LocalCatalog
  readonly #master: Master
  readonly #data: DataService
  readonly #query: QueryService
  readonly #mutations: Mutations
  readonly #indexes: IndexDefinitions
  readonly #reads: Reads

  constructor(options: ProxyOptions) {
    this.#master = options.master
    this.#data = options.data
    this.#query = options.query
    this.#mutations = new Mutations(options)
    this.#indexes = new IndexDefinitions(options)
    this.#reads = new Reads(options)
    this.catalog = new LocalCatalog({ ...options, reads: this.#reads })
  }

  async createCollection(request: CreateCollectionRequest): Promise<void> {
    await this.#master.createCollection(request)
  }

  async dropCollection(target: CollectionTarget): Promise<void> {
    await this.#master.dropCollection(target.databaseName, target.collectionName)
  }

  async hasCollection(target: CollectionTarget): Promise<boolean> {
    return this.#master.hasCollection(target.databaseName, target.collectionName)
  }

  async describeCollection(
    target: CollectionTarget | CollectionIdTarget,
  ): Promise<CollectionDescription> {
    return this.#describe('collectionId' in target ? this.#byId(target) : this.#find(target))
  }

  async showCollections(databaseName: string): Promise<readonly CollectionSummary[]> {
    return this.#master.showCollections(databaseName).map((record) => ({
      id: record.id,
      name: record.schema.name,
      createdAt: record.createdAt,
      shardCount: record.shards.length,
      loadPercent: percentOf(this.#query.state(record.id)),
    }))
  }

  async listDatabases(): Promise<readonly DatabaseSummary[]> {
    return this.#master.listDatabases()
  }

  collectionRowCount(target: CollectionTarget): Promise<number> {
    return this.#reads.rowCount(this.#find(target))
  }

  insert(request: InsertRequest): Promise<MutationResult> {
    return this.#mutations.insert(request)
  }

  upsert(request: UpsertRequest): Promise<MutationResult> {
    return this.#mutations.upsert(request)
  }

  delete(request: DeleteRequest): Promise<MutationResult> {
    return this.#mutations.delete(request)
  }

  async flush(
    databaseName: string,
    collectionNames: readonly string[],
  ): Promise<readonly FlushResult[]> {
    // All are found before any is flushed: a wrong name changes nothing.
    const found = collectionNames.map((collectionName) => ({
      collectionName,
      record: this.#find({ databaseName, collectionName }),
    }))
    return Promise.all(found.map((target) => this.#flush(target.collectionName, target.record)))
  }

  async isFlushed(
    segmentIds: readonly SegmentId[],
    flushedAt: Timestamp | undefined,
  ): Promise<boolean> {
    return this.#data.isFlushed(segmentIds, flushedAt)
  }

  createIndex(request: CreateIndexRequest): Promise<void> {
    return this.#indexes.create(request)
  }

  async describeIndexes(target: IndexTarget): Promise<readonly IndexDescription[]> {
    return this.#indexes.describe(target)
  }

  dropIndex(target: IndexTarget): Promise<void> {
    return this.#indexes.drop(target)
  }

  async load(target: CollectionTarget, partitionNames: readonly string[] = []): Promise<void> {
    const record = this.#find(target)
    if (partitionNames.length > 0) refuseKeyMode(record, 'load partitions')
    const partitionIds = partitionIdsOf(record, partitionNames)
    this.#indexes.requireForLoad(record)
    await this.#query.load(record, partitionIds)
  }

  async release(target: CollectionTarget, partitionNames: readonly string[] = []): Promise<void> {
    const record = this.#find(target)
    if (partitionNames.length > 0) refuseKeyMode(record, 'release partitions')
    if (partitionNames.length === 0) await this.#query.release(record.id)
    else await this.#query.releasePartitions(record, partitionIdsOf(record, partitionNames))
  }

  async loadState(
    target: CollectionTarget,
    partitionNames: readonly string[] = [],
  ): Promise<LoadState> {
    if (!this.#master.hasCollection(target.databaseName, target.collectionName)) {
      return { kind: 'notExist' }
    }
    const record = this.#find(target)
    return this.#query.state(record.id, partitionIdsOf(record, partitionNames))
  }

  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchResult> {
    return this.#reads.search(request, signal)
  }

  hybridSearch(request: HybridSearchRequest, signal?: AbortSignal): Promise<SearchResult> {
    return this.#reads.hybridSearch(request, signal)
  }

  query(request: QueryRequest, signal?: AbortSignal): Promise<QueryResult> {
    return this.#reads.query(request, signal)
  }

  async health(): Promise<{ readonly isHealthy: boolean; readonly reasons: readonly string[] }> {
    return { isHealthy: true, reasons: [] }
  }

  #find(target: CollectionTarget): CollectionRecord {
    return this.#master.describeCollection(target.databaseName, target.collectionName)
  }

  #byId({ collectionId }: CollectionIdTarget): CollectionRecord {
    const record = this.#master.collection(collectionId)
    if (record === undefined) throw collectionNotFound('', String(collectionId))
    return record
  }

  #describe(record: CollectionRecord): CollectionDescription {
    const database = present(
      this.#master.database(record.databaseId),
      'a collection has a database',
    )
    return {
      id: record.id,
      databaseId: record.databaseId,
      databaseName: database.name,
      schema: record.schema,
      virtualChannels: record.shards.map(({ virtualChannel }) => virtualChannel),
      physicalChannels: record.shards.map(({ physicalChannel }) => physicalChannel),
      partitionCount: record.partitions.length,
      aliases: this.#master.aliasesOf(record.id),
      consistencyLevel: record.consistencyLevel,
      createdAt: record.createdAt,
      updatedAt: record.updatedAt,
    }
  }

  async #flush(collectionName: string, record: CollectionRecord): Promise<FlushResult> {
    const outcome = await this.#data.flush(record)
    return {
      collectionName,
      sealedSegmentIds: outcome.sealedSegmentIds,
      flushedSegmentIds: outcome.flushedSegmentIds,
      sealedAt: outcome.sealedAt,
      flushedAt: toId<Timestamp>(outcome.sealedAt),
    }
  }
}

function partitionIdsOf(
  record: CollectionRecord,
  names: readonly string[],
): readonly PartitionId[] {
  return names.map((name) => partitionOf(record, name).id)
}
