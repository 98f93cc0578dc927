import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../../src/base/random.ts'
import { metricsOf } from '../../../src/schema/element-type.ts'
import type { Metric } from '../../../src/schema/metric.ts'
import type { PrimaryKeys, RowBatch } from '../../../src/schema/row-batch.ts'
import type { GrowingSegment } from '../../../src/segment/growing-segment.ts'
import { readColumn } from '../../../src/segment/read-segments.ts'
import { type SearchHits, searchSegments } from '../../../src/segment/search-segments.ts'
import { SegmentRows } from '../../../src/segment/segment-rows.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { at, growing, keyFieldId, keysOf, rowIdsOf, vectorFieldId, vectorSchema } from './sample.ts'

const dimension = 3
const schema = vectorSchema('Int64', dimension)

/** Rows by key and vector; vectors on a small grid, so that scores are exact and tie. */
interface Row {
  readonly key: number
  readonly vector: readonly number[]
}

function segmentOf(rows: readonly Row[]): GrowingSegment {
  const segment = growing(schema)
  const keys = keysOf(
    'Int64',
    rows.map(({ key }) => key),
  )
  segment.append(batchOf(keys, rows), rowIdsOf(rows.length), at(1))
  return segment
}

function batchOf(keys: PrimaryKeys, rows: readonly Row[]): RowBatch {
  const bytes = bytesOf(rows.flatMap(({ vector }) => vector))
  const vectors = { type: 'FloatVector', dimension, bytes } as const
  const column = {
    type: 'Int64',
    values: keys.type === 'Int64' ? keys.values : new BigInt64Array(),
  } as const
  const columns = new Map<typeof keyFieldId, typeof vectors | typeof column>([
    [keyFieldId, column],
    [vectorFieldId, vectors],
  ])
  return { rowCount: rows.length, columns }
}

function bytesOf(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer)
}

interface Search {
  readonly metric: Metric
  readonly queries: readonly (readonly number[])[]
  readonly topk: number
}

function search(
  segments: readonly GrowingSegment[],
  { metric, queries, topk }: Search,
): SearchHits {
  const rows = segments.map((segment) => SegmentRows.attach(segment.handle()))
  try {
    return searchSegments(rows, {
      fieldId: vectorFieldId,
      metric,
      queries: bytesOf(queries.flat()),
      queryCount: queries.length,
      topk,
      params: {},
      readAt: at(10),
      visibleAfter: at(0),
    })
  } finally {
    for (const one of rows) one[Symbol.dispose]()
  }
}

/** Every key once, by its best row; ties by key. */
function expected(segments: readonly (readonly Row[])[], metric: Metric, query: readonly number[]) {
  const sign = metric === 'L2' ? 1 : -1
  const best = new Map<number, number>()
  for (const { key, vector } of segments.flat()) {
    const score = scoreOf(metric, query, vector)
    const known = best.get(key)
    if (known === undefined || sign * score < sign * known) best.set(key, score)
  }
  return [...best]
    .map(([key, score]) => ({ key, score }))
    .toSorted((a, b) => sign * (a.score - b.score) || a.key - b.key)
}

function scoreOf(metric: Metric, left: readonly number[], right: readonly number[]): number {
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
  if (metric === 'IP') return dot(left, right)
  if (metric === 'L2')
    return left.reduce((sum, a, index) => sum + (a - (right[index] ?? 0)) ** 2, 0)
  const norms = Math.sqrt(dot(left, left) * dot(right, right))
  return norms === 0 ? 0 : dot(left, right) / norms
}

function found(segments: readonly GrowingSegment[], hits: SearchHits) {
  const keys = readColumn(segments, keyFieldId, hits)
  if (keys.type !== 'Int64') throw new Error('Keys are Int64')
  return Array.from(keys.values, (key, index) => ({
    key: Number(key),
    score: hits.scores[index] ?? Number.NaN,
  }))
}

