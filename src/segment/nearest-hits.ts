import { limits } from '../base/limits.ts'
import type { Hits, SearchParams } from '../vector-index/contract.ts'
import { searchExact } from '../vector-index/exact-search.ts'
import { type Bits, newBits } from './bits.ts'
import type { CompiledFilter } from './compiled-filter.ts'
import { hiddenRows } from './hidden-rows.ts'
import type { SegmentSearch } from './search-segments.ts'
import type { SegmentRows } from './segment-rows.ts'

/** Hits of one segment, or of a part of it, as far as they were asked for. */
export interface FoundHits {
  readonly hits: Hits
  readonly segmentIndex: number
  /** What each query asked for: one that got as many may have more. */
  readonly topk: number
}

/**
 * A segment's nearest rows: through its index if it has one of this metric, else by scan. A page must
 * have all of what it passes over, which no index promises.
 */
export function findNearest(
  rows: SegmentRows,
  search: SegmentSearch,
  topk: number,
  filter: CompiledFilter | undefined,
): Hits {
  const { fieldId, metric, queries, queryCount, params } = search
  const { store } = rows.vectorField(fieldId)
  const scope = { snapshot: search, filter }
  const index = rows.index(fieldId)
  if (index === undefined || index.spec.metric !== metric || search.reach?.kind === 'page') {
    const rowCount = rows.rowCountAt(search.readAt)
    const excluded = hiddenRows(rows, scope, rowCount)
    return searchExact(store, { queries, queryCount, topk, metric, rowCount, excluded })
  }
  const excluded = hiddenRows(rows, scope, rows.rowCount)
  return index.search({ queries, queryCount, topk, params: widened(params, topk), excluded })
}

/** A walk must be at least as wide as the hits that it is to find. */
function widened(params: SearchParams, topk: number): SearchParams {
  const { ef } = params
  return ef === undefined || ef >= topk ? params : { ...params, ef: topk }
}

/**
 * Every row that a search of one query may find, compared: a piece of the segment at a time, each as
 * large as one scan's answer can be. What is looked for may lie at any depth then, and the cost is
 * still one comparison of each row.
 */
export function sweep(
  rows: SegmentRows,
  search: SegmentSearch,
  filter: CompiledFilter | undefined,
): readonly Hits[] {
  const { fieldId, metric, queries, queryCount, readAt } = search
  const { store } = rows.vectorField(fieldId)
  const rowCount = rows.rowCountAt(readAt)
  const hidden = hiddenRows(rows, { snapshot: search, filter }, rowCount)
  const excluded = newBits(rowCount).fill(0xff)
  const pieces: Hits[] = []
  for (let from = 0; from < rowCount; from += limits.topkMax) {
    const to = Math.min(rowCount, from + limits.topkMax)
    showPiece(excluded, hidden, from, to)
    const request = { queries, queryCount, topk: limits.topkMax, metric, rowCount: to, excluded }
    pieces.push(searchExact(store, request))
    excluded.fill(0xff, from >> 3, (to + 7) >> 3)
  }
  return pieces
}

/** Takes the rows [from, to) out of the excluded ones, but for those that are hidden. */
function showPiece(excluded: Bits, hidden: Bits | undefined, from: number, to: number): void {
  const first = from >> 3
  const end = (to + 7) >> 3
  if (hidden === undefined) excluded.fill(0, first, end)
  else excluded.set(hidden.subarray(first, end), first)
}
