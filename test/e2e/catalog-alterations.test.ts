import type { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MilvusServiceDefinition } from '../../src/rpc/generated/milvus/milvus.ts'
import { RawClient } from '../support/milvus/raw-client.ts'
import {
  createRequest,
  insertRequest,
  keyColumn,
  vectorColumn,
} from '../support/milvus/requests.ts'
import { CatalogServer, countOf, fields, fill, rowsFrom, success } from './catalog-server.ts'

const { methods } = MilvusServiceDefinition
const collectionLoaded = { error_code: 'UnexpectedError', code: 104 }

describe('a collection that changes', () => {
  let server: CatalogServer
  let client: MilvusClient

  beforeAll(async () => {
    server = await CatalogServer.start()
    client = server.client
  })

  afterAll(() => server[Symbol.asyncDispose]())

  const propertiesOf = async (collection_name: string) => {
    const { properties } = await client.describeCollection({ collection_name })
    return Object.fromEntries(properties.map(({ key, value }) => [key, value]))
  }

  it('is renamed, with its rows and its load', async () => {
    await fill(client, 'old', rowsFrom(1, 4))
    const rename = { collection_name: 'old', new_collection_name: 'new' }
    expect(await client.renameCollection(rename)).toMatchObject(success)
    expect(await countOf(client, 'new')).toBe(4)
    expect(await client.hasCollection({ collection_name: 'old' })).toMatchObject({ value: false })
    await fill(client, 'old', rowsFrom(1, 1))
    expect(await client.renameCollection(rename)).toMatchObject({
      code: 1100,
      reason: 'duplicated new collection name default:new with other collection name or alias',
    })
    expect(
      await client.renameCollection({ collection_name: 'none', new_collection_name: 'x' }),
    ).toMatchObject({ error_code: 'CollectionNotExists', code: 100 })
    expect(
      await client.renameCollection({ collection_name: 'old', new_collection_name: '1st' }),
    ).toMatchObject({ error_code: 'IllegalArgument', code: 1100 })
  })

  it('is taken to another database, once it has no aliases', async () => {
    await client.createDatabase({ db_name: 'archive' })
    await fill(client, 'moving', rowsFrom(1, 2))
    await client.createAlias({ collection_name: 'moving', alias: 'on_the_move' })
    const rename = {
      collection_name: 'moving',
      new_collection_name: 'moved',
      new_db_name: 'archive',
    }
    expect(await client.renameCollection(rename)).toMatchObject({ code: 1100 })
    await client.dropAlias({ alias: 'on_the_move' })
    expect(await client.renameCollection(rename)).toMatchObject(success)
    const there = { collection_name: 'moved', db_name: 'archive' }
    expect((await client.getCollectionStatistics(there)).data['row_count']).toBe('2')
    expect(await client.renameCollection({ ...rename, new_db_name: 'nowhere' })).toMatchObject({
      code: 800,
    })
  })

  it('takes properties and gives them up', async () => {
    await client.createCollection({
      collection_name: 'kept',
      fields,
      properties: { 'collection.ttl.seconds': 86_400 },
    })
    const collection_name = 'kept'
    const properties = { 'mmap.enabled': true, 'my.own': 'x' }
    expect(await client.alterCollectionProperties({ collection_name, properties })).toMatchObject(
      success,
    )
    expect(await propertiesOf(collection_name)).toEqual({
      'collection.ttl.seconds': '86400',
      'mmap.enabled': 'true',
      'my.own': 'x',
    })
    const drop = { collection_name, properties: ['my.own', 'mmap.enabled'] }
    expect(await client.dropCollectionProperties(drop)).toMatchObject(success)
    expect(await propertiesOf(collection_name)).toEqual({ 'collection.ttl.seconds': '86400' })
  })

  it('takes another description and consistency level as it takes properties', async () => {
    const collection_name = 'kept'
    const properties = { 'collection.description': 'fresh', consistency_level: 'Strong' }
    await client.alterCollectionProperties({ collection_name, properties })
    expect(await client.describeCollection({ collection_name })).toMatchObject({
      schema: { description: 'fresh' },
      consistency_level: 'Strong',
    })
    expect(await propertiesOf(collection_name)).toEqual({ 'collection.ttl.seconds': '86400' })
  })

  it.each([
    { 'collection.ttl.seconds': 'soon' },
    { 'collection.ttl.seconds': -2 },
    { 'collection.ttl.seconds': 3_155_760_001 },
    { 'mmap.enabled': 'perhaps' },
    { consistency_level: 'Firm' },
  ])('refuses %j', async (properties) => {
    const altered = await client.alterCollectionProperties({ collection_name: 'kept', properties })
    expect(altered).toMatchObject({ error_code: 'IllegalArgument', code: 1100 })
  })

  it('takes longer texts, and says so to who encodes by the former schema', async () => {
    const collection_name = 'texts'
    await fill(client, collection_name, [])
    const long = [{ id: 1, title: 'longer than eight', vector: [1, 2, 3, 4] }]
    expect((await client.insert({ collection_name, data: long })).status).toMatchObject({
      code: 1100,
    })
    const before = await client.describeCollection({ collection_name })
    const altered = await client.alterCollectionFieldProperties({
      collection_name,
      field_name: 'title',
      properties: { max_length: 100 },
    })
    expect(altered).toMatchObject(success)
    const after = await client.describeCollection({ collection_name })
    expect(BigInt(after.update_timestamp)).toBeGreaterThan(BigInt(before.update_timestamp))
    expect(after.update_timestamp_str).toBe(after.update_timestamp)
    expect(after.schema.fields[1]).toMatchObject({
      name: 'title',
      type_params: [{ key: 'max_length', value: '100' }],
    })
    // The client meets 109, reads the schema again and sends the rows once more.
    expect(await client.insert({ collection_name, data: long })).toMatchObject({
      status: success,
      insert_cnt: '1',
    })
  })

  it('refuses rows of another schema than it has now', async () => {
    using raw = new RawClient(server.port)
    await raw.call(methods.createCollection, createRequest())
    const rows = [keyColumn([1n]), vectorColumn([1, 2])]
    const { updateTimestamp } = await raw.call(methods.describeCollection, {
      dbName: '',
      collectionName: 'rows',
      collectionID: 0n,
      timeStamp: 0n,
    })
    const request = { ...insertRequest(rows, 1), schemaTimestamp: updateTimestamp }
    expect((await raw.call(methods.insert, request)).status).toMatchObject({ code: 0 })
    const properties = { 'my.own': 'x' }
    await client.alterCollectionProperties({ collection_name: 'rows', properties })
    expect((await raw.call(methods.insert, request)).status).toMatchObject({
      errorCode: 62,
      code: 109,
    })
  })

  it.each([
    ['id', { max_length: 10 }],
    ['title', { max_length: 65_536 }],
    ['title', { max_length: 'long' }],
    ['title', { element_type: 5 }],
  ])('refuses field %s as %j', async (field_name, properties) => {
    const collection_name = 'texts'
    expect(
      await client.alterCollectionFieldProperties({ collection_name, field_name, properties }),
    ).toMatchObject({ code: 1100 })
  })

  it('has to be released before it is mapped into memory', async () => {
    const collection_name = 'texts'
    const properties = { 'mmap.enabled': true }
    const ofField = { collection_name, field_name: 'title', properties }
    const ofIndex = { collection_name, index_name: 'by_vector', params: properties }
    expect(await client.alterCollectionProperties({ collection_name, properties })).toMatchObject(
      collectionLoaded,
    )
    expect(await client.alterCollectionFieldProperties(ofField)).toMatchObject(collectionLoaded)
    expect(await client.alterIndexProperties(ofIndex)).toMatchObject(collectionLoaded)

    await client.releaseCollection({ collection_name })
    expect(await client.alterCollectionProperties({ collection_name, properties })).toMatchObject(
      success,
    )
    expect(await client.alterCollectionFieldProperties(ofField)).toMatchObject(success)
    expect(await client.alterIndexProperties(ofIndex)).toMatchObject(success)
    const { schema } = await client.describeCollection({ collection_name })
    expect(schema.fields[1]?.type_params).toContainEqual({ key: 'mmap.enabled', value: 'true' })
    const { index_descriptions } = await client.describeIndex({ collection_name })
    expect(index_descriptions[0]?.params).toContainEqual({ key: 'mmap.enabled', value: 'true' })
    const drop = { collection_name, index_name: 'by_vector', properties: ['mmap.enabled'] }
    expect(await client.dropIndexProperties(drop)).toMatchObject(success)
    const unknown = { ...ofIndex, index_name: 'none' }
    expect(await client.alterIndexProperties(unknown)).toMatchObject({
      error_code: 'IndexNotExist',
      code: 700,
    })
    const other = { ...ofIndex, params: { metric_type: 'IP' } }
    expect(await client.alterIndexProperties(other)).toMatchObject({ code: 1100 })
  })

  it('has the index chosen that a client leaves open', async () => {
    const collection_name = 'open'
    await client.createCollection({ collection_name, fields })
    await client.createIndex({ collection_name, field_name: 'vector' })
    const { index_descriptions } = await client.describeIndex({ collection_name })
    expect(index_descriptions[0]?.params).toEqual([
      { key: 'index_type', value: 'AUTOINDEX' },
      { key: 'metric_type', value: 'COSINE' },
    ])
  })

  it('is truncated: rows go, the schema, the index and the load stay', async () => {
    const collection_name = 'short'
    await fill(client, collection_name, rowsFrom(1, 10))
    await client.flushSync({ collection_names: [collection_name] })
    await client.insert({ collection_name, data: rowsFrom(11, 5) })
    expect(await client.truncateCollection({ collection_name })).toMatchObject({ status: success })
    expect(await countOf(client, collection_name)).toBe(0)
    const { data } = await client.getCollectionStatistics({ collection_name })
    expect(data['row_count']).toBe('0')
    const search = { collection_name, data: [1, 1, 0, 0], limit: 10 }
    expect((await client.search(search)).results).toEqual([])
    const asked = { collectionName: collection_name, dbName: 'default' }
    await expect
      .poll(async () => (await client.getPersistentSegmentInfo(asked)).infos, { timeout: 20_000 })
      .toEqual([])

    await client.insert({ collection_name, data: rowsFrom(3, 2) })
    expect(await countOf(client, collection_name)).toBe(2)
    expect((await client.search(search)).results).toMatchObject([{ id: '3' }, { id: '4' }])
    await server.restart()
    client = server.client
    await client.loadCollectionSync({ collection_name })
    expect(await countOf(client, collection_name)).toBe(2)
    expect((await client.getCollectionStatistics({ collection_name })).data['row_count']).toBe('2')
  })

  it('forgets rows that outlive its time to live', async () => {
    const collection_name = 'brief'
    await fill(client, collection_name, rowsFrom(1, 6))
    await client.flushSync({ collection_names: [collection_name] })
    expect(await countOf(client, collection_name)).toBe(6)
    const properties = { 'collection.ttl.seconds': 1 }
    await client.alterCollectionProperties({ collection_name, properties })
    await expect.poll(() => countOf(client, collection_name), { timeout: 10_000 }).toBe(0)
    const { data } = await client.query({ collection_name, expr: 'id in [1, 2]' })
    expect(data).toEqual([])
    const search = { collection_name, data: [1, 1, 0, 0], limit: 10 }
    expect((await client.search(search)).results).toEqual([])
    const statistics = await client.getCollectionStatistics({ collection_name })
    expect(statistics.data['row_count']).toBe('0')
  })

  it('describes many at once, each with a status of its own', async () => {
    const asked = { collection_names: ['kept', 'none'] }
    const described = await client.batchDescribeCollections(asked)
    expect(described.status).toMatchObject(success)
    expect(described.responses).toMatchObject([
      { status: success, collection_name: 'kept' },
      { status: { error_code: 'CollectionNotExists', code: 100 } },
    ])
  })
})
