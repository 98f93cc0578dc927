import { ElanusError } from '../../base/errors.ts'
import type { PartitionId, SegmentId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import { timestampZero } from '../../base/timestamp.ts'
import type { CollectionRecord, SegmentRecord } from '../../meta/records.ts'
import { rowCountOf } from '../../schema/fixed-column.ts'
import type { PrimaryKeys } from '../../schema/row-batch.ts'
import { readField } from '../../segment/read-segments.ts'
import type { RowReferences, Segment } from '../../segment/segment.ts'
import type { RowOrder, SearchHits } from '../../workers/tasks.ts'
import type { DataService } from '../data/data-service.ts'
import type { Master } from '../master/master.ts'
import type { QueryService, ReadView } from '../query/query-service.ts'
import { visibleAfter } from '../visible-after.ts'
import { type GroupQuery, groupColumns, groupQueryOf, plainFieldOf } from './aggregates.ts'
import { type Filter, filterOf } from './filters.ts'
import { HybridSearch } from './hybrid-search.ts'
import { type KeptHits, rounded, skipGroups, skipHits } from './kept-hits.ts'
import { checkRoundDecimal, nearestRequestOf } from './nearest-request.ts'
import { outputOf, readOutput } from './output-fields.ts'
import { readPartitionsOf } from './partition-scope.ts'
import type {
  CollectionTarget,
  HybridSearchRequest,
  OutputColumn,
  QueryRequest,
  QueryResult,
  SearchRequest,
  SearchResult,
} from './proxy.ts'
import { openView } from './read-view.ts'
import { keysOfRows, sortedByKey } from './row-keys.ts'
import { groupingFieldOf, pageOf } from './search-reach.ts'

const countField = 'count(*)'

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
    const isIterator = request.iterator !== undefined
    const partitionIds = scopeOf(collection, request)
    const view = await openView(this.#query, collection, { ...request, partitionIds, isIterator })
    const hits = await this.#query.search(view, nearest, signal)
    const kept = keptOf(collection, view, hits, request)
    return {
      collectionName: collection.schema.name,
      topk: request.topk,
      metric: nearest.metric,
      hitCounts: kept.counts,
      scores: rounded(kept.scores, request.roundDecimal),
      primaryKeys: keysOfRows(view, kept.rows, collection),
      ...primaryKeyFacts(collection),
      outputFields: output.names,
      columns: readOutput(view, kept.rows, output),
      groupColumn: groupColumnOf(collection, view, kept, request),
      page: request.iterator && pageOf(request.iterator, kept.scores),
      readAt: view.readAt,
    }
  }

  async hybridSearch(request: HybridSearchRequest, signal?: AbortSignal): Promise<SearchResult> {
    const collection = this.#find(request)
    checkRoundDecimal(request.roundDecimal)
    const search = new HybridSearch(this.#query, collection, request)
    const output = outputOf(collection, request.outputFields)
    const { view, rows, counts, scores, primaryKeys } = await search.run(signal)
    return {
      collectionName: collection.schema.name,
      topk: request.limit,
      metric: undefined,
      hitCounts: counts,
      scores: rounded(scores, request.roundDecimal),
      primaryKeys,
      ...primaryKeyFacts(collection),
      outputFields: output.names,
      columns: readOutput(view, rows, output),
      readAt: view.readAt,
    }
  }

  async query(request: QueryRequest, signal?: AbortSignal): Promise<QueryResult> {
    const collection = this.#find(request)
    checkWindow(request)
    const isCount = request.outputFields.length === 1 && request.outputFields[0] === countField
    if (isCount && (request.groupBy ?? []).length === 0) {
      return this.#count(collection, request, signal)
    }
    const groups = groupQueryOf(collection.schema, request)
    if (groups !== undefined) return this.#aggregate(collection, request, groups, signal)
    const order = orderOf(collection, request)
    const output = outputOf(collection, withPrimaryKey(collection, request.outputFields))
    if (request.filter.trim() === '' && request.limit === undefined) {
      throw new ElanusError('INVALID_ARGUMENT', 'empty expression should be used with limit')
    }
    const filter = filterOf(collection.schema, request)
    const partitionIds = scopeOf(collection, request)
    const view = await openView(this.#query, collection, { ...request, partitionIds })
    const keys = order.length > 0 ? undefined : pointKeysOf(filter)
    const rows =
      keys === undefined
        ? await this.#page(view, { ...request, order }, filter, signal)
        : cutRows(sortedByKey(view, this.#query.locate(view, keys), collection), request)
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

  /** What a count would say, loaded or not. */
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
        const inMemory = inMemoryOf(record, served) ?? this.#data.growingSegment(record.id)
        if (inMemory !== undefined) {
          return [inMemory].flat().reduce((sum, one) => sum + one.rowCountVisible(snapshot), 0)
        }
        if (record.state !== 'flushed') return 0
        return this.#query.sleepingRowCount(collection, record, snapshot)
      })
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
  }

  async #count(
    collection: CollectionRecord,
    request: QueryRequest,
    signal: AbortSignal | undefined,
  ): Promise<QueryResult> {
    if (request.limit !== undefined) {
      throw new ElanusError('INVALID_ARGUMENT', 'count entities with pagination is not allowed')
    }
    const filter = filterOf(collection.schema, request)
    const partitionIds = scopeOf(collection, request)
    const view = await openView(this.#query, collection, { ...request, partitionIds })
    const keys = pointKeysOf(filter)
    const count =
      keys === undefined
        ? await this.#query.count(view, filter?.encoded, signal)
        : this.#query.locate(view, keys).offsets.length
    return { kind: 'count', collectionName: collection.schema.name, count, readAt: view.readAt }
  }

  async #aggregate(
    collection: CollectionRecord,
    request: QueryRequest,
    groups: GroupQuery,
    signal: AbortSignal | undefined,
  ): Promise<QueryResult> {
    if (request.isIterator === true) {
      throw new ElanusError('INVALID_ARGUMENT', 'groups of rows are not iterated over')
    }
    const filter = filterOf(collection.schema, request)
    const partitionIds = scopeOf(collection, request)
    const view = await openView(this.#query, collection, { ...request, partitionIds })
    const { aggregation } = groups
    const scope = { aggregation, filter: filter?.encoded }
    const found = await this.#query.aggregate(view, scope, signal)
    const columns = groupColumns(groups, found, request)
    return {
      kind: 'rows',
      collectionName: collection.schema.name,
      primaryKeyName: '',
      outputFields: columns.map(({ name }) => name),
      rowCount: columns[0] === undefined ? 0 : rowCountOf(columns[0].column),
      columns,
      readAt: view.readAt,
    }
  }

  /** All rows that pass when there is no limit, as long as one answer holds them. */
  async #page(
    view: ReadView,
    { offset, limit, order }: QueryRequest & { readonly order: RowOrder },
    filter: Filter | undefined,
    signal: AbortSignal | undefined,
  ): Promise<RowReferences> {
    const most = limit ?? limits.foundRowCountMax + 1
    const window = { offset, limit: most, order, filter: filter?.encoded }
    const rows = await this.#query.page(view, window, signal)
    if (rows.offsets.length <= limits.foundRowCountMax) return rows
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot return more than ${limits.foundRowCountMax} rows at once: use a limit`,
    )
  }

  #find(target: CollectionTarget): CollectionRecord {
    return this.#master.describeCollection(target.databaseName, target.collectionName)
  }
}

function orderOf(
  { schema }: CollectionRecord,
  { orderBy = [], isIterator }: QueryRequest,
): RowOrder {
  if (orderBy.length > 0 && isIterator === true) {
    throw new ElanusError('INVALID_ARGUMENT', 'order by is not supported when iterating')
  }
  return orderBy.map(({ name, isDescending, isNullFirst }) => {
    const field = plainFieldOf(schema, name, 'order by')
    return { field, isDescending, isNullFirst }
  })
}

/** So many keys are found faster here than a thread is told to look for them. */
const pointKeyCountMax = 1024

/** Keys to look up instead of scanning for them. */
function pointKeysOf(filter: Filter | undefined): PrimaryKeys | undefined {
  const keys = filter?.primaryKeys
  return keys !== undefined && keys.values.length <= pointKeyCountMax ? keys : undefined
}

/** The hits without those that the offset skips, which counts groups where there are groups. */
function keptOf(
  collection: CollectionRecord,
  view: ReadView,
  hits: SearchHits,
  { offset, grouping }: SearchRequest,
): KeptHits {
  if (grouping === undefined || offset === 0 || hits.offsets.length === 0) {
    return skipHits(hits, offset)
  }
  const field = groupingFieldOf(collection.schema, grouping)
  return skipGroups(hits, offset, readField(view.segments, field, hits))
}

function groupColumnOf(
  collection: CollectionRecord,
  view: ReadView,
  { rows }: KeptHits,
  { grouping }: SearchRequest,
): OutputColumn | undefined {
  if (grouping === undefined) return undefined
  const field = groupingFieldOf(collection.schema, grouping)
  return readOutput(view, rows, { names: [field.name], fields: [field] })[0]
}

function scopeOf(
  collection: CollectionRecord,
  request: SearchRequest | QueryRequest,
): readonly PartitionId[] {
  const filter = filterOf(collection.schema, request)
  return readPartitionsOf(collection, request.partitionNames, [filter])
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

function cutRows(rows: RowReferences, { offset, limit }: QueryRequest): RowReferences {
  const end = limit === undefined ? rows.offsets.length : offset + limit
  return {
    segmentIndexes: rows.segmentIndexes.subarray(offset, end),
    offsets: rows.offsets.subarray(offset, end),
  }
}

/** Where the rows of a segment are read: itself, or those that it was merged from, until it is there. */
function inMemoryOf(
  record: SegmentRecord,
  served: ReadonlyMap<SegmentId, Segment>,
): readonly Segment[] | undefined {
  const own = served.get(record.id)
  if (own !== undefined) return [own]
  if (record.state !== 'flushed') return undefined
  const sources = record.compactedFrom.flatMap((id) => served.get(id) ?? [])
  return sources.length === 0 ? undefined : sources
}
