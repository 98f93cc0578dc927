import { RRFRanker, WeightedRanker } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedOfRun } from '../support/seeds.ts'
import { CatalogServer } from './catalog-server.ts'
import {
  byDistance,
  fillForReads,
  idsOfRows,
  innerProduct,
  type ReadRow,
  readRows,
  squaredL2,
} from './read-data.ts'

const seed = seedOfRun()
const rows = readRows(seed, 1500)
const [{ vector: near, other: alike } = { vector: [], other: [] }] = readRows(seed + 1, 1)
const collection_name = 'hybrid'

function byProduct(among: readonly ReadRow[]): ReadRow[] {
  return among.toSorted((one, two) => {
    return innerProduct(two.other, alike) - innerProduct(one.other, alike) || one.id - two.id
  })
}

/** Ids by the sum of what each list gives them. */
function fused(lists: readonly (readonly (readonly [ReadRow, number])[])[]): string[] {
  const sums = new Map<number, number>()
  for (const list of lists) {
    for (const [{ id }, score] of list) sums.set(id, (sums.get(id) ?? 0) + score)
  }
  const sorted = [...sums].toSorted(([one, oneSum], [two, twoSum]) => twoSum - oneSum || one - two)
  return sorted.map(([id]) => String(id))
}

describe(`a hybrid search, with seed ${seed}`, () => {
  let server: CatalogServer
  const search = (request: object) =>
    server.client.search({
      collection_name,
      data: [
        { anns_field: 'vector', data: [...near], params: {} },
        { anns_field: 'other', data: [...alike], params: {} },
      ],
      limit: 20,
      output_fields: ['id', 'color'],
      ...request,
    })

  beforeAll(async () => {
    server = await CatalogServer.start()
    await fillForReads(server.client, collection_name, { rows })
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  it.each([
    [undefined, 60],
    [RRFRanker(5), 5],
  ])('ranks by reciprocal ranks: %j', async (rerank, k) => {
    const { status, results } = await search(rerank === undefined ? {} : { rerank })
    expect(status).toMatchObject({ code: 0 })
    const ranked = [byDistance(rows, near), byProduct(rows)].map((list) =>
      list.slice(0, 20).map((row, rank) => [row, 1 / (k + rank + 1)] as const),
    )
    expect(idsOfRows(results)).toEqual(fused(ranked).slice(0, 20))
    for (const { id, color } of results) expect(color).toBe(rows[Number(id)]?.color)
  })

  it('ranks by weighted scores', async () => {
    const { results } = await search({ rerank: WeightedRanker([0.3, 0.9]) })
    const byVector = byDistance(rows, near).slice(0, 20)
    const distances = byVector.map((row) => {
      const norm = 1 - (2 * Math.atan(squaredL2(row.vector, near))) / Math.PI
      return [row, 0.3 * norm] as const
    })
    const products = byProduct(rows)
      .slice(0, 20)
      .map(
        (row) => [row, 0.9 * (0.5 + Math.atan(innerProduct(row.other, alike)) / Math.PI)] as const,
      )
    expect(idsOfRows(results)).toEqual(fused([distances, products]).slice(0, 20))
  })

  it('takes a filter and a size for each search, and a window over all', async () => {
    const red = rows.filter(({ color }) => color === 'red')
    const { results } = await server.client.search({
      collection_name,
      data: [
        { anns_field: 'vector', data: [...near], expr: 'size < 500', params: {}, limit: 30 },
        { anns_field: 'other', data: [...alike], expr: "color == 'red'", params: {}, limit: 10 },
      ],
      limit: 8,
      offset: 4,
    })
    const small = byDistance(
      rows.filter(({ size }) => size < 500),
      near,
    )
    const lists = [small.slice(0, 34), byProduct(red).slice(0, 14)].map((list) =>
      list.map((row, rank) => [row, 1 / (60 + rank + 1)] as const),
    )
    expect(idsOfRows(results)).toEqual(fused(lists).slice(4, 12))
  })

  it('ranks searches of one field too', async () => {
    const data = [near, alike].map((vector) => ({ anns_field: 'vector', data: [...vector] }))
    const { results } = await search({ data, limit: 10 })
    const ranked = [near, alike].map((query) =>
      byDistance(rows, query)
        .slice(0, 10)
        .map((row, rank) => [row, 1 / (60 + rank + 1)] as const),
    )
    expect(idsOfRows(results)).toEqual(fused(ranked).slice(0, 10))
  })

  it.each([
    [{ rerank: RRFRanker(0) }, 'The rank params k should be in range'],
    [{ rerank: WeightedRanker([0.5]) }, 'the length of weights param mismatch'],
    [{ rerank: WeightedRanker([0.5, 1.5]) }, 'rank param weight should be in range [0, 1]'],
    [{ rerank: { strategy: 'best', params: {} } }, 'rank strategy [best] is invalid'],
    [{ limit: 16_384, offset: 1 }, 'invalid max query result window'],
  ])('is refused when it is wrong: %j', async (request, reason) => {
    const { status } = await search(request)
    expect(status).toMatchObject({ code: 1100 })
    expect(status.reason).toContain(reason)
  })
})
