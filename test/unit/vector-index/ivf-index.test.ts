import { describe, expect, it } from 'vitest'
import { isSimilarity } from '../../../src/schema/metric.ts'
import {
  builtRowCount,
  cancelBuild,
  createBuildControl,
} from '../../../src/vector-index/build-control.ts'
import { searchExact } from '../../../src/vector-index/exact-search.ts'
import { parseSearchParams } from '../../../src/vector-index/index-types.ts'
import { indexSizeBytes, prepareIndex } from '../../../src/vector-index/vector-index.ts'
import { codeThrown } from '../../support/error-code.ts'
import { encodeElements } from './elements.ts'
import { emptyIndexOf, ivfCases, sealedStoreOf, specOf } from './ivf-cases.ts'
import { clusteredRows, distancesOf, excludedBits, offsetsOf, recallOf } from './vectors.ts'

const dimension = 48
const rowCount = 1200
const queryCount = 40
const all = clusteredRows(rowCount + queryCount, dimension, 77)
const rows = all.slice(0, rowCount)

describe.each(ivfCases)('$type over $elementType by $metric', (one) => {
  const { elementType, metric } = one
  const spec = specOf(one, dimension)
  const store = sealedStoreOf(rows, one, dimension)
  const index = emptyIndexOf(store, spec)
  const control = createBuildControl()
  index.build(control)
  const queries = encodeElements(all.slice(rowCount), elementType)
  const request = (topk: number, given: Readonly<Record<string, unknown>> = {}) => ({
    queryCount,
    queries,
    topk,
    params: parseSearchParams(spec, topk, { nprobe: 10, ...given }),
  })

  it('counts the rows that it has built', () => {
    expect(builtRowCount(control)).toBe(rowCount)
  })

  it('finds nearly all of the nearest rows in some of the lists', () => {
    const exact = searchExact(store, { ...request(10), metric })
    expect(recallOf(index.search(request(10)), exact)).toBeGreaterThan(0.95)
  })

  it('gives exact distances, best first', () => {
    const exact = searchExact(store, { ...request(rowCount), metric })
    const hits = index.search(request(20))
    for (let query = 0; query < queryCount; query++) {
      const distances = distancesOf(exact, query)
      const known = new Map(offsetsOf(exact, query).map((offset, i) => [offset, distances[i]]))
      const found = distancesOf(hits, query)
      expect(offsetsOf(hits, query).map((offset) => known.get(offset))).toEqual(found)
      const sign = isSimilarity(metric) ? -1 : 1
      expect(found).toEqual(found.toSorted((a, b) => sign * (a - b)))
    }
  })

  it('finds as many rows as are asked for, up to all, however few lists are probed', () => {
    for (const topk of [100, 700, rowCount]) {
      const hits = index.search(request(topk, { nprobe: 1, reorder_k: topk }))
      for (let query = 0; query < queryCount; query++) {
        expect(new Set(offsetsOf(hits, query)).size).toBe(topk)
      }
    }
  })

  it.each([
    ['no row', () => true],
    ['one row', (row: number) => row !== 600],
    ['a few rows', (row: number) => row % 100 !== 0],
    ['a tenth of the rows', (row: number) => row % 10 !== 3],
    ['half of the rows', (row: number) => row % 2 === 0],
    ['every row', () => false],
  ])('keeps its recall and to its filter when that lets %s in', (_, isOut) => {
    const excluded = excludedBits(rowCount, isOut)
    const exact = searchExact(store, { ...request(10), metric, excluded })
    const hits = index.search({ ...request(10), excluded })
    expect(Array.from(hits.counts)).toEqual(Array.from(exact.counts))
    for (const offset of offsetsOf(hits, 0)) expect(isOut(offset)).toBe(false)
    expect(exact.counts[0] === 0 || recallOf(hits, exact) > 0.95).toBe(true)
  })

  it('comes out the same when it is built again', () => {
    const again = emptyIndexOf(store, spec)
    again.build()
    expect(Buffer.concat([...again.serialise()])).toEqual(Buffer.concat([...index.serialise()]))
  })

  it('takes the bytes that it is said to', () => {
    const before = store.memoryBytes
    const handle = prepareIndex(store, spec)
    expect(store.memoryBytes - before).toBe(handle.sizeBytes)
    expect(handle.sizeBytes).toBe(indexSizeBytes(spec, dimension, rowCount, elementType))
    store.release(handle)
  })

  it.each([0, 1, 2, 31, 33, 79])('takes %i rows', (count) => {
    const small = sealedStoreOf(rows.slice(0, count), one, dimension)
    const of = emptyIndexOf(small, spec)
    of.build()
    const hits = of.search({
      ...request(5),
      queryCount: 1,
      queries: queries.subarray(0, queries.length / queryCount),
    })
    expect(hits.counts[0]).toBe(Math.min(5, count))
  })

  it('is canceled', () => {
    const canceled = createBuildControl()
    cancelBuild(canceled)
    expect(codeThrown(() => emptyIndexOf(store, spec).build(canceled))).toBe('CANCELED')
  })

  it('takes rows that are all alike', () => {
    const row = rows[0] ?? new Float32Array(dimension)
    const same = sealedStoreOf(
      Array.from({ length: 200 }, () => row),
      one,
      dimension,
    )
    const of = emptyIndexOf(same, spec)
    of.build()
    const hits = of.search({ ...request(7), queries, queryCount })
    expect(offsetsOf(hits, 0)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })
})

describe.each(ivfCases)('$type over $elementType by $metric of any dimension', (one) => {
  const step = one.elementType === 'binary' ? 8 : 1
  it.each([1, 2, 3, 5, 17, 130, 2048])('finds its own rows at %i', (units) => {
    const width = units * step
    const count = width > 1000 ? 60 : 200
    const some = clusteredRows(count, width, 5 + width)
    const store = sealedStoreOf(some, one, width)
    const spec = specOf(one, width)
    const index = emptyIndexOf(store, spec)
    index.build()
    const queries = encodeElements(some.slice(0, 20), one.elementType)
    const params = parseSearchParams(spec, 5, { nprobe: 16 })
    const request = { queryCount: 20, queries, topk: 5, params }
    const exact = searchExact(store, { ...request, metric: one.metric })
    const hits = index.search(request)
    // Among ties it may be another row: what counts is how near the best is.
    for (let query = 0; query < 20; query++) {
      expect(distancesOf(hits, query)[0]).toBe(distancesOf(exact, query)[0])
    }
  })
})
