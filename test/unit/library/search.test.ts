import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildIndex } from '../../../src/library/build-index.ts'
import { hitsOf, type Index, rowBits } from '../../../src/library/contract.ts'
import { flatVectors, vectorOf } from './library-vectors.ts'

const dimension = 16
const vectors = flatVectors(2_000, dimension, 4)
const queries = flatVectors(333, dimension, 5)
const options = { dimension, type: 'HNSW', metric: 'L2', threads: 3 } as const
let index: Index

beforeAll(async () => {
  index = await buildIndex(vectors, options)
})

afterAll(() => index.close())

describe('a batch', () => {
  it('finds what single searches find, in the order of its queries', async () => {
    const batch = await index.searchBatch(queries, { topk: 7, params: { ef: 50 } })
    expect([batch.queryCount, batch.stride]).toEqual([333, 7])
    for (let query = 0; query < batch.queryCount; query++) {
      const single = index.search(vectorOf(queries, dimension, query), {
        topk: 7,
        params: { ef: 50 },
      })
      const { ids, distances } = hitsOf(batch, query)
      expect(Array.from(ids)).toEqual(Array.from(single.ids))
      expect(Array.from(distances)).toEqual(Array.from(single.distances))
    }
  })

  it('leaves out rows that are excluded', async () => {
    const excluded = rowBits(index.rowCount, (id) => id % 3 !== 0)
    const batch = await index.searchBatch(queries, { excluded })
    expect(batch.ids.every((id) => id % 3 === 0)).toBe(true)
    expect(batch.counts.every((count) => count === 10)).toBe(true)
  })

  it('may overlap with others and with single searches', async () => {
    const expected = await index.searchBatch(queries)
    const overlapping = [1, 2, 3, 4].map(() => index.searchBatch(queries))
    index.search(vectorOf(queries, dimension, 0))
    for (const batch of await Promise.all(overlapping)) expect(batch).toEqual(expected)
  })

  it('is refused without queries, with part of one, or with too many hits', async () => {
    const code = 'INVALID_ARGUMENT'
    await expect(index.searchBatch(new Float32Array(0))).rejects.toMatchObject({ code })
    await expect(index.searchBatch(queries.subarray(1))).rejects.toMatchObject({ code })
    await expect(index.searchBatch(queries, { topk: 20_000 })).rejects.toMatchObject({ code })
    await expect(index.searchBatch(queries, { params: { ef: 3 } })).rejects.toMatchObject({ code })
  })

  it('is given up when its caller says so', async () => {
    const controller = new AbortController()
    const batch = index.searchBatch(queries, { signal: controller.signal })
    controller.abort()
    await expect(batch).rejects.toMatchObject({ code: 'CANCELED' })
    expect((await index.searchBatch(queries)).queryCount).toBe(333)
  })
})

describe('an index', () => {
  it('gives its vectors back', () => {
    expect(index.vector(17)).toEqual(vectorOf(vectors, dimension, 17))
    expect(() => index.vector(2_000)).toThrow('there are 2000')
    expect(() => index.vector(-1)).toThrow('there are 2000')
  })

  it('takes a query as numbers', () => {
    const query = Array.from(vectorOf(vectors, dimension, 5))
    expect(index.search(query, { topk: 1 }).ids[0]).toBe(5)
  })

  it('refuses a query of another dimension, or that is no number', () => {
    expect(() => index.search(new Float32Array(3))).toThrow('16 elements')
    const odd = new Float32Array(dimension).fill(Number.NaN)
    expect(() => index.search(odd)).toThrow('no finite number')
  })

  it('answers nothing once closed, and may be closed again', async () => {
    const closed = await buildIndex(vectors, options)
    const running = closed.searchBatch(queries)
    await closed.close()
    await closed.close()
    const code = 'CLOSED'
    await expect(running).rejects.toMatchObject({ code })
    await expect(closed.searchBatch(queries)).rejects.toMatchObject({ code })
    await expect(closed.save('nowhere')).rejects.toMatchObject({ code })
    expect(() => closed.search(vectorOf(queries, dimension, 0))).toThrow('it is closed')
  })
})
