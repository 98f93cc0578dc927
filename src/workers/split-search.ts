import type { SearchHits } from '../segment/search-segments.ts'
import type { SearchTask } from './tasks.ts'

/**
 * Queries that one request carries to a thread. A search of more is divided, so that it is spread
 * over the threads and does not keep small ones waiting.
 */
const queryCountMax = 64

export function splitSearch(task: SearchTask): readonly SearchTask[] {
  if (task.queryCount <= queryCountMax) return [task]
  const sizeBytes = task.queries.length / task.queryCount
  const parts: SearchTask[] = []
  for (let from = 0; from < task.queryCount; from += queryCountMax) {
    const to = Math.min(task.queryCount, from + queryCountMax)
    const queries = task.queries.subarray(from * sizeBytes, to * sizeBytes)
    parts.push({ ...task, queries, queryCount: to - from })
  }
  return parts
}

/** The hits of a divided search, in the order of its parts. */
export function joinHits(parts: readonly SearchHits[]): SearchHits {
  const [first] = parts
  if (parts.length === 1 && first !== undefined) return first
  const queryCount = parts.reduce((sum, part) => sum + part.counts.length, 0)
  const hitCount = parts.reduce((sum, part) => sum + part.offsets.length, 0)
  const joined = {
    counts: new Uint32Array(queryCount),
    segmentIndexes: new Uint32Array(hitCount),
    offsets: new Uint32Array(hitCount),
    scores: new Float32Array(hitCount),
  }
  let query = 0
  let hit = 0
  for (const part of parts) {
    joined.counts.set(part.counts, query)
    joined.segmentIndexes.set(part.segmentIndexes, hit)
    joined.offsets.set(part.offsets, hit)
    joined.scores.set(part.scores, hit)
    query += part.counts.length
    hit += part.offsets.length
  }
  return joined
}
