import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedOfRun } from '../support/seeds.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import {
  type DayRow,
  fields,
  type Metric,
  makeRows,
  makeVectors,
  nearest,
  recall,
  rowCount,
} from './day-data.ts'
import { clients, idsOf, type MilvusClient } from './milvus-client.ts'
import { ServerProcess } from './server-process.ts'

const seed = seedOfRun()
const rows = makeRows(seed)
const queries = makeVectors(seed + 1, 20)
const [firstQuery = []] = queries
const success = { error_code: 'Success', code: 0 }
const indexes: readonly (readonly [string, Metric, object])[] = [
  ['HNSW', 'L2', { M: 16, efConstruction: 200 }],
  ['FLAT', 'IP', {}],
  ['AUTOINDEX', 'COSINE', {}],
]

// The tests of a day build on each other, as its user does.
describe.each(clients)(`a user of client %s, with seed ${seed}`, (_, Client) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let server: ServerProcess
  let client: MilvusClient

  const connect = async (): Promise<void> => {
    server = await ServerProcess.start(folder.path)
    client = new Client({ address: server.address })
    await client.connectPromise
  }

  beforeAll(async () => {
    folder = await temporaryFolder()
    await connect()
  })

  afterAll(async () => {
    await client.closeConnection()
    await server[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  it('meets a healthy server with a version and one database', async () => {
    expect(await client.checkHealth()).toMatchObject({ isHealthy: true })
    expect((await client.getVersion()).version).toMatch(/^v2\.6\.\d+-elanus-/)
    expect((await client.listDatabases()).db_names).toEqual(['default'])
  })

  it('is told of what is not supported, and not left to believe that it worked', async () => {
    expect(await client.createRole({ roleName: 'reader' })).toMatchObject({
      error_code: 'UnexpectedError',
      code: 10,
      reason: 'CreateRole is not supported yet',
    })
  })

  describe.each(indexes)('indexes by %s with %s', (index_type, metric_type, params) => {
    const collection_name = `day_${index_type.toLowerCase()}`
    const named = { collection_name }
    const search = (request: object) =>
      client.search({ ...named, data: firstQuery, limit: 10, params: { ef: 128 }, ...request })
    const exact = (query: readonly number[], limit: number, among: readonly DayRow[] = rows) =>
      nearest(among, query, { metric: metric_type, limit })

    it('creates a collection', async () => {
      expect(await client.hasCollection(named)).toMatchObject({ value: false })
      expect(await client.createCollection({ ...named, fields })).toMatchObject(success)
      expect(await client.hasCollection(named)).toMatchObject({ value: true })
      const shown = await client.showCollections()
      expect(shown.data.map(({ name }) => name)).toContain(collection_name)
    })

    it('reads its schema back', async () => {
      const { schema } = await client.describeCollection(named)
      expect(schema.fields.map(({ name }) => name)).toEqual(fields.map(({ name }) => name))
    })

    it('inserts rows of every type', async () => {
      for (let start = 0; start < rowCount; start += 1000) {
        const data = rows.slice(start, start + 1000)
        const inserted = await client.insert({ ...named, data })
        expect(inserted.status).toMatchObject(success)
        expect(Number(inserted.insert_cnt)).toBe(data.length)
        expect(inserted.IDs).toMatchObject({ int_id: { data: data.map(({ id }) => id) } })
      }
    })

    it('flushes, and sees the rows in the statistics', async () => {
      await client.flushSync({ collection_names: [collection_name] })
      const { data } = await client.getCollectionStatistics(named)
      expect(data['row_count']).toBe(String(rowCount))
    })

    it('finds no index, makes one, and sees it finished', async () => {
      expect((await client.describeIndex(named)).status).toMatchObject({
        error_code: 'IndexNotExist',
        code: 700,
      })
      const request = { ...named, field_name: 'vector', index_type, metric_type, params }
      expect(await client.createIndex(request)).toMatchObject(success)
      const { index_descriptions } = await client.describeIndex(named)
      expect(index_descriptions).toHaveLength(1)
      expect(index_descriptions[0]?.params).toEqual(
        expect.arrayContaining([
          { key: 'index_type', value: index_type },
          { key: 'metric_type', value: metric_type },
        ]),
      )
      await expect
        .poll(async () => (await client.getIndexState(named)).state, { timeout: 30_000 })
        .toBe('Finished')
      const progress = await client.getIndexBuildProgress(named)
      expect(Number(progress.total_rows)).toBe(rowCount)
      expect(Number(progress.indexed_rows)).toBe(rowCount)
    })

    it('cannot search before loading', async () => {
      expect((await search({})).status).toMatchObject({
        code: 101,
        reason: `collection not loaded[collection=${collection_name}]`,
      })
    })

    it('loads', async () => {
      expect(await client.loadCollectionSync(named)).toMatchObject(success)
      expect(await client.getLoadState(named)).toMatchObject({ state: 'LoadStateLoaded' })
    })

    it('finds the nearest', async () => {
      const found = await Promise.all(
        queries.map(async (data) => {
          const { status, results } = await search({ data })
          expect(status).toMatchObject(success)
          return recall(exact(data, 10), idsOf(results))
        }),
      )
      const mean = found.reduce((sum, value) => sum + value, 0) / found.length
      expect(mean).toBeGreaterThanOrEqual(index_type === 'FLAT' ? 1 : 0.95)
    })

    it('finds the nearest of several vectors in one call', async () => {
      const data = queries.slice(0, 3)
      const { results } = await search({ data, limit: 5, output_fields: ['id', 'text'] })
      expect(results).toHaveLength(3)
      results.forEach((hits, query) => {
        expect(recall(exact(data[query] ?? [], 5), idsOf(hits))).toBeGreaterThanOrEqual(0.8)
      })
    })

    it('goes on from an offset', async () => {
      const all = idsOf((await search({ limit: 10 })).results)
      const rest = idsOf((await search({ limit: 6, offset: 4 })).results)
      expect(rest).toEqual(all.slice(4))
    })

    it('gets the fields that it asks for, with the hits', async () => {
      const { results } = await search({
        limit: 3,
        output_fields: ['id', 'text', 'vector', 'large'],
      })
      const byId = new Map(rows.map((row) => [row.id, row]))
      expect(results).toMatchObject(
        idsOf(results).map((id) => ({
          text: byId.get(id)?.['text'],
          vector: byId.get(id)?.vector,
          large: byId.get(id)?.['large'],
        })),
      )
    })

    it('queries by primary keys and gets every field as it was inserted', async () => {
      const wanted = [rows[0], rows[1499], rows[2999]]
      const filter = `id in [${wanted.map((row) => row?.id).join(', ')}]`
      const { status, data } = await client.query({ ...named, filter, output_fields: ['*'] })
      expect(status).toMatchObject(success)
      expect(data).toEqual(wanted)
    })

    it('pages through rows in the order of their keys', async () => {
      const request = { ...named, filter: '', limit: 7, offset: 11, output_fields: ['id'] }
      const { data } = await client.query(request)
      expect(data.map(({ id }) => id)).toEqual(rows.slice(11, 18).map(({ id }) => id))
    })

    it('deletes rows, counts what is left, and never finds them again', async () => {
      const gone = exact(firstQuery, 5)
      const deleted = await client.delete({ ...named, filter: `id in [${gone.join(', ')}]` })
      expect(deleted.status).toMatchObject(success)
      const { data } = await client.count(named)
      expect(Number(data)).toBe(rowCount - 5)
      const left = rows.filter(({ id }) => !gone.includes(id))
      const ids = idsOf((await search({})).results)
      expect(recall(exact(firstQuery, 10, left), ids)).toBeGreaterThanOrEqual(0.9)
      expect(ids.filter((id) => gone.includes(id))).toEqual([])
    })

    it('finds rows at once that it inserts into a loaded collection', async () => {
      const [template] = rows
      const row = {
        ...template,
        id: '1',
        vector: firstQuery.map((value) => Math.fround(value * 3)),
      }
      await client.insert({ ...named, data: [row] })
      const { results } = await search({ data: row.vector, limit: 1 })
      expect(idsOf(results)).toEqual(['1'])
    })
  })

  it('is understood when it inserts and searches with numbers assigned as keys', async () => {
    const named = { collection_name: 'day_assigned' }
    const [, vector] = fields
    const id = { name: 'id', data_type: 'Int64', is_primary_key: true, autoID: true }
    expect(await client.createCollection({ ...named, fields: [id, vector] })).toMatchObject(success)
    const data = rows.slice(0, 10).map(({ vector: values }) => ({ vector: values }))
    const inserted = await client.insert({ ...named, data })
    expect(inserted.status).toMatchObject(success)
    const assigned = keysOf(inserted.IDs)
    expect(new Set(assigned).size).toBe(10)
    await client.createIndex({ ...named, field_name: 'vector' })
    await client.loadCollectionSync(named)
    const { results } = await client.search({ ...named, data: data[3]?.vector, limit: 1 })
    expect(idsOf(results)).toEqual([assigned[3]])
  })

  it('is understood when it names rows by text', async () => {
    const named = { collection_name: 'day_text' }
    const [, vector] = fields
    const id = { name: 'id', data_type: 'VarChar', is_primary_key: true, max_length: 32 }
    expect(await client.createCollection({ ...named, fields: [id, vector] })).toMatchObject(success)
    const data = rows.slice(0, 10).map(({ vector: values }, index) => ({
      id: `n\u00e4me '${index}"`,
      vector: values,
    }))
    expect((await client.insert({ ...named, data })).status).toMatchObject(success)
    await client.createIndex({ ...named, field_name: 'vector', metric_type: 'L2' })
    await client.loadCollectionSync(named)
    const { results } = await client.search({ ...named, data: data[3]?.vector, limit: 1 })
    expect(idsOf(results)).toEqual([data[3]?.id])
    const filter = `id == ${JSON.stringify(data[4]?.id)}`
    const found = await client.query({ ...named, filter, output_fields: ['id'] })
    expect(found.data).toEqual([{ id: data[4]?.id }])
  })

  it('finds the same after the server is killed and started again', async () => {
    const answers = () =>
      Promise.all(
        indexes.map(async ([index_type]) => {
          const named = { collection_name: `day_${index_type.toLowerCase()}` }
          const { results } = await client.search({ ...named, data: queries, limit: 10 })
          const { data } = await client.count(named)
          return { count: Number(data), results }
        }),
      )
    const before = await answers()
    await server.end('SIGKILL')
    await client.closeConnection()
    await connect()
    await Promise.all(
      indexes.map(([index_type]) =>
        client.loadCollectionSync({ collection_name: `day_${index_type.toLowerCase()}` }),
      ),
    )
    expect(await answers()).toEqual(before)
  })

  it('releases, and cannot search any more', async () => {
    const named = { collection_name: 'day_hnsw' }
    expect(await client.releaseCollection(named)).toMatchObject(success)
    const { status } = await client.search({ ...named, data: firstQuery, limit: 1 })
    expect(status).toMatchObject({ code: 101 })
  })

  it('drops an index and a collection', async () => {
    const named = { collection_name: 'day_hnsw' }
    expect(await client.dropIndex({ ...named, field_name: 'vector' })).toMatchObject(success)
    expect((await client.describeIndex(named)).status).toMatchObject({ code: 700 })
    expect(await client.dropCollection(named)).toMatchObject(success)
    expect(await client.hasCollection(named)).toMatchObject({ value: false })
  })

  it('sees the server end in order when it is told to', async () => {
    expect(await server.end('SIGTERM')).toBe(0)
  })
})

function keysOf(ids: object): readonly unknown[] {
  return 'int_id' in ids && typeof ids.int_id === 'object' && ids.int_id !== null
    ? Object.values(ids.int_id).flat()
    : []
}
