import { neighbourCount } from './data-set.ts'

/**
 * Ids of the nearest base vectors of each query by squared Euclidean distance, nearest first, ties
 * by id. Plain arithmetic and no index, on purpose: it is what the engine is judged by.
 */
export function exactNeighbours(
  base: Float32Array,
  queries: Float32Array,
  dimension: number,
): Int32Array {
  const count = base.length / dimension
  const queryCount = queries.length / dimension
  const neighbours = new Int32Array(queryCount * neighbourCount)
  const distances = new Float64Array(count)
  const ids = new Uint32Array(count)
  for (let query = 0; query < queryCount; query++) {
    const at = queries.subarray(query * dimension, (query + 1) * dimension)
    for (let row = 0; row < count; row++) {
      distances[row] = squaredDistance(at, base, row * dimension)
      ids[row] = row
    }
    const nearer = (left: number, right: number): number =>
      (distances[left] ?? 0) - (distances[right] ?? 0) || left - right
    const near = nearestOf(ids, distances, nearer)
    neighbours.set(near, query * neighbourCount)
  }
  return neighbours
}

/** Sorting all of them would take longer than the distances: first cut at a sampled threshold. */
function nearestOf(
  ids: Uint32Array,
  distances: Float64Array,
  nearer: (left: number, right: number) => number,
): Uint32Array {
  const sample = distances.filter((_, row) => row % 16 === 0).sort()
  const threshold = sample[Math.ceil((2 * neighbourCount) / 16)] ?? Number.POSITIVE_INFINITY
  const candidates = ids.filter((row) => (distances[row] ?? 0) <= threshold)
  const all = candidates.length >= neighbourCount ? candidates : ids.slice()
  return all.sort(nearer).subarray(0, neighbourCount)
}

function squaredDistance(query: Float32Array, base: Float32Array, start: number): number {
  let sum = 0
  for (let column = 0; column < query.length; column++) {
    const difference = (query[column] ?? 0) - (base[start + column] ?? 0)
    sum += difference * difference
  }
  return sum
}
