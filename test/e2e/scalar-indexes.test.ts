import { DataType } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedOfRun } from '../support/seeds.ts'
import { CatalogServer, success } from './catalog-server.ts'
import { fillForReads, idsOfRows, queriedIds, type ReadRow, readRows } from './read-data.ts'

const seed = seedOfRun()
const rows = readRows(seed, 4000)
const collection_name = 'ordered'
const invalid = 'invalid parameter[expected=valid index params][actual=invalid index params]'

/** Each type that a field takes; `is_new` and `id` are left to the scan. */
const indexes = [
  { field_name: 'size', index_type: 'STL_SORT' },
  { field_name: 'color', index_type: 'Trie' },
  { field_name: 'price', index_type: 'INVERTED' },
]

const filters: readonly (readonly [string, (row: ReadRow) => boolean])[] = [
  ['size == 500', ({ size }) => size === 500],
  ['100 <= size < 110', ({ size }) => size >= 100 && size < 110],
  ['not (size < 900)', ({ size }) => size >= 900],
  ["color in ['red', 'gold']", ({ color }) => color === 'red' || color === 'gold'],
  ["color like 'gr%' and size > 995", ({ color, size }) => color.startsWith('gr') && size > 995],
  ["size in [7, 8] or color == 'none'", ({ size }) => size === 7 || size === 8],
  ['price < 0.5 and is_new', ({ price, is_new }) => price < 0.5 && is_new],
  ['size % 2 == 0 and size < 4', ({ size }) => size === 0 || size === 2],
]

const expected = filters.map(([, passes]) => idsOfRows(rows.filter(passes)))

describe(`indexes on scalar fields, with seed ${seed}`, () => {
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
    await fillForReads(server.client, collection_name, { rows })
    await server.client.flushSync({ collection_names: [collection_name] })
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  const answers = async (): Promise<readonly (readonly string[])[]> => {
    const found: string[][] = []
    for (const [filter] of filters) {
      const request = { collection_name, filter, output_fields: ['id'], limit: 4000 }
      found.push(queriedIds(await server.client.query(request)))
    }
    return found
  }

  it('are made while a collection is loaded, and finish', async () => {
    for (const index of indexes) {
      expect(await server.client.createIndex({ collection_name, ...index })).toMatchObject(success)
      const state = await server.client.getIndexState({ collection_name, ...index })
      expect(state).toMatchObject({ status: success })
    }
    const progress = await server.client.getIndexBuildProgress({
      collection_name,
      field_name: 'size',
      index_name: '',
    })
    expect(progress).toMatchObject({ status: success, total_rows: '4000' })
    expect(await answers()).toEqual(expected)
  })

  it('are described as they were asked for', async () => {
    for (const { field_name, index_type } of indexes) {
      const { index_descriptions } = await server.client.describeIndex({
        collection_name,
        field_name,
      })
      expect(index_descriptions).toMatchObject([
        { field_name, index_name: field_name, params: [{ key: 'index_type', value: index_type }] },
      ])
    }
  })

  it('serve a collection that is loaded with them, also after a restart', async () => {
    await server.client.releaseCollection({ collection_name })
    await server.client.loadCollectionSync({ collection_name })
    expect(await answers()).toEqual(expected)
    await server.restart()
    expect(await answers()).toEqual(expected)
  })

  it.each([
    ['id', 'BITMAP', `create bitmap index on primary key not supported: ${invalid}`],
    [
      'price',
      'BITMAP',
      `bitmap index are only supported on bool, int, string and array field: ${invalid}`,
    ],
    ['is_new', 'TRIE', `TRIE are only supported on varchar field: ${invalid}`],
    [
      'is_new',
      'STL_SORT',
      `STL_SORT are only supported on numeric or varchar field, got Bool: ${invalid}`,
    ],
  ])('are refused on %s as %s', async (field_name, index_type, reason) => {
    const status = await server.client.createIndex({ collection_name, field_name, index_type })
    expect(status).toMatchObject({ code: 1100, reason })
  })

  it('do not mix with those of vectors', async () => {
    const onScalar = { collection_name, field_name: 'is_new', index_type: 'HNSW' }
    expect(await server.client.createIndex(onScalar)).toMatchObject({
      reason: "data type Bool can't build with this index HNSW",
    })
    const other = { collection_name, field_name: 'size', index_type: 'INVERTED' }
    expect((await server.client.createIndex(other)).reason).toContain(
      'at most one distinct index is allowed per field',
    )
  })

  it('are dropped from a loaded collection, which reads as before', async () => {
    for (const { field_name } of indexes) {
      expect(await server.client.dropIndex({ collection_name, field_name })).toMatchObject(success)
    }
    expect(await answers()).toEqual(expected)
    const { status } = await server.client.describeIndex({ collection_name, field_name: 'size' })
    expect(status).toMatchObject({ code: 700 })
  })
})

