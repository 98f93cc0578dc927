import { DataType } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CatalogServer, requireSuccess } from './catalog-server.ts'

const collection_name = 'types'

const fields = [
  { name: 'id', data_type: DataType.Int64, is_primary_key: true },
  { name: 'vector', data_type: DataType.FloatVector, dim: 4 },
  { name: 'payload', data_type: DataType.JSON },
  { name: 'maybe_payload', data_type: DataType.JSON, nullable: true },
  { name: 'sizes', data_type: DataType.Array, element_type: DataType.Int16, max_capacity: 4 },
  {
    name: 'labels',
    data_type: DataType.Array,
    element_type: DataType.VarChar,
    max_capacity: 4,
    max_length: 8,
    nullable: true,
  },
  { name: 'maybe_count', data_type: DataType.Int64, nullable: true },
  { name: 'maybe_name', data_type: DataType.VarChar, max_length: 20, nullable: true },
  { name: 'rank', data_type: DataType.Int32, default_value: 7 },
  { name: 'title', data_type: DataType.VarChar, max_length: 20, default_value: 'untitled' },
  { name: 'rate', data_type: DataType.Double, default_value: 0.5, nullable: true },
]

/** As a client gives them, and as it must get them back. */
const rows = [
  {
    given: {
      id: 1,
      vector: [1, 0, 0, 0],
      payload: { kind: 'kite', wings: 2, big: [1, { deep: true }] },
      maybe_payload: null,
      sizes: [3, -3],
      labels: ['a', 'é鳶'],
      maybe_count: null,
      maybe_name: 'milvus',
      color: 'red',
      weight: 1.5,
    },
    expected: {
      payload: { kind: 'kite', wings: 2, big: [1, { deep: true }] },
      maybe_payload: null,
      sizes: [3, -3],
      labels: ['a', 'é鳶'],
      maybe_count: null,
      maybe_name: 'milvus',
      rank: 7,
      title: 'untitled',
      rate: 0.5,
      $meta: { color: 'red', weight: 1.5 },
    },
  },
  {
    given: {
      id: 2,
      vector: [0, 1, 0, 0],
      payload: {},
      maybe_payload: { here: 1 },
      sizes: [],
      labels: null,
      maybe_count: '9007199254740993',
      maybe_name: null,
      rank: -1,
      title: '',
      rate: 2,
      color: 'blue',
      tags: ['x', 'y'],
    },
    expected: {
      payload: {},
      maybe_payload: { here: 1 },
      sizes: [],
      labels: null,
      maybe_count: '9007199254740993',
      maybe_name: null,
      rank: -1,
      title: '',
      rate: 2,
      $meta: { color: 'blue', tags: ['x', 'y'] },
    },
  },
]

/** Which rows pass. Null is neither true nor false. */
const filters: readonly (readonly [string, readonly string[]])[] = [
  ['payload["kind"] == "kite"', ['1']],
  ['payload["big"][1]["deep"] == true', ['1']],
  ['json_contains(payload["big"], 1)', ['1']],
  ['exists maybe_payload["here"]', ['2']],
  ['maybe_payload is null', ['1']],
  ['array_contains(sizes, -3)', ['1']],
  ['array_length(sizes) == 0', ['2']],
  ['labels[1] == "é鳶"', ['1']],
  ['labels is null', ['2']],
  ['maybe_count > 5', ['2']],
  ['not (maybe_count > 5)', []],
  ['maybe_count is null or maybe_count == 9007199254740993', ['1', '2']],
  ['maybe_name is not null', ['1']],
  ['rank == 7 and title == "untitled" and rate == 0.5', ['1']],
  ['color == "red"', ['1']],
  ['$meta["weight"] > 1', ['1']],
  ['json_contains_any(tags, ["y", "z"])', ['2']],
  ['not exists tags', ['1']],
]

describe('data types', () => {
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
    const created = await server.client.createCollection({
      collection_name,
      fields,
      enable_dynamic_field: true,
    })
    requireSuccess(created)
    await server.client.createIndex({ collection_name, field_name: 'vector' })
    await server.client.loadCollectionSync({ collection_name })
    const inserted = await server.client.insert({
      collection_name,
      data: rows.map(({ given }) => given),
    })
    requireSuccess(inserted.status)
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  it('are described as they were asked for, without the dynamic field', async () => {
    const { schema } = await server.client.describeCollection({ collection_name })
    expect(schema.enable_dynamic_field).toBe(true)
    expect(schema.fields.map(({ name }) => name)).toEqual(fields.map(({ name }) => name))
    const byName = new Map(schema.fields.map((field) => [field.name, field]))
    expect(byName.get('labels')).toMatchObject({ nullable: true, element_type: 'VarChar' })
    expect(byName.get('title')?.default_value).toBe('untitled')
    expect(byName.get('rank')?.default_value).toBe(7)
  })

  const stages = [
    ['while they grow', async () => {}],
    ['once flushed', async () => server.client.flushSync({ collection_names: [collection_name] })],
    ['after a restart', async () => server.restart()],
    [
      'after a release',
      async () => {
        await server.client.releaseCollection({ collection_name })
        await server.client.loadCollectionSync({ collection_name })
      },
    ],
  ] as const

  describe.each(stages)('%s', (_, enter) => {
    beforeAll(async () => {
      await enter()
    })

    it('come back as they went', async () => {
      const { data, status } = await server.client.query({
        collection_name,
        filter: 'id > 0',
        output_fields: ['*'],
      })
      expect(status).toMatchObject({ code: 0 })
      for (const [index, { expected }] of rows.entries())
        expect(data[index]).toMatchObject(expected)
    })

    it('come back key by key from the dynamic field', async () => {
      const { data } = await server.client.query({
        collection_name,
        filter: 'id > 0',
        output_fields: ['color', 'tags', 'rank'],
      })
      expect(data).toEqual([
        { id: '1', $meta: { color: 'red' }, rank: 7 },
        { id: '2', $meta: { color: 'blue', tags: ['x', 'y'] }, rank: -1 },
      ])
    })

    it('come with what a search finds', async () => {
      const { results } = await server.client.search({
        collection_name,
        data: [0, 1, 0, 0],
        limit: 1,
        output_fields: ['labels', 'maybe_count', 'color'],
      })
      const [hit] = results
      expect(hit).toMatchObject({ labels: null, maybe_count: '9007199254740993', color: 'blue' })
    })

    it.each(filters)('let a filter find what passes: %s', async (filter, expected) => {
      const { data, status } = await server.client.query({ collection_name, filter })
      expect(status).toMatchObject({ code: 0 })
      expect(data.map(({ id }) => String(id))).toEqual(expected)
    })
  })

  it.each([
    ['an array that is too long', { sizes: [1, 2, 3, 4, 5] }, 'exceeds max capacity (4)'],
    ['an element out of range', { sizes: [40_000] }, 'out of range for Int16'],
    ['an element that is too long', { labels: ['123456789'] }, 'exceeds max length'],
    ['a text that is too long', { maybe_name: 'x'.repeat(21) }, 'exceeds max length'],
  ])('are refused with %s', async (_, change, reason) => {
    const data = [{ ...rows[0]?.given, id: 3, ...change }]
    const { status } = await server.client.insert({ collection_name, data })
    expect(status).toMatchObject({ error_code: 'IllegalArgument', code: 1100 })
    expect(status.reason).toContain(reason)
  })
})
