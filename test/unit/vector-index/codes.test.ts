import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { metricsOf } from '../../../src/schema/element-type.ts'
import { searchExact } from '../../../src/vector-index/exact-search.ts'
import type { Rows } from './vectors.ts'
import {
  buildIndexOf,
  bytesOf,
  clusteredRows,
  distanceOf,
  distancesOf,
  excludedBits,
  graphSpec,
  offsetsOf,
  recallOf,
  storeOf,
} from './vectors.ts'

const floatMetrics = metricsOf('float32')

/**
 * Graphs are walked on codes of seven bits. These rows are such that codes alone would not do, or
 * that the arithmetic of codes is at its limits.
 */
const random = seededRandom(77)
const count = 4000

const hardRows: readonly (readonly [string, Rows])[] = [
  ['clumps far narrower than a code', clumps(1e6, 12)],
  ['points on a plane', uniform(2, 100)],
  ['points on a line', uniform(1, 1)],
  ['one element a thousand times as wide', stretched(1000)],
  ['a few rows far out', outliers()],
  ['far from the origin', clusteredRows(count, 24, 5).map((row) => row.map((x) => x + 1e4))],
  ['tiny numbers', clusteredRows(count, 24, 6).map((row) => row.map((x) => x * 1e-18))],
  ['only zeros and ones', Array.from({ length: count }, () => bits(64))],
  ['a thousand copies of few rows', Array.from({ length: count }, (_, i) => copyOf(i % 4))],
]

describe('a walk on codes', () => {
  it.each(hardRows)('or on the rows instead finds what is near: %s', (_, rows) => {
    const store = storeOf(rows)
    const index = buildIndexOf(store, graphSpec('L2'))
    const queries = rows.filter((_, row) => row % 40 === 0)
    const request = { queryCount: queries.length, queries: bytesOf(queries), topk: 10 }
    const exact = searchExact(store, { ...request, metric: 'L2' })
    const hits = index.search({ ...request, params: { ef: 100 } })
    // By distance, as copies are as near as one another.
    let found = 0
    for (let query = 0; query < queries.length; query++) {
      const farthest = distancesOf(exact, query)[9] ?? 0
      found += distancesOf(hits, query).filter((distance) => distance <= farthest).length
    }
    expect(found / (10 * queries.length)).toBeGreaterThan(0.95)
  })

  it.each(floatMetrics)('gives exact distances by %s, in order', (metric) => {
    const rows = clusteredRows(3000, 50, 12)
    const index = buildIndexOf(storeOf(rows), graphSpec(metric))
    const query = rows[1234] ?? new Float32Array()
    const hits = index.search({
      queryCount: 1,
      queries: bytesOf([query]),
      topk: 20,
      params: { ef: 50 },
    })
    const distances = distancesOf(hits, 0)
    for (const [place, offset] of offsetsOf(hits, 0).entries()) {
      const exact = distanceOf(metric, query, rows[offset] ?? new Float32Array())
      expect(Math.abs((distances[place] ?? 0) - exact)).toBeLessThan(1e-4 * (1 + Math.abs(exact)))
    }
    const sorted = distances.toSorted((a, b) => (metric === 'L2' ? a - b : b - a))
    expect(distances).toEqual(sorted)
  })

  it.each([0.6, 0.3, 0.1, 0.03, 0.01, 0.001])('keeps recall where %d of rows are in', (share) => {
    const all = clusteredRows(20_050, 24, 13)
    const [rows, queries] = [all.slice(0, 20_000), all.slice(20_000)]
    const store = storeOf(rows)
    const index = buildIndexOf(store, graphSpec('COSINE', { efConstruction: 60 }))
    const excluded = excludedBits(rows.length, () => random.next() >= share)
    const request = { queryCount: 50, queries: bytesOf(queries), topk: 10, excluded }
    const exact = searchExact(store, { ...request, metric: 'COSINE' })
    expect(recallOf(index.search({ ...request, params: { ef: 32 } }), exact)).toBeGreaterThan(0.95)
  })
})

function uniform(dimension: number, width: number): Rows {
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: dimension }, () => width * random.next()),
  )
}

function clumps(width: number, dimension: number): Rows {
  const centres = Array.from({ length: 40 }, () =>
    Float32Array.from({ length: dimension }, () => width * random.next()),
  )
  return Array.from({ length: count }, (_, row) =>
    Float32Array.from(centres[row % 40] ?? [], (x) => x + 100 * random.next()),
  )
}

function stretched(factor: number): Rows {
  return clusteredRows(count, 16, 3).map((row) => row.map((x, i) => (i === 0 ? factor * x : x)))
}

function outliers(): Rows {
  const rows = clusteredRows(count, 32, 4)
  return rows.map((row, i) => (i % 1000 === 0 ? row.map((x) => 1e4 * x) : row))
}

function bits(length: number): Float32Array {
  return Float32Array.from({ length }, () => random.below(2))
}

function copyOf(which: number): Float32Array {
  return Float32Array.of(which, which * which, 1, 0)
}
