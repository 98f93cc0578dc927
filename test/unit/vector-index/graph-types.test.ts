import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { metricsOf } from '../../../src/schema/element-type.ts'
import type { IndexSpec, VectorIndex, VectorStore } from '../../../src/vector-index/contract.ts'
import { searchExact } from '../../../src/vector-index/exact-search.ts'
import { numberElementTypes } from '../../../src/vector-index/index-type.ts'
import { parseIndexSpec, parseSearchParams } from '../../../src/vector-index/index-types.ts'
import { indexSizeBytes, openIndex, prepareIndex } from '../../../src/vector-index/vector-index.ts'
import { createVectorStore } from '../../../src/vector-index/vector-store.ts'
import { codeThrown, messageThrown } from '../../support/error-code.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { encodeElements } from './elements.ts'
import { buildIndexOf, clusteredRows, excludedBits, isSet, offsetsOf, recallOf } from './vectors.ts'

const rowCount = 3000
const dimension = 44
const all = clusteredRows(rowCount + 50, dimension, 300)
const rows = all.slice(0, rowCount)
const queryRows = all.slice(rowCount)

type NumberElementType = (typeof numberElementTypes)[number]

function storeOfElements(elementType: NumberElementType): VectorStore {
  const store = createVectorStore({ dimension, elementType })
  store.append(encodeElements(rows, elementType), rowCount)
  return store
}

function requestOf(spec: IndexSpec, elementType: NumberElementType, topk = 10) {
  const queries = encodeElements(queryRows, elementType)
  const params = parseSearchParams(spec, topk, { ef: 64, search_list: 64 })
  return { queryCount: queryRows.length, queries, topk, params }
}

function specOf(type: string, params: Record<string, unknown>, metric = 'L2'): IndexSpec {
  return parseIndexSpec({ type, metric, params: { M: 16, efConstruction: 100, ...params } })
}

function loadedFrom(index: VectorIndex, store: VectorStore): VectorIndex {
  const loaded = openIndex(store, prepareIndex(store, index.spec))
  loaded.load(index.serialise())
  return loaded
}

describe.each(numberElementTypes)('a graph over %s rows', (elementType) => {
  it.each(metricsOf(elementType))(
    'finds nearly all of the nearest by %s, also loaded',
    (metric) => {
      const spec = specOf('HNSW', {}, metric)
      const request = requestOf(spec, elementType)
      const store = storeOfElements(elementType)
      const index = buildIndexOf(store, spec)
      const hits = index.search(request)
      expect(recallOf(hits, searchExact(store, { ...request, metric }))).toBeGreaterThan(0.97)
      expect(loadedFrom(index, store).search(request)).toEqual(hits)
    },
  )

  it('leaves out what a filter leaves out', () => {
    const spec = specOf('HNSW', {})
    const store = storeOfElements(elementType)
    const index = buildIndexOf(store, spec)
    for (const share of [2, 10, 100, 1000]) {
      const excluded = excludedBits(rowCount, (row) => row % share !== 0)
      const request = { ...requestOf(spec, elementType), excluded }
      const hits = index.search(request)
      for (const offset of offsetsOf(hits, 0)) expect(isSet(excluded, offset)).toBe(false)
      const exact = searchExact(store, { ...request, metric: 'L2' })
      expect(recallOf(hits, exact)).toBeGreaterThan(0.95)
    }
  })

  it('takes as much memory as was foretold', () => {
    const spec = specOf('HNSW', {}, 'IP')
    const store = storeOfElements(elementType)
    store.seal()
    const { sizeBytes } = prepareIndex(store, spec)
    expect(sizeBytes).toBe(indexSizeBytes(spec, dimension, rowCount, elementType))
  })

  it('is whole without rows, and with one', () => {
    for (const count of [0, 1]) {
      const store = createVectorStore({ dimension, elementType })
      store.append(encodeElements(rows.slice(0, count), elementType), count)
      const spec = specOf('HNSW', {})
      const index = buildIndexOf(store, spec)
      expect(index.search(requestOf(spec, elementType)).counts[0]).toBe(count)
    }
  })
})

describe.each(['SQ6', 'SQ8', 'BF16', 'FP16'])('HNSW_SQ of %s', (sq_type) => {
  const spec = specOf('HNSW_SQ', { sq_type, refine: 'true', refine_type: 'FP32' })
  const request = requestOf(spec, 'float32')
  const store = storeOfElements('float32')
  const index = buildIndexOf(store, spec)
  const file = Buffer.concat([...index.serialise()])

  it('finds nearly all of the nearest, with exact distances', () => {
    const exact = searchExact(store, { ...request, metric: 'L2' })
    const hits = index.search(request)
    expect(recallOf(hits, exact)).toBeGreaterThan(0.98)
    expect(hits.distances[0]).toBe(exact.distances[0])
  })

  it('comes back from its file, and from no other', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    expect(loadedFrom(index, store).search(request)).toEqual(index.search(request))
    for (let round = 0; round < 30; round++) {
      const damaged = Buffer.from(file)
      const bit = random.below(8 * file.length)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const other = openIndex(store, prepareIndex(store, spec))
      expect(
        codeThrown(() => other.load([damaged])),
        `seed ${seed}`,
      ).toBe('CORRUPT')
    }
  })
})

describe('the names of graphs', () => {
  it('take what Milvus takes with them', () => {
    const { params } = parseIndexSpec({ type: 'HNSW_SQ', params: {} })
    expect(params).toMatchObject({ M: 30, efConstruction: 360, sq_type: 1, refine: 0 })
    expect(codeThrown(() => specOf('HNSW_SQ', { sq_type: 'SQ9' }))).toBe('INVALID_ARGUMENT')
    const spec = specOf('HNSW_SQ', {})
    expect(parseSearchParams(spec, 10, { ef: 20, refine_k: 4 })).toEqual({ ef: 40 })
    expect(codeThrown(() => parseSearchParams(spec, 10, { refine_k: 0 }))).toBe('INVALID_ARGUMENT')
  })

  it('include DISKANN, which is as wide as its search list', () => {
    const spec = specOf('DISKANN', {})
    expect(parseSearchParams(spec, 10, { search_list: 50 })).toEqual({ ef: 50 })
    const text = messageThrown(() => parseSearchParams(spec, 10, { search_list: 9 }))
    expect(text).toBe('search_list(9) should be larger than k(10)')
    const store = storeOfElements('float32')
    const index = buildIndexOf(store, spec)
    const request = requestOf(spec, 'float32')
    const exact = searchExact(store, { ...request, metric: 'L2' })
    expect(recallOf(index.search(request), exact)).toBeGreaterThan(0.98)
  })

  it.each([
    ['GPU_CAGRA', 'HNSW'],
    ['GPU_IVF_FLAT', 'IVF_FLAT'],
    ['GPU_IVF_PQ', 'IVF_PQ'],
    ['gpu_brute_force', 'FLAT'],
  ])('for graphics cards are built for processors: %s as %s', (name, type) => {
    expect(parseIndexSpec({ type: name }, { elementType: 'float32', dimension: 64 }).type).toBe(
      type,
    )
  })

  it('of sparse vectors are refused for others', () => {
    const refused = () => parseIndexSpec({ type: 'SPARSE_INVERTED_INDEX' })
    expect(codeThrown(refused)).toBe('INDEX_NOT_SUPPORTED')
    expect(messageThrown(refused)).toContain('only supports sparse vector')
  })
})
