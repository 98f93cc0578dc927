import { DataType } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CatalogServer, requireSuccess, success } from './catalog-server.ts'

const refused = { error_code: 'IllegalArgument', code: 1100 }
const collection_name = 'updated'

describe('partial updates', () => {
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
    requireSuccess(
      await server.client.createCollection({
        collection_name,
        enable_dynamic_field: true,
        fields: [
          { name: 'id', data_type: DataType.Int64, is_primary_key: true },
          { name: 'vector', data_type: DataType.FloatVector, dim: 2 },
          { name: 'name', data_type: DataType.VarChar, max_length: 20 },
          { name: 'count', data_type: DataType.Int64, nullable: true },
          {
            name: 'tags',
            data_type: DataType.Array,
            element_type: DataType.VarChar,
            max_capacity: 4,
            max_length: 9,
          },
        ],
      }),
    )
    requireSuccess(
      await server.client.createIndex({ collection_name, field_name: 'vector', metric_type: 'L2' }),
    )
    await server.client.loadCollectionSync({ collection_name })
    const data = [1, 2, 3].map((id) => ({
      id,
      vector: [id, id],
      name: `name ${id}`,
      count: id,
      tags: ['a', 'b'],
      color: 'red',
      large: id,
    }))
    requireSuccess((await server.client.insert({ collection_name, data })).status)
    await server.client.flushSync({ collection_names: [collection_name] })
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  async function row(id: number): Promise<unknown> {
    const { data } = await server.client.query({
      collection_name,
      filter: `id == ${id}`,
      output_fields: ['*'],
    })
    return data[0]
  }

  const upsert = (data: object[], options: object = {}) =>
    server.client.upsert({
      collection_name,
      partial_update: true,
      data: data.map((given) => ({ ...given })),
      ...options,
    })

  it('change what is given, and leave the rest', async () => {
    const { status, upsert_cnt } = await upsert([{ id: 1, name: 'other' }])
    expect(status).toMatchObject(success)
    expect(upsert_cnt).toBe('1')
    expect(await row(1)).toMatchObject({
      id: '1',
      vector: [1, 1],
      name: 'other',
      count: '1',
      tags: ['a', 'b'],
      $meta: { color: 'red', large: 1 },
    })
    const { results } = await server.client.search({
      collection_name,
      data: [1, 1],
      limit: 1,
      output_fields: ['id', 'name'],
    })
    expect(results).toMatchObject([{ id: '1', name: 'other', score: 0 }])
  })

  it('put keys of the dynamic field beside those that are there', async () => {
    requireSuccess((await upsert([{ id: 2, color: 'blue', shape: 'round' }])).status)
    expect(await row(2)).toMatchObject({
      name: 'name 2',
      $meta: { color: 'blue', large: 2, shape: 'round' },
    })
  })

  it('may take a value away', async () => {
    requireSuccess((await upsert([{ id: 2, count: null }])).status)
    expect(await row(2)).toMatchObject({ name: 'name 2', count: null })
  })

  it('add to arrays and take from them', async () => {
    const append = [{ field_name: 'tags', op: 'ARRAY_APPEND' }]
    requireSuccess((await upsert([{ id: 3, tags: ['c', 'a'] }], { field_ops: append })).status)
    expect(await row(3)).toMatchObject({ tags: ['a', 'b', 'c', 'a'], name: 'name 3' })
    const full = await upsert([{ id: 3, tags: ['d'] }], { field_ops: append })
    expect(full.status).toMatchObject(refused)
    const remove = [{ field_name: 'tags', op: 'ARRAY_REMOVE' }]
    requireSuccess((await upsert([{ id: 3, tags: ['a'] }], { field_ops: remove })).status)
    expect(await row(3)).toMatchObject({ tags: ['b', 'c'], count: '3' })
  })

  it('make a row that is not there only of what a row needs', async () => {
    const { status } = await upsert([{ id: 9, name: 'nine' }])
    expect(status).toMatchObject(refused)
    const whole = [{ id: 9, vector: [9, 9], name: 'nine', tags: [] }]
    requireSuccess((await upsert(whole)).status)
    expect(await row(9)).toMatchObject({ name: 'nine', count: null })
  })

  it('refuse a key that comes twice', async () => {
    const { status } = await upsert([
      { id: 1, name: 'a' },
      { id: 1, name: 'b' },
    ])
    expect(status).toMatchObject({
      ...refused,
      reason: 'duplicate primary keys are not allowed in the same batch',
    })
  })

  it('need the collection to be loaded', async () => {
    await server.client.releaseCollection({ collection_name })
    const { status } = await upsert([{ id: 1, name: 'unseen' }])
    expect(status).toMatchObject({ code: 101 })
  })
})

describe('keys that are assigned', () => {
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  it('may be given by the client where that is allowed', async () => {
    const given = 'given'
    requireSuccess(
      await server.client.createCollection({
        collection_name: given,
        properties: { allow_insert_auto_id: true },
        fields: [
          { name: 'id', data_type: DataType.Int64, is_primary_key: true, autoID: true },
          { name: 'vector', data_type: DataType.FloatVector, dim: 2 },
        ],
      }),
    )
    const fields_data = [{ id: 77, vector: [1, 2] }]
    const { status, IDs } = await server.client.insert({ collection_name: given, fields_data })
    expect(status).toMatchObject(success)
    expect(IDs).toMatchObject({ int_id: { data: ['77'] } })
  })
})
