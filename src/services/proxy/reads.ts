import { ElanusError } from '../../base/errors.ts'
import type { PartitionId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import { type Timestamp, timestampZero } from '../../base/timestamp.ts'
import type { CollectionRecord, SegmentRecord } from '../../meta/records.ts'
import type { PrimaryKeys } from '../../schema/row-batch.ts'
import type { RowReferences } from '../../segment/segment.ts'
import type { Snapshot } from '../../segment/snapshot.ts'
import type { SearchHits } from '../../workers/tasks.ts'
import type { DataService } from '../data/data-service.ts'
import type { Master } from '../master/master.ts'
import type { QueryService, ReadView } from '../query/query-service.ts'
import { isPast, visibleAfter } from '../visible-after.ts'
import { nearestRequestOf } from './nearest-request.ts'
import { outputOf, readOutput } from './output-fields.ts'
import { partitionOf } from './partition-names.ts'
import { keysOfFilter } from './primary-key-filter.ts'
import type {
  QueryRequest,
  QueryResult,
  ReadConsistency,
  SearchRequest,
  SearchResult,
} from './proxy.ts'
import { keysOfRows, sortedByKey } from './row-keys.ts'

const countField = 'count(*)'
/** Clients that leave the choice to the server send a level's small number for a timestamp. */
const guaranteeLevelMax = 2n

/** Checks reads, runs them on a stable view, and fetches what they return. */
export class Reads {
  readonly #master: Master
  readonly #data: DataService
  readonly #query: QueryService

  constructor(options: {
    readonly master: Master
    readonly data: DataService
    readonly query: QueryService
  }) {
    this.#master = options.master
    this.#data = options.data
    this.#query = options.query
  }

  async search(request: SearchRequest, signal?: AbortSignal): Promise<SearchResult> {
    const collection = this.#find(request)
    const nearest = nearestRequestOf(collection, request)
    const output = outputOf(collection, request.outputFields)
    if (request.filter.trim() !== '') throw filterUnsupported(request.filter)
    const view = await this.#view(collection, request)
    const window = { ...nearest, topk: request.topk + request.offset }
    const hits = await this.#query.search(view, window, signal)
    const kept = cutWindow(hits, request.offset, request.topk)
    return {
      collectionName: collection.schema.name,
      topk: request.topk,
      metric: nearest.metric,
      hitCounts: kept.counts,
      scores: rounded(kept.scores, request.roundDecimal),
      primaryKeys: keysAt(view, kept.rows, collection),
      ...primaryKeyFacts(collection),
      outputFields: output.names,
      columns: readOutput(view, kept.rows, output),
      readAt: view.readAt,
    }
  }

  async query(request: QueryRequest, signal?: AbortSignal): Promise<QueryResult> {
    const collection = this.#find(request)
    checkWindow(request)
    if (request.outputFields.includes(countField)) return this.#count(collection, request)
    const output = outputOf(collection, withPrimaryKey(collection, request.outputFields))
    const hasFilter = request.filter.trim() !== ''
    if (!hasFilter && request.limit === undefined) {
      throw new ElanusError('INVALID_ARGUMENT', 'empty expression should be used with limit')
    }
    const keys = hasFilter ? keysOfFilter(collection.schema, request.filter) : undefined
    const view = await this.#view(collection, request)
    const rows =
      keys === undefined
        ? await this.#page(view, request, signal)
        : cutRows(sortedByKey(view, this.#locate(view, keys), collection), request)
    return {
      kind: 'rows',
      collectionName: collection.schema.name,
      primaryKeyName: primaryKeyFacts(collection).primaryKeyName,
      outputFields: output.names,
      rowCount: rows.offsets.length,
      columns: readOutput(view, rows, output),
      readAt: view.readAt,
    }
  }

  /** Of what is loaded what a count would say; else what flushed and growing segments hold. */
  async rowCount(
    collection: CollectionRecord,
    partitionIds: readonly PartitionId[] = collection.partitions.map(({ id }) => id),
  ): Promise<number> {
    const readAt = await this.#data.watermark(collection, timestampZero)
    const snapshot = { readAt, visibleAfter: visibleAfter(collection, readAt) }
    const served = new Map(
      this.#query.served(collection).map(({ segment }) => [segment.id, segment]),
    )
    const counts = this.#data
      .segments(collection.id)
      .filter(({ partitionId }) => partitionIds.includes(partitionId))
      .map(async (record) => {
        const inMemory = served.get(record.id) ?? this.#data.growingSegment(record.id)
        return inMemory?.rowCountVisible(snapshot) ?? this.#rowCountOnDisk(record, snapshot)
      })
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
  }

  /** Of a flushed segment that is not in memory all rows count, until none of them is to be found. */
  async #rowCountOnDisk(record: SegmentRecord, snapshot: Snapshot): Promise<number> {
    if (record.openedAt > snapshot.visibleAfter) return record.rowCount
    const binlogs = await this.#data.binlogs(record)
    return isPast(binlogs, snapshot.visibleAfter) ? 0 : record.rowCount
  }

  async #count(collection: CollectionRecord, request: QueryRequest): Promise<QueryResult> {
    if (request.outputFields.length > 1) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `count(*) must be the only output field, got ${request.outputFields.join(', ')}`,
      )
    }
    if (request.limit !== undefined) {
      throw new ElanusError('INVALID_ARGUMENT', 'count entities with pagination is not allowed')
    }
    const keys =
      request.filter.trim() === '' ? undefined : keysOfFilter(collection.schema, request.filter)
    const view = await this.#view(collection, request)
    const count =
      keys === undefined ? this.#query.count(view) : this.#locate(view, keys).offsets.length
    return { kind: 'count', collectionName: collection.schema.name, count, readAt: view.readAt }
  }

  #locate(view: ReadView, keys: PrimaryKeys): RowReferences {
    return this.#query.locate(view, distinct(keys))
  }

  #page(view: ReadView, request: QueryRequest, signal?: AbortSignal): Promise<RowReferences> {
    const limit = request.limit ?? limits.windowMax - request.offset
    return this.#query.page(view, { offset: request.offset, limit }, signal)
  }

  #find(target: SearchRequest | QueryRequest): CollectionRecord {
    return this.#master.describeCollection(target.databaseName, target.collectionName)
  }

  #view(
    collection: CollectionRecord,
    request: ReadConsistency & { readonly partitionNames: readonly string[] },
  ): Promise<ReadView> {
    const partitionIds: readonly PartitionId[] = request.partitionNames.map(
      (name) => partitionOf(collection, name).id,
    )
    return this.#query.view(collection, { partitionIds, guarantee: guaranteeOf(request) })
  }
}

