import { DataType } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CatalogServer, requireSuccess, success } from './catalog-server.ts'

const refused = { error_code: 'IllegalArgument', code: 1100 }
const collection_name = 'evolving'

describe('a schema that grows', () => {
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
    requireSuccess(
      await server.client.createCollection({
        collection_name,
        fields: [
          { name: 'id', data_type: DataType.Int64, is_primary_key: true },
          { name: 'vector', data_type: DataType.FloatVector, dim: 2 },
        ],
      }),
    )
    requireSuccess(await server.client.createIndex({ collection_name, field_name: 'vector' }))
    await server.client.loadCollectionSync({ collection_name })
    // One row in a file, one in the log.
    await insert({ id: 1, vector: [1, 0] })
    await server.client.flushSync({ collection_names: [collection_name] })
    await insert({ id: 2, vector: [1, 1] })
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  async function insert(row: object): Promise<void> {
    const { status } = await server.client.insert({ collection_name, data: [{ ...row }] })
    requireSuccess(status)
  }

  async function idsOf(filter: string): Promise<readonly string[]> {
    const { status, data } = await server.client.query({ collection_name, filter })
    requireSuccess(status)
    return data.map(({ id }) => String(id))
  }

  it('takes fields that rows of before have no value of, or the default', async () => {
    const fields = [
      { name: 'count', data_type: DataType.Int64, nullable: true },
      {
        name: 'kind',
        data_type: DataType.VarChar,
        max_length: 9,
        nullable: true,
        default_value: 'old',
      },
    ]
    for (const field of fields) {
      expect(await server.client.addCollectionField({ collection_name, field })).toMatchObject(
        success,
      )
    }
    const { schema } = await server.client.describeCollection({ collection_name })
    expect(schema.fields.map(({ name }) => name)).toEqual(['id', 'vector', 'count', 'kind'])
    await insert({ id: 3, vector: [0, 1], count: 5, kind: 'new' })
  })

  it('takes the dynamic field', async () => {
    const properties = { 'dynamicfield.enabled': true }
    const enabled = await server.client.alterCollection({ collection_name, properties })
    expect(enabled).toMatchObject(success)
    // This client keeps the schema that it has seen.
    const other = server.clientOf('default')
    const row = { id: 4, vector: [1, 2], count: null, kind: null, color: 'red' }
    requireSuccess((await other.insert({ collection_name, data: [row] })).status)
    await other.closeConnection()
    const disabled = await server.client.alterCollection({
      collection_name,
      properties: { 'dynamicfield.enabled': false },
    })
    expect(disabled).toMatchObject(refused)
  })

  const stages = [
    ['at once', async () => {}],
    ['when flushed', async () => server.client.flushSync({ collection_names: [collection_name] })],
    ['after a restart', async () => server.restart()],
    [
      'when loaded anew',
      async () => {
        await server.client.releaseCollection({ collection_name })
        await server.client.loadCollectionSync({ collection_name })
      },
    ],
  ] as const

  it.each(stages)('is read as if it had been so: %s', async (_, enter) => {
    await enter()
    const { data } = await server.client.query({
      collection_name,
      filter: 'id > 0',
      output_fields: ['count', 'kind', '$meta'],
    })
    expect(data).toEqual([
      { id: '1', count: null, kind: 'old', $meta: {} },
      { id: '2', count: null, kind: 'old', $meta: {} },
      { id: '3', count: '5', kind: 'new', $meta: {} },
      { id: '4', count: null, kind: 'old', $meta: { color: 'red' } },
    ])
    expect(await idsOf('count is null')).toEqual(['1', '2', '4'])
    expect(await idsOf('count == 5')).toEqual(['3'])
    expect(await idsOf("kind == 'old'")).toEqual(['1', '2', '4'])
    expect(await idsOf("color == 'red'")).toEqual(['4'])
    expect(await idsOf('not exists color')).toEqual(['1', '2', '3'])
    const { results } = await server.client.search({
      collection_name,
      data: [1, 0],
      filter: "kind == 'old' and count is null",
      output_fields: ['id', 'kind'],
    })
    expect(new Set(results.map(({ id }) => String(id)))).toEqual(new Set(['1', '2', '4']))
    const groups = await server.client.search({
      collection_name,
      data: [1, 0],
      group_by_field: 'kind',
      group_size: 5,
      strict_group_size: true,
      output_fields: ['id', 'kind'],
    })
    const kinds = Map.groupBy(groups.results, ({ kind }) => String(kind))
    expect(new Map(Array.from(kinds, ([kind, of]) => [kind, of.length]))).toEqual(
      new Map([
        ['old', 3],
        ['new', 1],
      ]),
    )
  })

  it('tells a client that knows the former schema, which tries again', async () => {
    const other = server.clientOf('default')
    await other.connectPromise
    await other.describeCollection({ collection_name })
    const field = { name: 'late', data_type: DataType.Bool, nullable: true }
    requireSuccess(await server.client.addCollectionField({ collection_name, field }))
    const stale = await other.insert({
      collection_name,
      data: [{ id: 5, vector: [2, 2], count: 1, kind: 'x', late: true }],
    })
    expect(stale.status).toMatchObject(success)
    expect(await idsOf('late == true')).toEqual(['5'])
    await other.closeConnection()
  })

  it.each([
    ['twice', { name: 'count', data_type: DataType.Int64, nullable: true }, 'duplicate field name'],
    ['that must have a value', { name: 'must', data_type: DataType.Int64 }, 'must be nullable'],
    [
      'of vectors',
      { name: 'other', data_type: DataType.FloatVector, dim: 2, nullable: true },
      'not support to add vector field',
    ],
    [
      'as partition key',
      { name: 'key', data_type: DataType.Int64, nullable: true, is_partition_key: true },
      'not support to add partition key field',
    ],
    [
      'of a reserved name',
      { name: 'RowID', data_type: DataType.Int64, nullable: true },
      'reserved',
    ],
  ])('does not take a field %s', async (_, field, reason) => {
    const status = await server.client.addCollectionField({ collection_name, field })
    expect(status).toMatchObject(refused)
    expect(status.reason).toContain(reason)
  })
})
