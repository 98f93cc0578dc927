import { present } from '../base/assert.ts'
import type { FieldId } from '../base/int64.ts'
import { limits } from '../base/limits.ts'
import { isSimilarity, type Metric } from '../schema/metric.ts'
import type { Hits, SearchParams } from '../vector-index/contract.ts'
import {
  collectorOf,
  type GroupOf,
  type HitCollector,
  type QueryHit,
  type SearchReach,
} from './collect-hits.ts'
import type { CompiledFilter } from './compiled-filter.ts'
import { groupKeys } from './group-keys.ts'
import { type FoundHits, findNearest, sweep } from './nearest-hits.ts'
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
  /** Undefined: the nearest, wherever they are. */
  readonly reach?: SearchReach | undefined
}

/**
 * Hits of all queries, flat, best first within each, or within each group: query q has `counts[q]`
 * of them. No primary key comes twice for one query: the best of its rows stands for it. Equal
 * scores are in the order of their primary keys, so that an answer does not depend on how rows lie
 * in segments.
 */
export interface SearchHits {
  readonly counts: Uint32Array
  /** Places in the list of segments that was searched. */
  readonly segmentIndexes: Uint32Array
  readonly offsets: Uint32Array
  readonly scores: Float32Array
}

/**
 * The nearest visible rows of all segments together, of those that pass the filter. Each segment
 * gives its own nearest, which are merged. A query for which that comes short, because keys repeat
 * or rows lie out of bounds, is searched anew for four times as many, and in the end for all.
 */
export function searchSegments(
  segments: readonly SegmentRows[],
  search: SegmentSearch,
  filter?: CompiledFilter,
): SearchHits {
  return new SegmentsSearch(segments, search, filter).run()
}

class SegmentsSearch {
  readonly #segments: readonly SegmentRows[]
  readonly #search: SegmentSearch
  readonly #filter: CompiledFilter | undefined
  readonly #isSmallerBetter: boolean
  readonly #groupOf: GroupOf

  constructor(
    segments: readonly SegmentRows[],
    search: SegmentSearch,
    filter: CompiledFilter | undefined,
  ) {
    this.#segments = segments
    this.#search = search
    this.#filter = filter
    this.#isSmallerBetter = !isSimilarity(search.metric)
    this.#groupOf = groupReader(segments, search)
  }

  run(): SearchHits {
    const found = this.#nearest(this.#search, this.#firstTopk)
    return flatten(
      Array.from({ length: this.#search.queryCount }, (_, query) => {
        return this.#merge(found, query) ?? this.#searchDeeper(query)
      }),
    )
  }

  get #firstTopk(): number {
    const { topk, reach } = this.#search
    if (reach?.kind === 'groups') return Math.min(limits.topkMax, topk * reach.groupSize)
    // Pages that are not the first lie behind others, and a scan for more costs little more.
    return reach?.kind === 'page' ? limits.topkMax : topk
  }

  #searchDeeper(query: number): readonly QueryHit[] {
    const single = onlyQuery(this.#search, query)
    for (let topk = this.#firstTopk; topk < limits.topkMax; ) {
      topk = Math.min(limits.topkMax, topk * 4)
      const hits = this.#merge(this.#nearest(single, topk), 0)
      if (hits !== undefined) return hits
    }
    return present(this.#merge(this.#everything(single), 0), 'there is nothing beyond everything')
  }

  #nearest(search: SegmentSearch, topk: number): readonly FoundHits[] {
    return this.#segments.map((rows, segmentIndex) => {
      return { hits: findNearest(rows, search, topk, this.#filter), segmentIndex, topk }
    })
  }

  #everything(search: SegmentSearch): readonly FoundHits[] {
    return this.#segments.flatMap((rows, segmentIndex) => {
      const pieces = sweep(rows, search, this.#filter)
      return pieces.map((hits) => ({ hits, segmentIndex, topk: Number.POSITIVE_INFINITY }))
    })
  }

  /** One query's hits of all segments as one; undefined when they do not reach far enough. */
  #merge(found: readonly FoundHits[], query: number): readonly QueryHit[] | undefined {
    const cursors = found.map((one) => new Cursor(one, query))
    const collector = collectorOf(this.#search, this.#groupOf)
    const keys = new Set<bigint | string>()
    for (const cursor of cursors) {
      this.#passOver(cursor, collector, keys)
      if (cursor.isCut) return undefined
    }
    for (let next = 'go on'; next === 'go on'; ) {
      const best = this.#best(cursors)
      if (best === undefined || collector.isPast(best.score)) break
      const key = this.#keyOf(best)
      if (!keys.has(key)) collector.offer(best.hit(key))
      keys.add(key)
      best.advance()
      if (best.isCut) next = collector.whenCut()
      if (next === 'look deeper') return undefined
    }
    return collector.finish()
  }

  /** Hits that lie before what is wanted. A key that has one is not wanted again. */
  #passOver(cursor: Cursor, collector: HitCollector, keys: Set<bigint | string>): void {
    while (!cursor.isDone && collector.isBefore(cursor.score)) {
      keys.add(this.#keyOf(cursor))
      cursor.advance()
    }
  }

  #keyOf({ segmentIndex, offset }: Cursor): bigint | string {
    return present(this.#segments[segmentIndex], 'a hit lies in a segment').keys.keyAt(offset)
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
}

function groupReader(segments: readonly SegmentRows[], search: SegmentSearch): GroupOf {
  const { reach } = search
  if (reach?.kind !== 'groups') return () => 0
  const readers = segments.map((rows) =>
    groupKeys(rows, reach.fieldId, rows.rowCount, reach.absentKey),
  )
  return (segmentIndex, offset) => present(readers[segmentIndex], 'a hit lies in a segment')(offset)
}

function onlyQuery(search: SegmentSearch, query: number): SegmentSearch {
  const sizeBytes = search.queries.length / search.queryCount
  const queries = search.queries.subarray(query * sizeBytes, (query + 1) * sizeBytes)
  return { ...search, queries, queryCount: 1 }
}

function flatten(queries: readonly (readonly QueryHit[])[]): SearchHits {
  const hitCount = queries.reduce((sum, hits) => sum + hits.length, 0)
  const counts = new Uint32Array(queries.length)
  const segmentIndexes = new Uint32Array(hitCount)
  const offsets = new Uint32Array(hitCount)
  const scores = new Float32Array(hitCount)
  let at = 0
  for (const [query, hits] of queries.entries()) {
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

/** A place in one segment's hits of one query. */
class Cursor {
  readonly segmentIndex: number
  readonly #hits: Hits
  readonly #to: number
  readonly #mayHaveMore: boolean
  #at: number

  constructor({ hits, segmentIndex, topk }: FoundHits, query: number) {
    const count = hits.counts[query] ?? 0
    this.segmentIndex = segmentIndex
    this.#hits = hits
    this.#at = query * hits.stride
    this.#to = this.#at + count
    this.#mayHaveMore = count === topk
  }

  get isDone(): boolean {
    return this.#at === this.#to
  }

  /** Whether it has come to where the search was cut off. */
  get isCut(): boolean {
    return this.#mayHaveMore && this.isDone
  }

  get score(): number {
    return this.#hits.distances[this.#at] ?? Number.NaN
  }

  get offset(): number {
    return this.#hits.offsets[this.#at] ?? 0
  }

  hit(key: bigint | string): QueryHit {
    return { segmentIndex: this.segmentIndex, offset: this.offset, score: this.score, key }
  }

  advance(): void {
    this.#at += 1
  }
}
