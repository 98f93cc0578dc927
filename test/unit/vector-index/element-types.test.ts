import { describe, expect, it } from 'vitest'
import { type ElementType, elementTypes, metricsOf } from '../../../src/schema/element-type.ts'
import type { Metric } from '../../../src/schema/metric.ts'
import { isSimilarity } from '../../../src/schema/metric.ts'
import { searchExact } from '../../../src/vector-index/exact-search.ts'
import { firstNonFinite } from '../../../src/vector-index/finite.ts'
import { parseIndexSpec } from '../../../src/vector-index/index-types.ts'
import { openIndex, prepareIndex } from '../../../src/vector-index/vector-index.ts'
import {
  createVectorStore,
  openVectorStore,
  vectorStoreSizeBytes,
} from '../../../src/vector-index/vector-store.ts'
import { codeThrown } from '../../support/error-code.ts'
import { encodeElements, fromHalf, roundElements, toHalf } from './elements.ts'
import {
  clusteredRows,
  distanceOf,
  distancesOf,
  misalign,
  offsetsOf,
  type Rows,
} from './vectors.ts'

const cases = elementTypes.flatMap((elementType) =>
  metricsOf(elementType).map((metric) => ({ elementType, metric })),
)

function storeOf(rows: Rows, elementType: ElementType) {
  const store = createVectorStore({ dimension: rows[0]?.length ?? 8, elementType })
  store.append(misalign(encodeElements(rows, elementType)), rows.length)
  return store
}

function naiveDistance(metric: Metric, a: Float32Array, b: Float32Array): number {
  if (metric !== 'HAMMING' && metric !== 'JACCARD') return distanceOf(metric, a, b)
  const differing = a.filter((bit, i) => bit !== b[i]).length
  const either = a.filter((bit, i) => bit + (b[i] ?? 0) > 0).length
  if (metric === 'HAMMING') return differing
  return either === 0 ? 1 : differing / either
}

describe.each(cases)('vectors of $elementType by $metric', ({ elementType, metric }) => {
  it.each([8, 24, 40, 128, 200])('are found as a naive scan does at dimension %i', (dimension) => {
    const all = clusteredRows(120, dimension, dimension)
    const rounded = roundElements(all, elementType)
    const store = storeOf(all.slice(0, 100), elementType)
    const queries = misalign(encodeElements(all.slice(100), elementType))
    const hits = searchExact(store, { metric, queryCount: 20, queries, topk: 100 })
    for (const [index, query] of rounded.slice(100).entries()) {
      const found = distancesOf(hits, index)
      for (const [place, offset] of offsetsOf(hits, index).entries()) {
        const exact = naiveDistance(metric, query, rounded[offset] ?? query)
        expect(Math.abs((found[place] ?? 0) - exact)).toBeLessThan(1e-5 * (1 + Math.abs(exact)))
      }
      const sign = isSimilarity(metric) ? -1 : 1
      expect(found).toEqual(found.toSorted((a, b) => sign * (a - b)))
      expect(new Set(offsetsOf(hits, index)).size).toBe(100)
    }
  })

  it('are scanned by an index that is nothing but the rows', () => {
    const all = clusteredRows(60, 32, 7)
    const store = storeOf(all, elementType)
    store.seal()
    const type = elementType === 'binary' ? 'BIN_FLAT' : 'FLAT'
    const index = openIndex(
      store,
      prepareIndex(store, parseIndexSpec({ type, metric }, { elementType })),
    )
    index.build()
    const queries = encodeElements(all.slice(0, 5), elementType)
    const request = { queryCount: 5, queries, topk: 7 }
    expect(index.search({ ...request, params: {} })).toEqual(
      searchExact(store, { ...request, metric }),
    )
  })

  it('have the same distances alone and in company', () => {
    const all = clusteredRows(80, 48, 8)
    const store = storeOf(all, elementType)
    const queries = encodeElements(all.slice(0, 9), elementType)
    const together = searchExact(store, { metric, queryCount: 9, queries, topk: 20 })
    for (let query = 0; query < 9; query++) {
      const alone = encodeElements([all[query] ?? new Float32Array(48)], elementType)
      const hits = searchExact(store, { metric, queryCount: 1, queries: alone, topk: 20 })
      expect(distancesOf(hits, 0)).toEqual(distancesOf(together, query))
    }
  })
})

