import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedOfRun } from '../support/seeds.ts'
import { CatalogServer, countOf } from './catalog-server.ts'
import {
  byDistance,
  fillForReads,
  idsOfRows,
  queriedIds,
  type ReadRow,
  readFields,
  readRows,
} from './read-data.ts'

const seed = seedOfRun()
const rows = readRows(seed, 3000)
const [query = []] = readRows(seed + 1, 1).map(({ vector }) => vector)
const collection_name = 'filtered'

/** Filters in Milvus's language, and the same in this one's. */
const filters: readonly (readonly [string, (row: ReadRow) => boolean])[] = [
  ['size > 500', ({ size }) => size > 500],
  ["color == 'red' and size <= 300", ({ color, size }) => color === 'red' && size <= 300],
  ["color like 'gr%' or price < 1.5", (row) => row.color.startsWith('gr') || row.price < 1.5],
  ['is_new && id % 7 == 3', ({ is_new, id }) => is_new && id % 7 === 3],
  ["not (color in ['red', 'blue'])", ({ color }) => color !== 'red' && color !== 'blue'],
  ['100 <= size < 110', ({ size }) => size >= 100 && size < 110],
  ['id in [5, 17, 99] and size >= 0', ({ id }) => [5, 17, 99].includes(id)],
  ['size > 2000', () => false],
]

describe(`filters, with seed ${seed}`, () => {
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
    await fillForReads(server.client, collection_name, { rows })
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  it.each(filters)('let a search find what passes: %s', async (filter, passes) => {
    const request = { collection_name, anns_field: 'vector', data: [...query], filter, limit: 20 }
    const { status, results } = await server.client.search(request)
    expect(status).toMatchObject({ code: 0 })
    const expected = byDistance(rows.filter(passes), query).slice(0, 20)
    expect(idsOfRows(results)).toEqual(idsOfRows(expected))
  })

  it.each(filters)('let a query find what passes, by primary key: %s', async (filter, passes) => {
    const expected = idsOfRows(rows.filter(passes))
    const request = { collection_name, filter, output_fields: ['id'] }
    const all = await server.client.query(request)
    expect(queriedIds(all)).toEqual(expected)
    const page = await server.client.query({ ...request, limit: 5, offset: 3 })
    expect(queriedIds(page)).toEqual(expected.slice(3, 8))
  })

  it.each(filters)('are counted: %s', async (expr, passes) => {
    const { data } = await server.client.count({ collection_name, expr })
    expect(data).toBe(rows.filter(passes).length)
  })

  it('take values for the names in them', async () => {
    const filter = 'size in {sizes} and color == {color} and price < {price} and is_new == {new}'
    const exprValues = {
      sizes: [1, 2, 3, ...rows.map(({ size }) => size)],
      color: 'blue',
      price: 50.5,
      new: true,
    }
    const passing = rows.filter((row) => row.color === 'blue' && row.price < 50.5 && row.is_new)
    const found = await server.client.query({ collection_name, filter, exprValues, limit: 5000 })
    expect(queriedIds(found)).toEqual(idsOfRows(passing))
    const hits = await server.client.search({
      collection_name,
      anns_field: 'vector',
      data: [...query],
      filter,
      exprValues,
      limit: 5,
    })
    expect(idsOfRows(hits.results)).toEqual(idsOfRows(byDistance(passing, query).slice(0, 5)))
  })

  it.each([
    ['size >', 'end'],
    ['nothing == 1', 'nothing'],
    ["size == 'large'", 'size'],
    ['size in {absent}', 'absent'],
    ['size == 9223372036854775808', '9223372036854775808'],
  ])('that are wrong are refused with the reason: %s', async (filter, reason) => {
    const { status } = await server.client.query({ collection_name, filter })
    expect(status).toMatchObject({ error_code: 'IllegalArgument', code: 1100 })
    expect(status.reason).toContain('cannot parse expression')
    expect(status.reason).toContain(reason)
    const search = { collection_name, anns_field: 'vector', data: [...query], filter, limit: 1 }
    expect((await server.client.search(search)).status).toMatchObject({ code: 1100 })
    expect((await server.client.delete({ collection_name, filter })).status).toMatchObject({
      code: 1100,
    })
  })

  it('leave out growing rows where a read ignores them', async () => {
    const request = {
      collection_name,
      anns_field: 'vector',
      data: [...query],
      ignore_growing: true,
      filter: 'size < 500',
      limit: 10,
    }
    const { results } = await server.client.search(request)
    const flushed = rows.slice(0, rows.length / 2).filter(({ size }) => size < 500)
    expect(idsOfRows(results)).toEqual(idsOfRows(byDistance(flushed, query).slice(0, 10)))
  })

  it('say what is deleted, also after a restart', async () => {
    const name = 'thinned'
    await fillForReads(server.client, name, { rows })
    const deleted = await server.client.delete({
      collection_name: name,
      filter: 'size < {most} or id in [0, 1, 2]',
      exprValues: { most: 700 },
    })
    const left = rows.filter(({ size, id }) => size >= 700 && id > 2)
    expect(deleted.status).toMatchObject({ code: 0 })
    expect(Number(deleted.delete_cnt)).toBe(rows.length - left.length)
    expect(await countOf(server.client, name)).toBe(left.length)
    const none = await server.client.delete({ collection_name: name, filter: 'size < 700' })
    expect(none).toMatchObject({ status: { code: 0 }, delete_cnt: '0' })
    await server.restart()
    expect(await countOf(server.client, name)).toBe(left.length)
  })

  it('delete nothing of what is not loaded, unless they name keys', async () => {
    const name = 'unloaded'
    await server.client.createCollection({ collection_name: name, fields: readFields })
    const byFilter = await server.client.delete({ collection_name: name, filter: 'size < 5' })
    expect(byFilter.status).toMatchObject({ code: 101 })
    const byKey = await server.client.delete({ collection_name: name, filter: 'id in [1, 2]' })
    expect(byKey).toMatchObject({ status: { code: 0 }, delete_cnt: '2' })
  })
})