describe('indexes on JSON, arrays and fields with nulls', () => {
  const name = 'varied'
  const data = Array.from({ length: 3000 }, (_, id) => ({
    id,
    vector: [id, 0],
    meta: id % 3 === 0 ? { rank: id, kind: `k${id % 7}` } : { kind: id, rank: `r${id}` },
    tags: Array.from({ length: id % 4 }, (__, at) => (id + at) % 100),
    maybe: id % 5 === 0 ? null : id % 50,
  }))
  type Row = (typeof data)[number]
  const paths = [
    { index_name: 'by_rank', json_path: "meta['rank']", json_cast_type: 'double' },
    { index_name: 'by_kind', json_path: 'meta["kind"]', json_cast_type: 'varchar' },
  ]
  const wanted: readonly (readonly [string, (row: Row) => boolean])[] = [
    ["meta['rank'] == 300", ({ meta }) => meta.rank === 300],
    [
      "30 <= meta['rank'] < 60",
      ({ meta }) => typeof meta.rank === 'number' && meta.rank < 60 && meta.rank >= 30,
    ],
    [
      "meta['kind'] in ['k1', 'k2'] and id < 100",
      ({ meta, id }) => id < 100 && ['k1', 'k2'].includes(String(meta.kind)),
    ],
    ["meta['kind'] like 'k3%'", ({ meta }) => meta.kind === 'k3'],
    ['array_contains(tags, 17)', ({ tags }) => tags.includes(17)],
    ['array_contains_all(tags, [17, 18])', ({ tags }) => tags.includes(17) && tags.includes(18)],
    ['maybe == 7', ({ maybe }) => maybe === 7],
    ['not (maybe < 48)', ({ maybe }) => maybe !== null && maybe >= 48],
    ['maybe is null and id < 20', ({ maybe, id }) => maybe === null && id < 20],
  ]
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
    const { client } = server
    await client.createCollection({
      collection_name: name,
      fields: [
        { name: 'id', data_type: DataType.Int64, is_primary_key: true },
        { name: 'vector', data_type: DataType.FloatVector, dim: 2 },
        { name: 'meta', data_type: DataType.JSON },
        { name: 'tags', data_type: DataType.Array, element_type: DataType.Int32, max_capacity: 8 },
        { name: 'maybe', data_type: DataType.Int64, nullable: true },
      ],
      index_params: [{ field_name: 'vector', index_type: 'FLAT', metric_type: 'L2' }],
    })
    await client.insert({ collection_name: name, data })
    await client.flushSync({ collection_names: [name] })
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  it('are made, one for each path, before the collection is loaded', async () => {
    const { client } = server
    for (const { index_name, ...params } of paths) {
      const request = { collection_name: name, field_name: 'meta', index_name, params }
      const status = await client.createIndex({ ...request, index_type: 'INVERTED' })
      expect(status).toMatchObject(success)
    }
    for (const [field_name, index_type] of [
      ['tags', 'BITMAP'],
      ['maybe', 'AUTOINDEX'],
    ] as const) {
      const request = { collection_name: name, field_name, index_type }
      expect(await client.createIndex(request)).toMatchObject(success)
    }
    expect(await client.loadCollectionSync({ collection_name: name })).toMatchObject(success)
  })

  it.each(wanted)('find what a reader finds: %s', async (filter, passes) => {
    const request = { collection_name: name, filter, output_fields: ['id'], limit: 4000 }
    const found = queriedIds(await server.client.query(request))
    expect(found).toEqual(idsOfRows(data.filter(passes)))
  })

  it.each([
    [{}, 'json index must specify cast type: missing parameter[missing_param=json_cast_type]: '],
    [
      { json_path: "meta['a']", json_cast_type: 'ARRAY_INT64' },
      'json_cast_type ARRAY_INT64 is not supported: ',
    ],
    [{ json_path: "tags['a']", json_cast_type: 'double' }, ''],
    [{ json_path: "meta['rank'] == 5 or id", json_cast_type: 'double' }, ''],
  ])('are refused on JSON with %o', async (params, reason) => {
    const request = { collection_name: name, field_name: 'meta', index_name: 'no', params }
    const status = await server.client.createIndex({ ...request, index_type: 'INVERTED' })
    expect(status).toMatchObject({ code: 1100 })
    expect(status.reason).toContain(reason)
  })
})
