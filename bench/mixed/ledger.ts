import { exactHits, type MadeUpRows } from '../lib/made-up-rows.ts'

/** A write that the server acknowledged, at the time that it said. */
export type LedgerWrite = { readonly timestamp: bigint; readonly key: number } & (
  | { readonly kind: 'upsert'; readonly vector: Float32Array; readonly bucket: number }
  | { readonly kind: 'delete' }
)

/** A search, what it found, and up to when it says that it saw what was written. */
export interface LedgerSearch {
  readonly timestamp: bigint
  readonly query: number
  /** Passing rows have a bucket in [from, to). */
  readonly from: number
  readonly to: number
  readonly hits: readonly number[]
}

/**
 * The share of the exact hits that searches found, each judged by the rows of its own moment: the
 * first rows with every acknowledged write up to the search's timestamp applied, in the order of
 * theirs. A write that was under way when a search began has its place in that order too, which is
 * known once it is acknowledged; so no search is judged by rows that it could not know.
 */
export function recallOf(
  rows: MadeUpRows,
  writes: readonly LedgerWrite[],
  searches: readonly LedgerSearch[],
  topk: number,
): number {
  const state = stateOf(rows)
  const ordered = writes.toSorted((a, b) => compare(a.timestamp, b.timestamp))
  let applied = 0
  let wanted = 0
  let found = 0
  for (const search of searches.toSorted((a, b) => compare(a.timestamp, b.timestamp))) {
    for (; applied < ordered.length; applied++) {
      const write = ordered[applied]
      if (write === undefined || write.timestamp > search.timestamp) break
      apply(state, write)
    }
    const query = rows.queries[search.query] ?? new Float32Array()
    const exact = exactHits(state, query, (row) => passes(state, row, search), topk)
    const hits = new Set(search.hits)
    wanted += exact.length
    found += exact.filter((id) => hits.has(id)).length
  }
  return found / wanted
}

interface State {
  readonly count: number
  readonly dimension: number
  readonly vectors: Float32Array
  /** -1 where there is no row. */
  readonly buckets: Int32Array
}

function stateOf({ count, dimension, vectors, buckets }: MadeUpRows): State {
  return { count, dimension, vectors: vectors.slice(), buckets: buckets.slice() }
}

function apply({ vectors, buckets, dimension }: State, write: LedgerWrite): void {
  if (write.kind === 'delete') {
    buckets[write.key] = -1
    return
  }
  vectors.set(write.vector, write.key * dimension)
  buckets[write.key] = write.bucket
}

function passes({ buckets }: State, row: number, { from, to }: LedgerSearch): boolean {
  const bucket = buckets[row] ?? -1
  return bucket >= from && bucket < to
}

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0
}
