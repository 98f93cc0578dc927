import type { SearchHits, SegmentSearch } from '../segment/search-segments.ts'
import type { RowReferences } from '../segment/segment.ts'
import type { SegmentHandle } from '../segment/segment-handle.ts'
import type { RowSelection } from '../segment/select-rows.ts'
import type { Failure } from './failure.ts'

/**
 * What passes between the pool and one search thread, over a port of their own.
 *
 *     pool                                     thread
 *     attach handles that it has not seen ──▶  keep them by generation
 *     run    several requests ──────────────▶  answer each, in order
 *            ◀────────────────────── answers   some at a time
 *     forget generations ───────────────────▶  let go, collect garbage
 *            ◀─────────────────── forgotten
 *     stop ─────────────────────────────────▶  end
 *
 * Both sides see messages in the order in which they were sent, so the pool always knows what a
 * thread has attached.
 */
export type ToSearchThread =
  | {
      readonly kind: 'run'
      readonly attach: readonly SegmentHandle[]
      readonly requests: readonly SearchThreadRequest[]
    }
  | { readonly kind: 'forget'; readonly generations: readonly number[] }
  | { readonly kind: 'stop' }

export type FromSearchThread =
  | { readonly kind: 'ready'; readonly threadId: number }
  | { readonly kind: 'answers'; readonly answers: readonly SearchThreadAnswer[] }
  | { readonly kind: 'forgotten' }

export type SearchThreadRequest =
  | (SegmentSearch & { readonly kind: 'search'; readonly generations: readonly number[] })
  | (RowSelection & { readonly kind: 'select'; readonly generations: readonly number[] })

/** Answers come in the order of the requests. Their arrays are packed into one. */
export type SearchThreadAnswer =
  | { readonly kind: 'hits'; readonly queryCount: number; readonly words: Uint32Array }
  | { readonly kind: 'rows'; readonly words: Uint32Array }
  | Failure

/** One array is cheaper to send than four: counts, then segment indexes, offsets and scores. */
export function packHits(hits: SearchHits): SearchThreadAnswer {
  const queryCount = hits.counts.length
  const hitCount = hits.offsets.length
  const words = new Uint32Array(queryCount + 3 * hitCount)
  words.set(hits.counts, 0)
  words.set(hits.segmentIndexes, queryCount)
  words.set(hits.offsets, queryCount + hitCount)
  const { buffer, byteOffset } = hits.scores
  words.set(new Uint32Array(buffer, byteOffset, hitCount), queryCount + 2 * hitCount)
  return { kind: 'hits', queryCount, words }
}

export function unpackHits(queryCount: number, words: Uint32Array): SearchHits {
  const hitCount = (words.length - queryCount) / 3
  const part = (index: number): Uint32Array =>
    words.subarray(queryCount + index * hitCount, queryCount + (index + 1) * hitCount)
  const scores = part(2)
  return {
    counts: words.subarray(0, queryCount),
    segmentIndexes: part(0),
    offsets: part(1),
    scores: new Float32Array(scores.buffer, scores.byteOffset, hitCount),
  }
}

export function packRows(rows: RowReferences): SearchThreadAnswer {
  const rowCount = rows.offsets.length
  const words = new Uint32Array(2 * rowCount)
  words.set(rows.segmentIndexes, 0)
  words.set(rows.offsets, rowCount)
  return { kind: 'rows', words }
}

export function unpackRows(words: Uint32Array): RowReferences {
  const rowCount = words.length / 2
  return { segmentIndexes: words.subarray(0, rowCount), offsets: words.subarray(rowCount) }
}
