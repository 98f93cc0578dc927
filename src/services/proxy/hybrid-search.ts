import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { PrimaryKeys } from '../../schema/row-batch.ts'
import type { RowReferences } from '../../segment/segment.ts'
import type { SearchHits } from '../../workers/tasks.ts'
import type { NearestRequest, QueryService, ReadView } from '../query/query-service.ts'
import { filterOf } from './filters.ts'
import { nearestRequestOf } from './nearest-request.ts'
import { readPartitionsOf } from './partition-scope.ts'
import type { HybridSearchRequest, Ranking } from './proxy.ts'
import { type FusedHit, fuse, keyList, type RankedList } from './rank-hits.ts'
import { openView } from './read-view.ts'
import { keysOfRows } from './row-keys.ts'

export interface HybridHits {
  readonly view: ReadView
  readonly counts: readonly number[]
  readonly rows: RowReferences
  readonly scores: Float32Array
  readonly primaryKeys: PrimaryKeys
}

/** Several searches on one view of the collection, their hits ranked together. */
export class HybridSearch {
  readonly #query: QueryService
  readonly #collection: CollectionRecord
  readonly #request: HybridSearchRequest
  readonly #searches: readonly NearestRequest[]

  /** Checks the request, all searches of it, before any is made. */
  constructor(query: QueryService, collection: CollectionRecord, request: HybridSearchRequest) {
    this.#query = query
    this.#collection = collection
    this.#request = request
    checkWindow(request)
    this.#searches = searchesOf(collection, request)
    checkRanking(request.ranking, this.#searches.length)
  }

  async run(signal: AbortSignal | undefined): Promise<HybridHits> {
    const { partitionNames, requests } = this.#request
    const filters = requests.map((request) => filterOf(this.#collection.schema, request))
    const partitionIds = readPartitionsOf(this.#collection, partitionNames, filters)
    const view = await openView(this.#query, this.#collection, { ...this.#request, partitionIds })
    const found = await Promise.all(
      this.#searches.map((search) => this.#query.search(view, search, signal)),
    )
    const joined = joinRows(found)
    const primaryKeys = keysOfRows(view, joined, this.#collection)
    const hits = this.#fused(found, keyList(primaryKeys))
    const places = Uint32Array.from(hits.flat(), ({ place }) => place)
    return {
      view,
      counts: hits.map(({ length }) => length),
      rows: {
        segmentIndexes: places.map((place) => joined.segmentIndexes[place] ?? 0),
        offsets: places.map((place) => joined.offsets[place] ?? 0),
      },
      scores: Float32Array.from(hits.flat(), ({ score }) => score),
      primaryKeys: takeKeys(primaryKeys, places),
    }
  }

  /** Each query's hits, within the window that was asked for. */
  #fused(
    found: readonly SearchHits[],
    keys: readonly (bigint | string)[],
  ): readonly (readonly FusedHit[])[] {
    const { limit, offset, ranking } = this.#request
    const queryCount = this.#searches[0]?.queryCount ?? 0
    const lists = this.#lists(found, keys)
    return Array.from({ length: queryCount }, (_, query) => {
      const ofQuery = lists.flatMap((queries) => queries[query] ?? [])
      return fuse(ofQuery, ranking).slice(offset, offset + limit)
    })
  }

  /** Of each search, of each query; hits are known by their place among all that were found. */
  #lists(
    found: readonly SearchHits[],
    keys: readonly (bigint | string)[],
  ): readonly (readonly RankedList[])[] {
    let first = 0
    return found.map((hits, search) => {
      const metric = this.#searches[search]?.metric ?? 'IP'
      let from = 0
      const queries = Array.from(hits.counts, (count) => {
        const places = Array.from({ length: count }, (_, rank) => first + from + rank)
        const scores = hits.scores.subarray(from, from + count)
        from += count
        return { metric, scores, places, keys: places.flatMap((place) => keys[place] ?? []) }
      })
      first += hits.offsets.length
      return queries
    })
  }
}

function searchesOf(
  collection: CollectionRecord,
  { requests }: HybridSearchRequest,
): readonly NearestRequest[] {
  if (requests.length === 0 || requests.length > limits.hybridRequestCountMax) {
    throw invalid(
      `maximum of ann search requests is ${limits.hybridRequestCountMax}, and there is at least ` +
        `one, got ${requests.length}`,
    )
  }
  const [first] = requests
  for (const request of requests) {
    if (request.queryCount !== first?.queryCount) {
      throw invalid(
        `sub search request nq should be the same, got ${first?.queryCount} and ${request.queryCount}`,
      )
    }
    if (request.grouping !== undefined || request.iterator !== undefined) {
      throw new ElanusError(
        'UNIMPLEMENTED',
        'Groups and iterators in a hybrid search are not supported yet',
      )
    }
  }
  return requests.map((request) => nearestRequestOf(collection, request))
}

function checkWindow({ limit, offset }: HybridSearchRequest): void {
  const isValid = limit >= 1 && offset >= 0 && limit + offset <= limits.windowMax
  if (isValid && Number.isInteger(limit) && Number.isInteger(offset)) return
  throw invalid(
    `invalid max query result window, (offset+limit) should be in range [1, ${limits.windowMax}], ` +
      `but got offset ${offset} and limit ${limit}`,
  )
}

function checkRanking(ranking: Ranking, searchCount: number): void {
  if (ranking.kind === 'rrf') {
    if (ranking.k > 0 && ranking.k < rankConstantMax) return
    throw invalid(
      `The rank params k should be in range (0, ${rankConstantMax}), but got ${ranking.k}`,
    )
  }
  const { weights } = ranking
  if (weights.length !== searchCount) {
    throw invalid(
      `the length of weights param mismatch with ann search requests: ${weights.length} weights, ` +
        `${searchCount} requests`,
    )
  }
  const wrong = weights.find((weight) => !(weight >= 0 && weight <= 1))
  if (wrong !== undefined) {
    throw invalid(`rank param weight should be in range [0, 1], but got ${wrong}`)
  }
}

const rankConstantMax = 16_384

/** The rows of all searches, one after the other. */
function joinRows(found: readonly SearchHits[]): RowReferences {
  const rowCount = found.reduce((sum, { offsets }) => sum + offsets.length, 0)
  const segmentIndexes = new Uint32Array(rowCount)
  const offsets = new Uint32Array(rowCount)
  let at = 0
  for (const hits of found) {
    segmentIndexes.set(hits.segmentIndexes, at)
    offsets.set(hits.offsets, at)
    at += hits.offsets.length
  }
  return { segmentIndexes, offsets }
}

function takeKeys(keys: PrimaryKeys, places: Uint32Array): PrimaryKeys {
  if (keys.type === 'Int64') {
    return { ...keys, values: BigInt64Array.from(places, (place) => keys.values[place] ?? 0n) }
  }
  return { ...keys, values: Array.from(places, (place) => keys.values[place] ?? '') }
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
