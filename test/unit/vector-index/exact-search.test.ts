import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { metricsOf } from '../../../src/schema/element-type.ts'
import { searchExact } from '../../../src/vector-index/exact-search.ts'
import { createVectorStore } from '../../../src/vector-index/vector-store.ts'
import { codeThrown } from '../../support/error-code.ts'
import {
  bytesOf,
  clusteredRows,
  distancesOf,
  excludedBits,
  misalign,
  nearestOf,
  offsetsOf,
  storeOf,
} from './vectors.ts'

const floatMetrics = metricsOf('float32')

const filters: readonly [string, ((row: number) => boolean) | undefined][] = [
  ['no filter', undefined],
  ['no row out', () => false],
  ['all rows out', () => true],
  ['one row out', (row) => row === 7],
  ['one row in', (row) => row !== 123],
  ['every third row in', (row) => row % 3 !== 0],
  ['a run of rows out', (row) => row >= 64 && row < 200],
]

describe('exact search', () => {
  describe.each(floatMetrics)('by %s', (metric) => {
    it.each(filters)('is what a naive scan finds with %s', (_, isOut) => {
      const rows = clusteredRows(301, 20, 17)
      const queries = clusteredRows(9, 20, 18)
      const excluded = isOut && excludedBits(rows.length, isOut)
      const hits = searchExact(storeOf(rows), {
        metric,
        queryCount: queries.length,
        queries: misalign(bytesOf(queries)),
        topk: 10,
        excluded,
      })
      for (const [index, query] of queries.entries()) {
        const naive = nearestOf(rows, query, { metric, topk: 10, excluded })
        expect(offsetsOf(hits, index)).toEqual(naive.map(({ offset }) => offset))
        for (const [place, distance] of distancesOf(hits, index).entries()) {
          expect(distance).toBeCloseTo(naive[place]?.distance ?? 0, 3)
        }
      }
    })

    it.each([1, 2, 3, 5, 16, 67, 784])(
      'finds each of its own rows at dimension %i',
      (dimension) => {
        const rows = clusteredRows(40, dimension, dimension)
        const store = storeOf(rows)
        const request = { metric, queryCount: 40, queries: bytesOf(rows), topk: 3 }
        const hits = searchExact(store, request)
        for (const [index, query] of rows.entries()) {
          const naive = nearestOf(rows, query, { metric, topk: 3 })
          const best = distancesOf(hits, index)[0] ?? Number.NaN
          expect(best).toBeCloseTo(naive[0]?.distance ?? 0, 2)
        }
      },
    )
  })

  it('gives a query the same distances alone and in company', () => {
    const rows = clusteredRows(500, 33, 2)
    const queries = clusteredRows(7, 33, 3)
    const store = storeOf(rows)
    for (const metric of floatMetrics) {
      const request = { metric, topk: 20 }
      const together = searchExact(store, { ...request, queryCount: 7, queries: bytesOf(queries) })
      for (const [index, query] of queries.entries()) {
        const alone = searchExact(store, { ...request, queryCount: 1, queries: bytesOf([query]) })
        expect(distancesOf(alone, 0)).toEqual(distancesOf(together, index))
      }
    }
  })

  it('puts equal rows in row order', () => {
    const row = Float32Array.of(1, 2, 3)
    const store = storeOf(Array.from({ length: 30 }, () => row))
    for (const metric of floatMetrics) {
      const request = { metric, queryCount: 1, queries: bytesOf([row]), topk: 12 }
      expect(offsetsOf(searchExact(store, request), 0)).toEqual(
        Array.from({ length: 12 }, (_, i) => i),
      )
    }
  })

  it('has a zero vector at cosine 0, as a row and as a query', () => {
    const store = storeOf([Float32Array.of(1, 0), Float32Array.of(0, 0), Float32Array.of(-1, 0)])
    const request = { metric: 'COSINE', queryCount: 1, topk: 3 } as const
    const near = searchExact(store, { ...request, queries: bytesOf([Float32Array.of(2, 0)]) })
    expect(distancesOf(near, 0)).toEqual([1, 0, -1])
    const zero = searchExact(store, { ...request, queries: bytesOf([Float32Array.of(0, 0)]) })
    expect(distancesOf(zero, 0)).toEqual([0, 0, 0])
  })

  it('puts rows whose distance overflows last', () => {
    const store = storeOf([Float32Array.of(3e38, -3e38), Float32Array.of(1, 1)])
    for (const metric of ['L2', 'IP'] as const) {
      const queries = bytesOf([Float32Array.of(3e38, 3e38)])
      const hits = searchExact(store, { metric, queryCount: 1, queries, topk: 2 })
      expect(hits.counts[0]).toBe(2)
    }
  })

  it('looks only at rows before the one that it is told', () => {
    const rows = clusteredRows(100, 8, 4)
    const store = storeOf(rows)
    const queries = bytesOf(rows.slice(50, 51))
    const request = { metric: 'L2', queryCount: 1, queries, topk: 100, rowCount: 50 } as const
    const offsets = offsetsOf(searchExact(store, request), 0)
    expect(offsets.length).toBe(50)
    expect(Math.max(...offsets)).toBe(49)
  })

  it('finds nothing in a store without rows', () => {
    const store = createVectorStore({ dimension: 4 })
    const hits = searchExact(store, {
      metric: 'L2',
      queryCount: 3,
      queries: new Uint8Array(48),
      topk: 5,
    })
    expect(Array.from(hits.counts)).toEqual([0, 0, 0])
    expect(hits.stride).toBe(0)
  })

  it('answers the most hits that may be asked for, over more rows than a bitset block has', () => {
    const rowCount = 300_000
    const store = createVectorStore({ dimension: 1 })
    const values = Float32Array.from({ length: rowCount }, (_, row) => (row * 7919) % rowCount)
    store.append(new Uint8Array(values.buffer), rowCount)
    const excluded = excludedBits(rowCount, (row) => (values[row] ?? 0) % 2 === 1)
    const queries = bytesOf([Float32Array.of(0), Float32Array.of(rowCount), Float32Array.of(0)])
    const request = {
      metric: 'L2',
      queryCount: 3,
      queries,
      topk: limits.topkMax,
      excluded,
    } as const
    const hits = searchExact(store, request)
    expect(Array.from(hits.counts)).toEqual([limits.topkMax, limits.topkMax, limits.topkMax])
    for (const [place, offset] of offsetsOf(hits, 2).entries())
      expect(values[offset]).toBe(2 * place)
  })

  it.each([
    ['no query', { queryCount: 0, queries: new Uint8Array(0) }],
    ['too many queries', { queryCount: limits.queryCountMax + 1 }],
    ['no hit', { topk: 0 }],
    ['half a hit', { topk: 1.5 }],
    ['too many hits', { topk: limits.topkMax + 1 }],
    ['queries of another dimension', { queries: new Uint8Array(12) }],
    ['a short bitset', { excluded: new Uint8Array(1) }],
  ])('refuses %s', (_, change) => {
    const store = storeOf(clusteredRows(100, 4, 1))
    const request = { metric: 'L2', queryCount: 1, queries: new Uint8Array(16), topk: 1 } as const
    expect(codeThrown(() => searchExact(store, { ...request, ...change }))).toBe('INVALID_ARGUMENT')
  })
})
