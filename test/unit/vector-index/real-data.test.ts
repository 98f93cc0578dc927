import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import type { Metric } from '../../../src/schema/metric.ts'
import { searchExact } from '../../../src/vector-index/exact-search.ts'
import { parseIndexSpec, parseSearchParams } from '../../../src/vector-index/index-types.ts'
import { openIndex, prepareIndex } from '../../../src/vector-index/vector-index.ts'
import { createVectorStore } from '../../../src/vector-index/vector-store.ts'
import { buildIndexOf, excludedBits, recallOf } from './vectors.ts'

/** Real vectors, where a folder of them is at hand; the other tests make their own. */
const folder =
  process.env['ELANUS_DATASETS'] ?? new URL('../../../../shared/data', import.meta.url).pathname

const dataSets = [
  { name: 'fashion-mnist', metric: 'L2', dimension: 784, element: 'u8', nprobe: 8 },
  { name: 'cohere-bgg-1024', metric: 'COSINE', dimension: 1024, element: 'f32', nprobe: 24 },
] as const

/** A part of a set, so that a run stays short: recall is higher than on the whole, never lower. */
const rowCount = 8000
const queryCount = 300

describe.skipIf(!existsSync(folder))('on real vectors', () => {
  it.each(dataSets)('a default index and search keep recall@10 ≥ 0.95: $name', (set) => {
    const { metric, dimension } = set
    const store = createVectorStore({ dimension, rowCount })
    store.append(read(set, 'base', rowCount), rowCount)
    const queries = read(set, 'query', queryCount)
    const exact = searchExact(store, { metric, queryCount, queries, topk: 10 })
    for (const type of ['HNSW', 'AUTOINDEX']) {
      const params = { M: 16, efConstruction: 128 }
      const spec = parseIndexSpec({ type, metric: metric satisfies Metric, params })
      const index = buildIndexOf(store, spec)
      const found = index.search({
        queryCount,
        queries,
        topk: 10,
        params: parseSearchParams(spec, 10, {}),
      })
      expect(recallOf(found, exact)).toBeGreaterThan(0.95)
    }
  })

  describe.each(dataSets)('lists keep recall@10: $name', (set) => {
    const { metric, dimension, nprobe } = set
    const store = createVectorStore({ dimension, rowCount })
    store.append(read(set, 'base', rowCount), rowCount)
    store.seal()
    const queries = read(set, 'query', queryCount)
    const random = seededRandom(7)
    const shares = [1, 0.5, 0.1, 0.01, 0.001]
    const filters = shares.map((share) =>
      share === 1 ? undefined : excludedBits(rowCount, () => random.next() >= share),
    )
    const exact = filters.map((excluded) =>
      searchExact(store, { metric, queryCount, queries, topk: 10, excluded }),
    )

    it.each([
      ['IVF_FLAT', {}],
      ['IVF_SQ8', {}],
      ['IVF_PQ', { m: dimension / 8 }],
      ['SCANN', {}],
      ['IVF_RABITQ', {}],
    ])('%s, whatever a filter lets in', (type, params) => {
      const spec = parseIndexSpec({ type, metric, params: { nlist: 64, ...params } })
      const index = openIndex(store, prepareIndex(store, spec))
      index.build()
      for (const [at, excluded] of filters.entries()) {
        const searchParams = parseSearchParams(spec, 10, { nprobe })
        const request = { queryCount, queries, topk: 10, params: searchParams, excluded }
        const recall = recallOf(index.search(request), exact[at] ?? never())
        expect(recall, `${shares[at]} of the rows`).toBeGreaterThan(0.95)
      }
    })
  })
})

describe.skipIf(!existsSync(folder))('on real vectors of bits', () => {
  it.each(['HAMMING', 'JACCARD'] as const)('lists keep recall@10 by %s', (metric) => {
    const shape = { elementType: 'binary', dimension: 784 } as const
    const bits = (part: string, rows: number): Uint8Array => {
      const pixels = readFileSync(join(folder, 'fashion-mnist', `${part}.u8`))
      return excludedBits(rows * shape.dimension, (bit) => (pixels[bit] ?? 0) > 96)
    }
    const store = createVectorStore(shape)
    store.append(bits('base', rowCount), rowCount)
    const queries = bits('query', queryCount)
    const exact = searchExact(store, { metric, queryCount, queries, topk: 10 })
    const params = { nlist: 64 }
    const spec = parseIndexSpec({ type: 'BIN_IVF_FLAT', metric, params }, shape)
    const found = buildIndexOf(store, spec).search({
      queryCount,
      queries,
      topk: 10,
      params: parseSearchParams(spec, 10, { nprobe: 12 }),
    })
    // Distances of bits tie often: what counts is how near the hits are.
    let nearEnough = 0
    for (const [at, distance] of exact.distances.entries()) {
      if ((found.distances[at] ?? Number.POSITIVE_INFINITY) <= distance) nearEnough++
    }
    expect(nearEnough / exact.distances.length).toBeGreaterThan(0.95)
  })
})

function never(): never {
  throw new Error('Each filter has its exact answer')
}

function read(set: (typeof dataSets)[number], part: string, rows: number): Uint8Array {
  const bytes = readFileSync(join(folder, set.name, `${part}.${set.element}`))
  const elements = rows * set.dimension
  if (set.element === 'f32') return bytes.subarray(0, elements * 4)
  return new Uint8Array(Float32Array.from(bytes.subarray(0, elements)).buffer)
}