describe.each(elementTypes)('a store of %s', (elementType) => {
  it('gives its rows back as they came, here and on what opens it', () => {
    const rows = clusteredRows(33, 40, 9)
    const store = storeOf(rows, elementType)
    const bytes = encodeElements(rows, elementType)
    expect(store.elementType).toBe(elementType)
    using opened = openVectorStore(store.handle())
    expect(opened.elementType).toBe(elementType)
    expect(opened.readRange(0, 33)).toEqual(bytes)
    const rowBytes = bytes.length / 33
    expect(store.readRows(Uint32Array.of(5))).toEqual(bytes.subarray(5 * rowBytes, 6 * rowBytes))
  })

  it('takes the bytes that it is said to', () => {
    const store = createVectorStore({ dimension: 40, elementType })
    const before = store.memoryBytes
    store.reserve(1000)
    expect(store.memoryBytes - before).toBe(vectorStoreSizeBytes(40, 1000, elementType))
  })

  it('refuses another metric, and a query of another size', () => {
    const store = storeOf(clusteredRows(9, 16, 1), elementType)
    const metric = metricsOf(elementType)[0] ?? 'L2'
    const queries = encodeElements(clusteredRows(1, 16, 1), elementType)
    const request = { metric, queryCount: 1, queries, topk: 3 } as const
    const other = elementType === 'binary' ? 'L2' : 'HAMMING'
    expect(codeThrown(() => searchExact(store, { ...request, metric: other }))).toBe(
      'INVALID_ARGUMENT',
    )
    const short = { ...request, queries: queries.subarray(1) }
    expect(codeThrown(() => searchExact(store, short))).toBe('INVALID_ARGUMENT')
  })

  it('takes the widest vectors', () => {
    const dimension = elementType === 'binary' ? 262_144 : 32_768
    const rows = [new Float32Array(dimension).fill(-6.4), new Float32Array(dimension).fill(6.4)]
    const store = storeOf(rows, elementType)
    const queries = encodeElements(rows.slice(0, 1), elementType)
    const metric = metricsOf(elementType)[0] ?? 'L2'
    const hits = searchExact(store, { metric, queryCount: 1, queries, topk: 2 })
    const [low, high] = roundElements([Float32Array.of(-6.4, 6.4)], elementType)[0] ?? [0, 0]
    const widest = ((high ?? 0) - (low ?? 0)) ** 2 * dimension
    expect(distancesOf(hits, 0)[0]).toBe(0)
    expect(Math.abs((distancesOf(hits, 0)[1] ?? 0) / widest - 1)).toBeLessThan(1e-4)
  })
})

describe('dimensions', () => {
  it.each([0, 7, 12, 262_152, 1.5])('of bits that are refused: %d', (dimension) => {
    const create = () => createVectorStore({ dimension, elementType: 'binary' })
    expect(codeThrown(create)).toBe('INVALID_ARGUMENT')
  })
})

describe('numbers that are not finite', () => {
  it.each(['float16', 'bfloat16'] as const)('are found among %s', (elementType) => {
    const length = 40_001
    const bytes = encodeElements([new Float32Array(length).fill(-1.5)], elementType)
    expect(firstNonFinite(misalign(bytes), elementType)).toBe(-1)
    for (const bad of [0, 7, 8, 39_999, 40_000]) {
      for (const value of [Number.NaN, Infinity, -Infinity]) {
        const damaged = bytes.slice()
        damaged.set(encodeElements([Float32Array.of(value)], elementType), 2 * bad)
        expect(firstNonFinite(damaged, elementType)).toBe(bad)
      }
    }
  })

  it('are none among bytes and bits', () => {
    expect(firstNonFinite(new Uint8Array(17).fill(255), 'int8')).toBe(-1)
    expect(firstNonFinite(new Uint8Array(17).fill(255), 'binary')).toBe(-1)
  })
})

describe('the half-precision that tests write', () => {
  it('is that of the platform', () => {
    expect(toHalf(1)).toBe(0x3c00)
    expect(fromHalf(0x0001)).toBe(2 ** -24)
  })
})