/**
 * What the read must wait for. A write is acknowledged when it is applied, so whatever was
 * acknowledged is seen at every level without a wait; only a timestamp of the client's own can ask
 * for more.
 */
function guaranteeOf({ guaranteeTimestamp }: ReadConsistency): Timestamp {
  if (guaranteeTimestamp <= guaranteeLevelMax) return timestampZero
  return toId<Timestamp>(guaranteeTimestamp)
}

function filterUnsupported(filter: string): ElanusError {
  return new ElanusError(
    'INVALID_ARGUMENT',
    `cannot use filter: ${filter.slice(0, 200)}, error: this version takes no filter on a search; ` +
      'queries and deletes take filters by primary key',
  )
}

function checkWindow({ limit, offset }: QueryRequest): void {
  if (offset < 0 || (limit !== undefined && limit <= 0)) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `invalid max query result window, offset ${offset} should be gte than 0 and ` +
        `limit ${limit} greater than 0`,
    )
  }
  if ((limit ?? 0) + offset > limits.windowMax) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `invalid max query result window, (offset+limit) should be in range ` +
        `[1, ${limits.windowMax}], but got ${(limit ?? 0) + offset}`,
    )
  }
}

function withPrimaryKey(collection: CollectionRecord, names: readonly string[]): readonly string[] {
  const { primaryKeyName } = primaryKeyFacts(collection)
  return names.includes(primaryKeyName) || names.includes('*') ? names : [primaryKeyName, ...names]
}

function primaryKeyFacts(collection: CollectionRecord): {
  readonly primaryKeyName: string
  readonly primaryKeyType: PrimaryKeys['type']
} {
  const { primaryKey, fields } = collection.schema
  const field = fields.find(({ id }) => id === primaryKey.fieldId)
  return { primaryKeyName: field?.name ?? '', primaryKeyType: primaryKey.type }
}

function keysAt(view: ReadView, rows: RowReferences, collection: CollectionRecord): PrimaryKeys {
  if (rows.offsets.length > 0) return keysOfRows(view, rows, collection)
  return collection.schema.primaryKey.type === 'Int64'
    ? { type: 'Int64', values: new BigInt64Array(0) }
    : { type: 'VarChar', values: [] }
}

function distinct(keys: PrimaryKeys): PrimaryKeys {
  if (keys.type === 'Int64') return { ...keys, values: BigInt64Array.from(new Set(keys.values)) }
  return { ...keys, values: [...new Set(keys.values)] }
}

interface KeptHits {
  readonly counts: readonly number[]
  readonly rows: RowReferences
  readonly scores: Float32Array
}

/** Of each query's hits those from `offset` on, `limit` at the most. */
function cutWindow(hits: SearchHits, offset: number, limit: number): KeptHits {
  if (offset === 0) {
    return { counts: [...hits.counts], rows: hits, scores: hits.scores }
  }
  const counts = Array.from(hits.counts, (count) => Math.max(0, Math.min(limit, count - offset)))
  const total = counts.reduce((sum, count) => sum + count, 0)
  const segmentIndexes = new Uint32Array(total)
  const offsets = new Uint32Array(total)
  const scores = new Float32Array(total)
  let from = 0
  let to = 0
  counts.forEach((count, query) => {
    const first = from + offset
    segmentIndexes.set(hits.segmentIndexes.subarray(first, first + count), to)
    offsets.set(hits.offsets.subarray(first, first + count), to)
    scores.set(hits.scores.subarray(first, first + count), to)
    from += hits.counts[query] ?? 0
    to += count
  })
  return { counts, rows: { segmentIndexes, offsets }, scores }
}

function cutRows(rows: RowReferences, { offset, limit }: QueryRequest): RowReferences {
  const end = limit === undefined ? rows.offsets.length : offset + limit
  return {
    segmentIndexes: rows.segmentIndexes.subarray(offset, end),
    offsets: rows.offsets.subarray(offset, end),
  }
}

function rounded(scores: Float32Array, decimals: number): Float32Array {
  if (decimals < 0) return scores
  const factor = 10 ** decimals
  return scores.map((score) => Math.round(score * factor) / factor)
}
