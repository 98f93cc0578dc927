import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { metricsOf } from '../../../src/schema/element-type.ts'
import {
  builtRowCount,
  cancelBuild,
  createBuildControl,
} from '../../../src/vector-index/build-control.ts'
import { searchExact } from '../../../src/vector-index/exact-search.ts'
import { parseIndexSpec } from '../../../src/vector-index/index-types.ts'
import { indexSizeBytes, openIndex, prepareIndex } from '../../../src/vector-index/vector-index.ts'
import { createVectorStore } from '../../../src/vector-index/vector-store.ts'
import { codeThrown } from '../../support/error-code.ts'
import {
  buildIndexOf,
  bytesOf,
  clusteredRows,
  distancesOf,
  excludedBits,
  graphSpec,
  isSet,
  offsetsOf,
  recallOf,
  storeOf,
} from './vectors.ts'

const floatMetrics = metricsOf('float32')

const rowCount = 6000
const all = clusteredRows(rowCount + 100, 40, 100)
const rows = all.slice(0, rowCount)
const queries = all.slice(rowCount)
const request = {
  queryCount: queries.length,
  queries: bytesOf(queries),
  topk: 10,
  params: { ef: 64 },
}

describe.each(floatMetrics)('a graph index by %s', (metric) => {
  const store = storeOf(rows)
  const index = buildIndexOf(store, graphSpec(metric))

  it('finds nearly all of the nearest rows, with their exact distances', () => {
    const exact = searchExact(store, { ...request, metric })
    const hits = index.search(request)
    expect(recallOf(hits, exact)).toBeGreaterThan(0.98)
    const exactDistances = new Map(
      offsetsOf(exact, 0).map((offset, i) => [offset, distancesOf(exact, 0)[i]]),
    )
    for (const [place, offset] of offsetsOf(hits, 0).entries()) {
      expect(distancesOf(hits, 0)[place]).toBe(
        exactDistances.get(offset) ?? distancesOf(hits, 0)[place],
      )
    }
  })

  it('finds more of them the wider it searches', () => {
    const exact = searchExact(store, { ...request, metric })
    const recallAt = (ef: number) => recallOf(index.search({ ...request, params: { ef } }), exact)
    expect(recallAt(400)).toBeGreaterThanOrEqual(recallAt(10))
    expect(recallAt(rowCount)).toBe(1)
  })

  it.each([
    ['no row is out', () => false],
    ['one row is out', (row: number) => row === 3],
    ['half of the rows are out', (row: number) => row % 2 === 0],
    ['nine of ten are out', (row: number) => row % 10 !== 0],
    ['all but one are out', (row: number) => row !== 4321],
    ['all rows are out', () => true],
  ])('keeps its recall where %s', (_, isOut) => {
    const excluded = excludedBits(rowCount, isOut)
    const exact = searchExact(store, { ...request, metric, excluded })
    const hits = index.search({ ...request, excluded })
    expect(Array.from(hits.counts)).toEqual(Array.from(exact.counts))
    for (const offset of offsetsOf(hits, 0)) expect(isSet(excluded, offset)).toBe(false)
    expect(exact.counts[0] === 0 || recallOf(hits, exact) > 0.9).toBe(true)
  })

  it('keeps its recall where all that is near is out', () => {
    const near = searchExact(store, {
      ...request,
      metric,
      queryCount: 1,
      queries: bytesOf(queries.slice(0, 1)),
      topk: 2000,
    })
    const out = new Set(offsetsOf(near, 0))
    const excluded = excludedBits(rowCount, (row) => out.has(row))
    const one = { ...request, queryCount: 1, queries: bytesOf(queries.slice(0, 1)), excluded }
    expect(recallOf(index.search(one), searchExact(store, { ...one, metric }))).toBeGreaterThan(0.9)
  })

  it('is the same when it is built again on the same seed, and another on another', () => {
    const again = buildIndexOf(storeOf(rows), graphSpec(metric))
    expect(fileOf(again)).toEqual(fileOf(index))
    const other = buildIndexOf(storeOf(rows), graphSpec(metric, { seed: 7 }))
    expect(fileOf(other)).not.toEqual(fileOf(index))
  })
})

