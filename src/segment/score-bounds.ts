import { isSimilarity, type Metric } from '../schema/metric.ts'

/**
 * Where scores of interest lie, in Milvus's terms. Distances, of which small ones are near:
 *
 *     after, exclusive │ range_filter ≤ score < radius
 *
 * and similarities, of which large ones are:
 *
 *     after, exclusive │ range_filter ≥ score > radius
 */
export interface ScoreBounds {
  readonly radius?: number | undefined
  readonly rangeFilter?: number | undefined
  /** The score at which an earlier page of the same search has ended. */
  readonly after?: number | undefined
}

export type ScorePlace = 'too near' | 'within' | 'too far'

/** Says where a score lies; scores are float32, so that bounds count as rounded to it. */
export function scorePlaces(metric: Metric, bounds: ScoreBounds): (score: number) => ScorePlace {
  // A similarity turned around is a distance.
  const sign = isSimilarity(metric) ? -1 : 1
  const bound = (given: number | undefined, none: number): number =>
    given === undefined ? none : sign * Math.fround(given)
  const from = bound(bounds.rangeFilter, Number.NEGATIVE_INFINITY)
  const after = bound(bounds.after, Number.NEGATIVE_INFINITY)
  const to = bound(bounds.radius, Number.POSITIVE_INFINITY)
  return (score) => {
    const distance = sign * score
    if (distance >= to) return 'too far'
    return distance < from || distance <= after ? 'too near' : 'within'
  }
}
