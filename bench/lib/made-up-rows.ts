import type { Random } from '../../src/base/random.ts'
import { seededRandom } from '../../src/base/random.ts'
import { mixtureSampler } from './synthetic.ts'

/** Made-up rows for filtered reads: clustered vectors, and scalars that have nothing to do with them. */
export interface MadeUpRows {
  readonly count: number
  readonly dimension: number
  readonly vectors: Float32Array
  /** Even in [0, `bucketCount`): what filters of any share are made of. */
  readonly buckets: Int32Array
  /** One of `labelCount`. */
  readonly labels: Uint8Array
  /** Whole numbers in [0, `numberMax`), hardly any twice. */
  readonly numbers: Float64Array
  /** Of the same clusters, in no row. */
  readonly queries: readonly Float32Array[]
}

export const bucketCount = 1_000
export const labelCount = 10
export const numberMax = 1_000_000_000

export interface MadeUpShape {
  readonly seed: number
  readonly count: number
  readonly dimension: number
  readonly queryCount: number
}

export function makeUpRows({ seed, count, dimension, queryCount }: MadeUpShape): MadeUpRows {
  const random = seededRandom(seed)
  const draw = mixtureSampler(seededRandom(seed + 1), dimension)
  return {
    count,
    dimension,
    vectors: draw(count),
    queries: Array.from({ length: queryCount }, () => draw(1)),
    buckets: Int32Array.from({ length: count }, () => random.below(bucketCount)),
    labels: Uint8Array.from({ length: count }, () => random.below(labelCount)),
    numbers: Float64Array.from({ length: count }, () => random.below(numberMax)),
  }
}

export function labelOf(label: number): string {
  return `label_${label}`
}

export function vectorOf({ vectors, dimension }: MadeUpRows, row: number): Float32Array {
  return vectors.subarray(row * dimension, (row + 1) * dimension)
}

/** A run of buckets that holds such a share of the rows, somewhere. */
export function bucketRange(share: number, random: Random): { from: number; to: number } {
  const width = Math.max(1, Math.round(share * bucketCount))
  const from = random.below(bucketCount - width + 1)
  return { from, to: from + width }
}

/** The nearest of the rows that pass, by squared Euclidean distance, nearest first; plain arithmetic. */
export function exactHits(
  rows: Pick<MadeUpRows, 'count' | 'vectors' | 'dimension'>,
  query: Float32Array,
  passes: (row: number) => boolean,
  topk: number,
): Int32Array {
  const hits: { row: number; distance: number }[] = []
  let bound = Number.POSITIVE_INFINITY
  for (let row = 0; row < rows.count; row++) {
    if (!passes(row)) continue
    const distance = squaredDistance(query, rows.vectors, row * rows.dimension)
    if (distance >= bound) continue
    let at = hits.length
    while (at > 0 && distance < (hits[at - 1]?.distance ?? 0)) at -= 1
    hits.splice(at, 0, { row, distance })
    hits.length = Math.min(hits.length, topk)
    if (hits.length === topk) bound = hits.at(-1)?.distance ?? bound
  }
  return Int32Array.from(hits, ({ row }) => row)
}

function squaredDistance(query: Float32Array, vectors: Float32Array, start: number): number {
  let sum = 0
  for (let column = 0; column < query.length; column++) {
    const difference = (query[column] ?? 0) - (vectors[start + column] ?? 0)
    sum += difference * difference
  }
  return sum
}
