import { assert } from '../base/assert.ts'
import type { FieldId } from '../base/int64.ts'
import { limits } from '../base/limits.ts'
import type { Metric } from '../schema/metric.ts'
import { isSimilarity } from '../schema/metric.ts'
import type { Hits, SearchParams } from '../vector-index/contract.ts'
import { searchExact } from '../vector-index/exact-search.ts'
import { withRowsBefore } from './exclusion.ts'
import type { SegmentRows } from './segment-rows.ts'
import type { Snapshot } from './snapshot.ts'

export interface SegmentSearch extends Snapshot {
  readonly fieldId: FieldId
  readonly metric: Metric
  /** Query after query, little-endian float32, at any address. */
  readonly queries: Uint8Array
  readonly queryCount: number
  readonly topk: number
  readonly params: SearchParams
}

/**
 * Hits of all queries, flat, best first within each: query q has `counts[q]` of them. No primary
 * key comes twice for one query: the best of its rows stands for it. Equal scores are in the order
 * of their primary keys, so that an answer does not depend on how rows lie in segments.
 */
export interface SearchHits {
  readonly counts: Uint32Array
  /** Places in the list of segments that was searched. */
  readonly segmentIndexes: Uint32Array
  readonly offsets: Uint32Array
  readonly scores: Float32Array
}

/**
 * The nearest visible rows of all segments together. Each segment gives its own nearest, which are
 * merged; should that come short because keys repeat, more are asked of the segments that have more,
 * up to what one search may ask for.
 */
export function searchSegments(
  segments: readonly SegmentRows[],
  search: SegmentSearch,
): SearchHits {
  const { topk } = search
  const first = { topk, hits: segments.map((rows) => searchOne(rows, search, topk)) }
  const merged = new Merger(segments, search)
  const short: number[] = []
  for (let query = 0; query < search.queryCount; query++) {
    if (merged.merge(first, query, query) === 'more may help') short.push(query)
  }
  for (const query of short) mergeDeeper(segments, search, merged, query)
  return merged.finish()
}

/** One query anew, with ever more hits of each segment, until there are enough keys or no more rows. */
function mergeDeeper(
  segments: readonly SegmentRows[],
  search: SegmentSearch,
  merged: Merger,
  query: number,
): void {
  const sizeBytes = search.queries.length / search.queryCount
  const queries = search.queries.subarray(query * sizeBytes, (query + 1) * sizeBytes)
  for (let topk = search.topk; topk < limits.topkMax; ) {
    topk = Math.min(limits.topkMax, topk * 4)
    const single = { ...search, queries, queryCount: 1 }
    const hits = segments.map((rows) => searchOne(rows, single, topk))
    if (merged.merge({ topk, hits }, 0, query) === 'enough') return
  }
}

/** One segment's nearest visible rows: through its index if it has one of this metric, else by scan. */
function searchOne(rows: SegmentRows, search: SegmentSearch, topk: number): Hits {
  const { fieldId, metric, queries, queryCount, params, readAt, visibleAfter } = search
  const { store } = rows.vectorField(fieldId)
  const rowCountAt = rows.rowCountAt(readAt)
  const rowFrom = rows.rowCountAt(visibleAfter)
  const index = rows.index(fieldId)
  if (index === undefined || index.spec.metric !== metric) {
    const deleted = rows.exclusion.deletedAt(readAt, rowCountAt)
    const excluded = withRowsBefore(deleted, rowFrom, rowCountAt)
    const request = { queries, queryCount, topk, metric, rowCount: rowCountAt, excluded }
    return searchExact(store, request)
  }
  const { rowCount } = rows
  const deletedOrLater = rows.exclusion.deletedOrLaterAt(readAt, rowCount, rowCountAt)
  const excluded = withRowsBefore(deletedOrLater, rowFrom, rowCount)
  return index.search({ queries, queryCount, topk, params: widened(params, topk), excluded })
}

/** A walk must be at least as wide as the hits that it is to find. */
function widened(params: SearchParams, topk: number): SearchParams {
  const { ef } = params
  return ef === undefined || ef >= topk ? params : { ...params, ef: topk }
}

/** What each segment gave when it was asked for `topk`. */
interface Found {
  readonly topk: number
  readonly hits: readonly Hits[]
}

/** Merges the segments' hits of one query after another into the answer. */
class Merger {
  readonly #segments: readonly SegmentRows[]
  readonly #topk: number
  readonly #isSmallerBetter: boolean
  readonly #queries: QueryHits[]

