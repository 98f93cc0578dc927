import { isFixedColumn } from '../../schema/fixed-column.ts'
import type { Column } from '../../schema/row-batch.ts'
import { hasValue } from '../../schema/validity.ts'
import type { RowReferences } from '../../segment/segment.ts'
import type { SearchHits } from '../../workers/tasks.ts'

/** The hits that an answer holds: query q has `counts[q]` of the rows and scores. */
export interface KeptHits {
  readonly counts: readonly number[]
  readonly rows: RowReferences
  readonly scores: Float32Array
}

export function allHits(hits: SearchHits): KeptHits {
  return { counts: [...hits.counts], rows: hits, scores: hits.scores }
}

/** Of each query's hits those from `offset` on. */
export function skipHits(hits: SearchHits, offset: number): KeptHits {
  if (offset === 0) return allHits(hits)
  return skipFirst(hits, () => offset)
}

/** Of each query's groups, whose rows lie together, those from `offset` on. */
export function skipGroups(hits: SearchHits, offset: number, groups: Column): KeptHits {
  if (offset === 0) return allHits(hits)
  const isSame = sameGroup(groups)
  return skipFirst(hits, (from, to) => {
    let groupCount = 0
    let at = from
    while (at < to) {
      if (at > from && !isSame(at - 1, at)) groupCount += 1
      if (groupCount === offset) break
      at += 1
    }
    return at - from
  })
}

/** `firstOf` says how many of the hits [from, to) are left out. */
function skipFirst(hits: SearchHits, firstOf: (from: number, to: number) => number): KeptHits {
  const segmentIndexes = new Uint32Array(hits.offsets.length)
  const offsets = new Uint32Array(hits.offsets.length)
  const scores = new Float32Array(hits.offsets.length)
  const counts: number[] = []
  let from = 0
  let kept = 0
  for (const count of hits.counts) {
    const to = from + count
    const first = Math.min(to, from + firstOf(from, to))
    segmentIndexes.set(hits.segmentIndexes.subarray(first, to), kept)
    offsets.set(hits.offsets.subarray(first, to), kept)
    scores.set(hits.scores.subarray(first, to), kept)
    counts.push(to - first)
    kept += to - first
    from = to
  }
  const rows = {
    segmentIndexes: segmentIndexes.subarray(0, kept),
    offsets: offsets.subarray(0, kept),
  }
  return { counts, rows, scores: scores.subarray(0, kept) }
}

function sameGroup(column: Column): (one: number, other: number) => boolean {
  const isSame = sameValue(column)
  const validity = 'validity' in column ? column.validity : undefined
  if (validity === undefined) return isSame
  // Rows without a value are a group too.
  return (one, other) => {
    const isThere = hasValue(validity, one)
    return isThere === hasValue(validity, other) && (!isThere || isSame(one, other))
  }
}

function sameValue(column: Column): (one: number, other: number) => boolean {
  if (column.type === 'VarChar') {
    const { offsets, bytes } = column
    const valueOf = (row: number) => bytes.subarray(offsets[row], offsets[row + 1])
    return (one, other) => Buffer.compare(valueOf(one), valueOf(other)) === 0
  }
  if (!isFixedColumn(column)) return () => false
  const { values } = column
  return (one, other) => values[one] === values[other]
}

export function rounded(scores: Float32Array, decimals: number): Float32Array {
  if (decimals < 0) return scores
  const factor = 10 ** decimals
  return scores.map((score) => Math.round(score * factor) / factor)
}
