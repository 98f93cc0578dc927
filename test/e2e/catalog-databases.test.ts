import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CatalogServer, countOf, fields, fill, rowsFrom, success } from './catalog-server.ts'

describe('databases', () => {
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
  })

  afterAll(() => server[Symbol.asyncDispose]())

  it('are created, described, listed and dropped', async () => {
    const { client } = server
    const properties = { 'database.replica.number': 1 }
    expect(await client.createDatabase({ db_name: 'books', properties })).toMatchObject(success)
    const described = await client.describeDatabase({ db_name: 'books' })
    expect(described).toMatchObject({
      status: success,
      db_name: 'books',
      properties: [{ key: 'database.replica.number', value: '1' }],
    })
    expect(Number(described.created_timestamp)).toBeGreaterThan(0)
    expect((await client.listDatabases()).db_names).toEqual(['default', 'books'])
    expect(await client.dropDatabase({ db_name: 'books' })).toMatchObject(success)
    expect((await client.listDatabases()).db_names).toEqual(['default'])
  })

  it('take other properties, one by one', async () => {
    const { client } = server
    await client.createDatabase({ db_name: 'altered' })
    const set = { 'database.max.collections': 1, 'my.own': 'x' }
    await client.alterDatabase({ db_name: 'altered', properties: set })
    await client.dropDatabaseProperties({ db_name: 'altered', properties: ['my.own'] })
    const { properties } = await client.describeDatabase({ db_name: 'altered' })
    expect(properties).toEqual([{ key: 'database.max.collections', value: '1' }])

    const inside = server.clientOf('altered')
    expect(await inside.createCollection({ collection_name: 'one', fields })).toMatchObject(success)
    await expect(inside.createCollection({ collection_name: 'two', fields })).rejects.toMatchObject(
      {
        code: 102,
        reason: 'exceeded the limit number of collections[limit=1]',
      },
    )
    await inside.closeConnection()
  })

  it('hold collections of the same name side by side', async () => {
    const { client } = server
    await client.createDatabase({ db_name: 'other' })
    const other = server.clientOf('other')
    await fill(client, 'twins', rowsFrom(1, 2))
    await fill(other, 'twins', rowsFrom(100, 5))
    expect(await countOf(client, 'twins')).toBe(2)
    expect(await countOf(other, 'twins')).toBe(5)

    // The request's own word is stronger than the connection's.
    const asked = { collection_name: 'twins', db_name: 'other' }
    expect(await client.describeCollection(asked)).toMatchObject({ db_name: 'other' })
    expect((await client.getCollectionStatistics(asked)).data['row_count']).toBe('5')
    expect((await client.showCollections({ db_name: 'other' })).data).toHaveLength(1)

    await other.dropCollection({ collection_name: 'twins' })
    expect(await countOf(client, 'twins')).toBe(2)
    await other.closeConnection()
  })

  it('are not dropped while they hold collections, and the default one never', async () => {
    const { client } = server
    await client.createDatabase({ db_name: 'full' })
    await client.createCollection({ collection_name: 'last', db_name: 'full', fields })
    expect(await client.dropDatabase({ db_name: 'full' })).toMatchObject({
      code: 1100,
      reason: 'database:full not empty, must drop all collections before drop database',
    })
    expect(await client.dropDatabase({ db_name: 'default' })).toMatchObject({
      code: 1100,
      reason: 'can not drop default database',
    })
    await client.dropCollection({ collection_name: 'last', db_name: 'full' })
    expect(await client.dropDatabase({ db_name: 'full' })).toMatchObject(success)
  })

  it('are refused by the rules that Milvus has', async () => {
    const { client } = server
    await client.createDatabase({ db_name: 'once' })
    expect(await client.createDatabase({ db_name: 'once' })).toMatchObject({
      code: 1100,
      reason: 'database already exist: once',
    })
    for (const db_name of ['1st', 'a-b', 'ä', 'x'.repeat(256)]) {
      expect(await client.createDatabase({ db_name })).toMatchObject({ code: 802 })
    }
    expect(await client.describeDatabase({ db_name: 'none' })).toMatchObject({
      status: { error_code: 'UnexpectedError', code: 800 },
    })
    expect((await client.showCollections({ db_name: 'none' })).status).toMatchObject({
      code: 800,
      reason: 'database not found[database=none]',
    })
    const denied = { 'database.force.deny.writing': true }
    expect(await client.alterDatabase({ db_name: 'once', properties: denied })).toMatchObject({
      code: 10,
    })
  })

  it('are no more than 64 beside the default one', async () => {
    const { client } = server
    const { db_names } = await client.listDatabases()
    const more = Array.from({ length: 65 - db_names.length }, (_, index) => `many_${index}`)
    const statuses = await Promise.all(more.map((db_name) => client.createDatabase({ db_name })))
    expect(statuses.every(({ code }) => code === 0)).toBe(true)
    expect(await client.createDatabase({ db_name: 'one_more' })).toMatchObject({ code: 801 })
  })

  it('are found again after a kill, with what they hold', async () => {
    const before = (await server.client.listDatabases()).db_names
    await server.restart()
    expect((await server.client.listDatabases()).db_names.toSorted()).toEqual(before.toSorted())
    const asked = { collection_name: 'one', db_name: 'altered' }
    expect(await server.client.hasCollection(asked)).toMatchObject({ value: true })
  })
})