  constructor(segments: readonly SegmentRows[], search: SegmentSearch) {
    this.#segments = segments
    this.#topk = search.topk
    this.#isSmallerBetter = !isSimilarity(search.metric)
    this.#queries = Array.from({ length: search.queryCount }, () => [])
  }

  /** Merges the hits at `from` of each segment into query `to`, in place of what it had. */
  merge(found: Found, from: number, to: number): 'enough' | 'more may help' {
    const cursors = found.hits.map((hits, segmentIndex) => new Cursor(hits, from, segmentIndex))
    const taken: QueryHits = []
    const keys = new Set<bigint | string>()
    for (let best = this.#best(cursors); best !== undefined; best = this.#best(cursors)) {
      // What ties with the last hit is still looked at, so that the key decides and not the place.
      if (keys.size >= this.#topk && best.score !== taken.at(-1)?.score) break
      const { segmentIndex, offset, score } = best
      const key = this.#keyOf(segmentIndex, offset)
      if (!keys.has(key)) {
        keys.add(key)
        taken.push({ segmentIndex, offset, score, key })
      }
      best.advance()
    }
    sortTies(taken)
    const isShort = taken.length < this.#topk
    this.#queries[to] = taken.length > this.#topk ? taken.slice(0, this.#topk) : taken
    // A segment that gave as many as it was asked for may have more.
    const hasMore = found.hits.some((hits) => hits.counts[from] === found.topk)
    return isShort && hasMore ? 'more may help' : 'enough'
  }

  finish(): SearchHits {
    const hitCount = this.#queries.reduce((sum, hits) => sum + hits.length, 0)
    const counts = new Uint32Array(this.#queries.length)
    const segmentIndexes = new Uint32Array(hitCount)
    const offsets = new Uint32Array(hitCount)
    const scores = new Float32Array(hitCount)
    let at = 0
    for (const [query, hits] of this.#queries.entries()) {
      counts[query] = hits.length
      for (const hit of hits) {
        segmentIndexes[at] = hit.segmentIndex
        offsets[at] = hit.offset
        scores[at] = hit.score
        at += 1
      }
    }
    return { counts, segmentIndexes, offsets, scores }
  }

  /** The cursor on the best hit; few segments make looking at each cheaper than a heap. */
  #best(cursors: readonly Cursor[]): Cursor | undefined {
    let best: Cursor | undefined
    for (const cursor of cursors) {
      if (cursor.isDone) continue
      if (best === undefined || this.#isBetter(cursor.score, best.score)) best = cursor
    }
    return best
  }

  #isBetter(score: number, than: number): boolean {
    return this.#isSmallerBetter ? score < than : score > than
  }

  #keyOf(segmentIndex: number, offset: number): bigint | string {
    const rows = this.#segments[segmentIndex]
    assert(rows !== undefined, 'a hit lies in a segment that was searched')
    return rows.keys.keyAt(offset)
  }
}

type QueryHits = QueryHit[]

interface QueryHit {
  readonly segmentIndex: number
  readonly offset: number
  readonly score: number
  readonly key: bigint | string
}

/** A place in one segment's hits of one query. */
class Cursor {
  readonly segmentIndex: number
  readonly #hits: Hits
  readonly #to: number
  #at: number

  constructor(hits: Hits, query: number, segmentIndex: number) {
    this.segmentIndex = segmentIndex
    this.#hits = hits
    this.#at = query * hits.stride
    this.#to = this.#at + (hits.counts[query] ?? 0)
  }

  get isDone(): boolean {
    return this.#at === this.#to
  }

  get score(): number {
    return this.#hits.distances[this.#at] ?? Number.NaN
  }

  get offset(): number {
    return this.#hits.offsets[this.#at] ?? 0
  }

  advance(): void {
    this.#at += 1
  }
}

/** Hits come best first; those of one score are put in the order of their keys. */
function sortTies(hits: QueryHits): void {
  for (let from = 0; from + 1 < hits.length; from++) {
    if (hits[from]?.score !== hits[from + 1]?.score) continue
    let to = from + 1
    while (to < hits.length && hits[to]?.score === hits[from]?.score) to += 1
    const tied = hits.slice(from, to).sort((left, right) => (left.key < right.key ? -1 : 1))
    hits.splice(from, tied.length, ...tied)
    from = to - 1
  }
}
