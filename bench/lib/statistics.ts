/** The smallest value that at least `share` of the values do not exceed: the nearest-rank quantile. */
export function quantile(values: ArrayLike<number>, share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = Float64Array.from(values).sort()
  const rank = Math.max(1, Math.ceil(share * sorted.length))
  return sorted[rank - 1] ?? Number.NaN
}

export function median(values: ArrayLike<number>): number {
  if (values.length === 0) return Number.NaN
  const sorted = Float64Array.from(values).sort()
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (lower + upper) / 2
}

/** The share of each query's first `k` exact ids that is among the first `k` found, on average. */
export function meanRecall(
  found: readonly (readonly number[])[],
  exact: readonly Int32Array[],
  k: number,
): number {
  let hits = 0
  for (const [query, ids] of found.entries()) {
    const wanted = new Set(exact[query]?.subarray(0, k))
    hits += ids.slice(0, k).filter((id) => wanted.has(id)).length
  }
  return hits / (found.length * k)
}