function randomRows(random: Random, count: number, keyCount: number): readonly Row[] {
  return Array.from({ length: count }, () => ({
    key: random.below(keyCount),
    vector: Array.from({ length: dimension }, () => random.below(5) - 2),
  }))
}

describe('a search of several segments', () => {
  it('finds the same as looking at every row, each key once, ties by key', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    for (let round = 0; round < 60; round++) {
      const keyCount = 1 + random.below(200)
      const rows = Array.from({ length: 1 + random.below(4) }, () =>
        randomRows(random, 1 + random.below(60), keyCount),
      )
      const segments = rows.map(segmentOf)
      // Cosines of grid vectors are not exact: their ties are looked at on their own.
      const metric: Metric = random.below(2) === 0 ? 'L2' : 'IP'
      const queries = Array.from({ length: 1 + random.below(3) }, () =>
        Array.from({ length: dimension }, () => random.below(5) - 2),
      )
      // Enough that no tie at the cut can hide behind a segment's own cut.
      const hits = search(segments, { metric, queries, topk: 300 })
      const all = found(segments, hits)
      let from = 0
      for (const [index, query] of queries.entries()) {
        const to = from + (hits.counts[index] ?? 0)
        expect(all.slice(from, to), `seed ${seed}`).toEqual(expected(rows, metric, query))
        from = to
      }
      expect(from).toBe(all.length)
    }
  })

  for (const metric of metricsOf('float32')) {
    it(`puts the best first by ${metric}`, () => {
      const random = seededRandom(5)
      const rows = [randomRows(random, 40, 1000), randomRows(random, 40, 1000)]
      const segments = rows.map(segmentOf)
      const query = [1, 2, -1]
      const hits = search(segments, { metric, queries: [query], topk: 10 })
      const scores = found(segments, hits).map(({ score }) => score)
      const best = expected(rows, metric, query).slice(0, 10)
      expect(scores).toHaveLength(10)
      for (const [index, { score }] of best.entries()) expect(scores[index]).toBeCloseTo(score, 5)
    })
  }

  it('looks on when one key fills the first hits', () => {
    const copies = Array.from({ length: 500 }, () => ({ key: 1, vector: [0, 0, 0] }))
    const others = [2, 3, 4].map((key) => ({ key, vector: [key, 0, 0] }))
    const segment = segmentOf([...copies, ...others])
    const hits = search([segment], { metric: 'L2', queries: [[0, 0, 0]], topk: 3 })
    expect(found([segment], hits).map(({ key }) => key)).toEqual([1, 2, 3])
  })

  it('gives what there is when there are fewer keys than were asked for', () => {
    const segment = segmentOf([{ key: 1, vector: [0, 0, 0] }])
    const empty = growing(schema)
    const hits = search([empty, segment], {
      metric: 'L2',
      queries: [
        [0, 0, 0],
        [1, 0, 0],
      ],
      topk: 5,
    })
    expect(Array.from(hits.counts)).toEqual([1, 1])
    expect(Array.from(hits.segmentIndexes)).toEqual([1, 1])
    const none = search([empty], { metric: 'L2', queries: [[0, 0, 0]], topk: 5 })
    expect(Array.from(none.counts)).toEqual([0])
    expect(search([], { metric: 'L2', queries: [[0, 0, 0]], topk: 5 }).offsets).toHaveLength(0)
  })

  it('orders equal scores by key, across segments and at the cut', () => {
    const same = (keys: readonly number[]) =>
      segmentOf(keys.map((key) => ({ key, vector: [1, 1, 1] })))
    const segments = [same([9, 3]), same([5, 1]), same([7])]
    for (const topk of [1, 2, 3, 4, 5]) {
      const hits = search(segments, { metric: 'L2', queries: [[1, 1, 1]], topk })
      const keys = found(segments, hits).map(({ key }) => key)
      expect(keys).toEqual(keys.toSorted((left, right) => left - right))
      expect(keys).toHaveLength(topk)
    }
  })
})
