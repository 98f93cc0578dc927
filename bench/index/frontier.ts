/** One setting's outcome. */
export interface Point {
  readonly width: number
  readonly recall: number
  readonly qps: number
}

/** The points that no other beats in both, by rising recall and so by falling speed. */
export function frontierOf(points: readonly Point[]): readonly Point[] {
  const byRecall = points.toSorted((a, b) => b.recall - a.recall || b.qps - a.qps)
  const kept: Point[] = []
  let fastest = 0
  for (const point of byRecall) {
    if (point.qps <= fastest) continue
    fastest = point.qps
    kept.unshift(point)
  }
  return kept
}

/**
 * How fast at a recall, between two points of the frontier: the logarithm of the speed goes by the
 * logarithm of what is missed, which is close to what graphs do. Faster than the frontier's first
 * point nobody has measured, so below its recall the speed is that point's; above its last it is
 * undefined.
 */
export function qpsAt(points: readonly Point[], recall: number): number | undefined {
  const frontier = frontierOf(points)
  const next = frontier.findIndex((point) => point.recall >= recall)
  if (next === -1) return undefined
  const above = frontier[next]
  const below = frontier[next - 1]
  if (above === undefined || below === undefined) return above?.qps
  const [from, to, at] = [below.recall, above.recall, recall].map(missed)
  if (from === undefined || to === undefined || at === undefined) return undefined
  const share = (at - from) / (to - from)
  return Math.exp(Math.log(below.qps) + share * (Math.log(above.qps) - Math.log(below.qps)))
}

/** A recall of one misses less than could be seen. */
function missed(recall: number): number {
  return Math.log(Math.max(1 - recall, 1e-6))
}