describe('a graph index', () => {
  it.each([0, 1, 2, 3, 17])('over %i rows finds them all', (count) => {
    const few = rows.slice(0, count)
    const store = createVectorStore({ dimension: 40 })
    store.append(bytesOf(few), count)
    for (const metric of floatMetrics) {
      const index = buildIndexOf(store, graphSpec(metric))
      const hits = index.search({ ...request, topk: 100, params: { ef: 100 } })
      expect(hits.counts[0]).toBe(count)
      expect(new Set(offsetsOf(hits, 0)).size).toBe(count)
    }
  })

  it('over equal rows returns as many as are asked for, in row order', () => {
    const store = storeOf(Array.from({ length: 3000 }, () => Float32Array.of(1, 2, 3, 4)))
    const index = buildIndexOf(store, graphSpec('L2', { M: 4, efConstruction: 20 }))
    const queries = bytesOf([Float32Array.of(1, 2, 3, 4)])
    const hits = index.search({ queryCount: 1, queries, topk: 5, params: { ef: 10 } })
    expect(hits.counts[0]).toBe(5)
    expect(distancesOf(hits, 0)).toEqual([0, 0, 0, 0, 0])
  })

  it('leads to every row, also to islands far from all others', () => {
    const random = seededRandom(11)
    const islands = Array.from({ length: 5000 }, (_, row) =>
      Float32Array.of((row >> 6) * 1000, random.next(), random.next(), random.next()),
    )
    const index = buildIndexOf(storeOf(islands), graphSpec('L2', { M: 8, efConstruction: 40 }))
    const hits = index.search({
      queryCount: islands.length,
      queries: bytesOf(islands),
      topk: 1,
      params: { ef: 40 },
    })
    const found = islands.filter((_, row) => hits.offsets[row] === row)
    expect(found.length / islands.length).toBeGreaterThan(0.99)
  })

  it.each([1, 2, 5, 32_768])('takes vectors of dimension %i', (dimension) => {
    const wide = clusteredRows(60, dimension, 8)
    const store = storeOf(wide)
    const index = buildIndexOf(store, graphSpec('COSINE', { M: 4, efConstruction: 20 }))
    const one = { queryCount: 1, queries: bytesOf(wide.slice(20, 21)), topk: 1, params: { ef: 60 } }
    expect(distancesOf(index.search(one), 0)[0]).toBeCloseTo(1, 5)
  })

  it('takes the most links that a row may have', () => {
    const store = storeOf(rows.slice(0, 2000))
    const index = buildIndexOf(store, graphSpec('L2', { M: 2048, efConstruction: 10 }))
    const exact = searchExact(store, { ...request, metric: 'L2' })
    expect(recallOf(index.search({ ...request, params: { ef: 10 } }), exact)).toBeGreaterThan(0.99)
  })

  it('takes as much memory as was foretold', () => {
    const spec = graphSpec('COSINE')
    const store = storeOf(rows)
    store.seal()
    const before = store.memoryBytes
    const { sizeBytes } = prepareIndex(store, spec)
    expect(sizeBytes).toBe(indexSizeBytes(spec, 40, rowCount))
    expect(store.memoryBytes - before).toBe(sizeBytes)
  })

  it('is refused before it is made when no memory could hold it', () => {
    const spec = graphSpec('L2', { M: 2048 })
    expect(codeThrown(() => indexSizeBytes(spec, 4, 10_000_000))).toBe('MEMORY_LIMIT_EXCEEDED')
  })

  it('tells how far its build has come', () => {
    const store = storeOf(rows)
    store.seal()
    const control = createBuildControl()
    openIndex(store, prepareIndex(store, graphSpec('L2'))).build(control)
    expect(builtRowCount(control)).toBe(rowCount)
  })

  it('stops its build when that is canceled', () => {
    const store = storeOf(rows)
    store.seal()
    const control = createBuildControl()
    cancelBuild(control)
    const index = openIndex(store, prepareIndex(store, graphSpec('L2')))
    expect(codeThrown(() => index.build(control))).toBe('CANCELED')
    expect(builtRowCount(control)).toBe(0)
  })

  it('survives rows whose distances overflow', () => {
    const extreme = rows.slice(0, 2000).map((row) => row.map((value) => value * 3e37))
    for (const metric of floatMetrics) {
      const index = buildIndexOf(storeOf(extreme), graphSpec(metric))
      expect(index.search({ ...request, params: { ef: 50 } }).counts[0]).toBe(10)
    }
  })

  it('answers FLAT from the rows', () => {
    const store = storeOf(rows)
    const index = buildIndexOf(store, parseIndexSpec({ type: 'FLAT', metric: 'L2' }))
    const exact = searchExact(store, { ...request, metric: 'L2' })
    expect(index.search({ ...request, params: {} })).toEqual(exact)
    expect(fileOf(index).length).toBe(0)
  })
})

function fileOf(index: { serialise(): Iterable<Uint8Array> }): Uint8Array {
  return Buffer.concat([...index.serialise()])
}
