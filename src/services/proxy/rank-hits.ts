import { isSimilarity, type Metric } from '../../schema/metric.ts'
import type { PrimaryKeys } from '../../schema/row-batch.ts'
import type { Ranking } from './proxy.ts'

/** One search's hits of one query, best first. */
export interface RankedList {
  readonly metric: Metric
  readonly keys: readonly (bigint | string)[]
  readonly scores: Float32Array
  /** What each hit is known by to the caller. */
  readonly places: readonly number[]
}

export interface FusedHit {
  readonly key: bigint | string
  readonly score: number
  /** Of the key's hit in the first list that has it. */
  readonly place: number
}

/**
 * Brings the hits of several searches for one thing together, best first, ties by key: by their
 * ranks (Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual
 * rank learning methods", 2009), or by weighted scores.
 */
export function fuse(lists: readonly RankedList[], ranking: Ranking): readonly FusedHit[] {
  const scoreOf = ranking.kind === 'rrf' ? byRank(ranking.k) : byWeight(lists, ranking)
  const fused = new Map<bigint | string, { score: number; readonly place: number }>()
  for (const [listIndex, { keys, scores, places }] of lists.entries()) {
    for (const [rank, key] of keys.entries()) {
      const score = scoreOf({ listIndex, rank, score: scores[rank] ?? Number.NaN })
      const known = fused.get(key)
      if (known === undefined) fused.set(key, { score, place: places[rank] ?? 0 })
      else known.score += score
    }
  }
  const sign = areDistances(lists, ranking) ? 1 : -1
  const hits = Array.from(fused, ([key, { score, place }]) => ({ key, score, place }))
  return hits.sort((one, other) => {
    return sign * (one.score - other.score) || (one.key < other.key ? -1 : 1)
  })
}

interface ListedHit {
  readonly listIndex: number
  /** From zero. */
  readonly rank: number
  readonly score: number
}

function byRank(k: number): (hit: ListedHit) => number {
  return ({ rank }) => 1 / (k + rank + 1)
}

function byWeight(
  lists: readonly RankedList[],
  ranking: Extract<Ranking, { kind: 'weighted' }>,
): (hit: ListedHit) => number {
  const { weights, isNormalized } = ranking
  const areAlike = areDistances(lists, ranking)
  const norms = lists.map(({ metric }) => {
    if (isNormalized) return norm[metric]
    // Distances among similarities are turned around, or the far would count for near.
    return !isSimilarity(metric) && !areAlike ? norm[metric] : asIs
  })
  return ({ listIndex, score }) => (weights[listIndex] ?? 0) * (norms[listIndex] ?? asIs)(score)
}

/** Whether small scores are good ones: raw distances and nothing else. */
function areDistances(lists: readonly RankedList[], ranking: Ranking): boolean {
  if (ranking.kind === 'rrf' || ranking.isNormalized) return false
  return lists.every(({ metric }) => !isSimilarity(metric))
}

function asIs(score: number): number {
  return score
}

/** Scores brought to 0 … 1, larger for nearer, as Milvus does it. */
const norm: Readonly<Record<Metric, (score: number) => number>> = {
  L2: fromDistance,
  IP: (product) => 0.5 + Math.atan(product) / Math.PI,
  COSINE: (cosine) => (1 + cosine) / 2,
  HAMMING: fromDistance,
  JACCARD: fromDistance,
}

function fromDistance(distance: number): number {
  return 1 - (2 * Math.atan(distance)) / Math.PI
}

/** Keys as one by one values. */
export function keyList(keys: PrimaryKeys): readonly (bigint | string)[] {
  return keys.type === 'Int64' ? [...keys.values] : keys.values
}
