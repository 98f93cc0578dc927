import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedOfRun } from '../support/seeds.ts'
import { CatalogServer } from './catalog-server.ts'
import {
  byDistance,
  fillForReads,
  idPages,
  idsOfRows,
  innerProduct,
  type ReadRow,
  readRows,
  squaredL2,
} from './read-data.ts'

const seed = seedOfRun()
const rows = readRows(seed, 2500)
const [query = []] = readRows(seed + 1, 1).map(({ vector }) => vector)
const collection_name = 'reached'
const anns_field = 'vector'
const base = { collection_name, anns_field, data: [...query], output_fields: ['id'] }
const nearest = byDistance(rows, query)
const distanceOf = (row: ReadRow | undefined) => squaredL2(row?.vector ?? [], query)

/** All of these rows, each once; those that float32 cannot tell apart may have changed places. */
function expectNearestFirst(ids: readonly string[], passing: readonly ReadRow[]): void {
  expect(ids.toSorted()).toEqual(idsOfRows(passing).toSorted())
  const rowsById = new Map(passing.map((row) => [String(row.id), row]))
  const distances = ids.map((id) => distanceOf(rowsById.get(id)))
  for (const [place, distance] of distances.entries()) {
    expect(distance).toBeGreaterThan((distances[place - 1] ?? 0) * (1 - 1e-6))
  }
}

describe.each(['FLAT', 'HNSW'])(`searches through %s, with seed ${seed}`, (indexType) => {
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
    await fillForReads(server.client, collection_name, { rows, indexType })
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  it('stay within a range of distances', async () => {
    // Between rows: distances are summed in another order here.
    const rangeFilter = (distanceOf(nearest[299]) + distanceOf(nearest[300])) / 2
    const radius = (distanceOf(nearest[400]) + distanceOf(nearest[401])) / 2
    const found = await server.client.search({
      ...base,
      limit: 200,
      params: { radius, range_filter: rangeFilter },
    })
    expect(idsOfRows(found.results)).toEqual(idsOfRows(nearest.slice(300, 401)))
    const few = await server.client.search({ ...base, limit: 5, params: { radius } })
    expect(idsOfRows(few.results)).toEqual(idsOfRows(nearest.slice(0, 5)))
    const none = await server.client.search({ ...base, limit: 5, params: { radius: 0 } })
    expect(none).toMatchObject({ status: { code: 0 }, results: [] })
    const beyond = await server.client.search({ ...base, limit: 5, params: { range_filter: 1e6 } })
    expect(beyond.results).toEqual([])
  })

  it('stay within a range of products', async () => {
    const found = await server.client.search({
      ...base,
      anns_field: 'other',
      limit: 2000,
      params: { radius: 0.1, range_filter: 0.3 },
    })
    const products = rows.map((row) => innerProduct(row.other, query))
    const expected = products.filter((product) => product > 0.1001 && product < 0.2999)
    expect(found.results.length).toBeGreaterThanOrEqual(expected.length)
    for (const { score } of found.results) {
      expect(score).toBeGreaterThan(0.1)
      expect(score).toBeLessThanOrEqual(Math.fround(0.3))
    }
  })

  it.each([
    [{ radius: 1, range_filter: 1 }, 'range_filter(1) must be less than radius(1)'],
    [{ radius: 'far' }, 'radius [far] is invalid'],
  ])('refuse a range that is none: %j', async (params, reason) => {
    const { status } = await server.client.search({ ...base, limit: 5, params })
    expect(status).toMatchObject({ code: 1100 })
    expect(status.reason).toContain(reason)
  })

  it('find the nearest of each group', async () => {
    const found = await server.client.search({ ...base, limit: 10, group_by_field: 'color' })
    const firsts = new Map<string, ReadRow>()
    for (const row of nearest) if (!firsts.has(row.color)) firsts.set(row.color, row)
    expect(idsOfRows(found.results)).toEqual(idsOfRows([...firsts.values()]))
    const skipped = await server.client.search({
      ...base,
      limit: 2,
      offset: 1,
      group_by_field: 'color',
    })
    expect(idsOfRows(skipped.results)).toEqual(idsOfRows([...firsts.values()].slice(1, 3)))
  })

  it('fill groups as far as there are rows', async () => {
    const found = await server.client.search({
      ...base,
      limit: 5,
      group_by_field: 'color',
      group_size: 4,
      strict_group_size: true,
      filter: 'size < 900',
    })
    const groups = Map.groupBy(
      nearest.filter(({ size }) => size < 900),
      ({ color }) => color,
    )
    const expected = [...groups.values()].flatMap((group) => group.slice(0, 4))
    expect(idsOfRows(found.results)).toEqual(idsOfRows(expected))
  })

  it.each([
    ['price', 'price is of type Float'],
    ['nothing', 'fieldName(nothing) not found'],
  ])('refuse to group by %s', async (group_by_field, reason) => {
    const { status } = await server.client.search({ ...base, limit: 5, group_by_field })
    expect(status).toMatchObject({ code: 1100 })
    expect(status.reason).toContain(reason)
  })

  it('go on page by page over every row that passes, nearest first', async () => {
    const passing = nearest.filter(({ size }) => size < 700)
    const iterator: unknown = await server.client.searchIterator({
      ...base,
      batchSize: 300,
      filter: 'size < 700',
      params: {},
    })
    const pages: string[][] = []
    for await (const page of idPages(iterator)) pages.push(page)
    expectNearestFirst(pages.flat(), passing)
    expect(pages.length).toBeGreaterThan(5)
  })

  it('see on every page what the first page saw', async () => {
    const name = 'paged'
    await fillForReads(server.client, name, { rows: rows.slice(0, 100), indexType })
    const iterator: unknown = await server.client.searchIterator({
      ...base,
      collection_name: name,
      batchSize: 40,
      params: {},
    })
    const ids: string[] = []
    for await (const page of idPages(iterator)) {
      ids.push(...page)
      // Behind the first page and in front of it.
      const data = [{ ...rows[0], id: 5000 + ids.length, vector: [...query], other: [...query] }]
      await server.client.insert({ collection_name: name, data })
      await server.client.delete({ collection_name: name, filter: `id == ${99 - ids.length / 40}` })
    }
    expect(ids).toEqual(idsOfRows(byDistance(rows.slice(0, 100), query)))
  })

  it('are iterated over by key where no vector is asked for', async () => {
    const iterator: unknown = await server.client.queryIterator({
      collection_name,
      batchSize: 400,
      filter: 'size >= 250',
      output_fields: ['id'],
    })
    const ids: string[] = []
    for await (const page of idPages(iterator)) ids.push(...page)
    expect(ids).toEqual(idsOfRows(rows.filter(({ size }) => size >= 250)))
  })

  it.each([
    [{ search_iter_batch_size: 20_000 }, 'topk [20000] is invalid'],
    [{ search_iter_id: 'mine' }, 'search_iter_id [mine] is invalid'],
    [{ collection_id: 17 }, 'means another collection'],
    [{ group_by_field: 'color' }, 'Not allowed to do groupBy'],
  ])('refuse an iterator that is none: %j', async (more, reason) => {
    const iterator = { iterator: true, search_iter_v2: true, search_iter_batch_size: 10 }
    const params = { ...iterator, ...more }
    const { status } = await server.client.search({ ...base, limit: 10, params })
    expect(status).toMatchObject({ code: 1100 })
    expect(status.reason).toContain(reason)
  })
})
