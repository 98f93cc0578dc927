import type { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CatalogServer, countOf, fields, fill, rowsFrom, success } from './catalog-server.ts'

describe('aliases', () => {
  let server: CatalogServer
  let client: MilvusClient

  beforeAll(async () => {
    server = await CatalogServer.start()
    client = server.client
    await fill(client, 'blue', rowsFrom(1, 3))
    await fill(client, 'green', rowsFrom(1, 5))
  })

  afterAll(() => server[Symbol.asyncDispose]())

  it('stand for a collection wherever its name does', async () => {
    const created = await client.createAlias({ collection_name: 'blue', alias: 'live' })
    expect(created).toMatchObject(success)
    const collection_name = 'live'
    const described = await client.describeCollection({ collection_name })
    expect(described).toMatchObject({
      collection_name: 'blue',
      schema: { name: 'blue' },
      aliases: ['live'],
    })
    expect(await client.hasCollection({ collection_name })).toMatchObject({ value: true })
    expect(await client.insert({ collection_name, data: rowsFrom(50, 2) })).toMatchObject({
      status: success,
    })
    const { results } = await client.search({ collection_name, data: [50, 1, 0, 0], limit: 1 })
    expect(results).toMatchObject([{ id: '50' }])
    await client.delete({ collection_name, ids: [50, 51] })
    expect(await countOf(client, collection_name)).toBe(3)
    await client.flushSync({ collection_names: [collection_name] })
    const statistics = await client.getCollectionStatistics({ collection_name })
    expect(statistics.data['row_count']).toBe('3')
    expect(await client.describeIndex({ collection_name })).toMatchObject({ status: success })
    expect(await client.getLoadState({ collection_name })).toMatchObject({
      state: 'LoadStateLoaded',
    })
  })

  it('go over to another collection in one step', async () => {
    expect(await client.alterAlias({ collection_name: 'green', alias: 'live' })).toMatchObject(
      success,
    )
    expect(await countOf(client, 'live')).toBe(5)
    expect(await client.describeAlias({ collection_name: 'green', alias: 'live' })).toMatchObject({
      alias: 'live',
      collection: 'green',
      db_name: 'default',
    })
    expect((await client.listAliases({ collection_name: 'blue' })).aliases).toEqual([])
    expect((await client.listAliases({ collection_name: 'green' })).aliases).toEqual(['live'])
  })

  it('are not in the way of themselves', async () => {
    const again = await client.createAlias({ collection_name: 'green', alias: 'live' })
    expect(again).toMatchObject(success)
    expect(await client.dropAlias({ alias: 'never_was' })).toMatchObject(success)
  })

  it.each([
    ['another collection has it', 'blue', 'live', 1602],
    ['a collection has the name', 'blue', 'green', 1601],
    ['the collection is unknown', 'red', 'fresh', 100],
    ['the collection is named by an alias', 'live', 'fresh', 100],
    ['the name is none', 'blue', '1st', 1100],
  ])('are refused when %s', async (_, collection_name, alias, code) => {
    expect(await client.createAlias({ collection_name, alias })).toMatchObject({ code })
  })

  it('that are unknown are altered and described by nobody', async () => {
    const missing = { code: 1600, reason: 'alias not found[database=default][alias=none]' }
    expect(await client.alterAlias({ collection_name: 'blue', alias: 'none' })).toMatchObject(
      missing,
    )
    const asked = { collection_name: 'blue', alias: 'none' }
    expect((await client.describeAlias(asked)).status).toMatchObject(missing)
  })

  it('keep their collection from being dropped, and their name from being taken', async () => {
    expect(await client.dropCollection({ collection_name: 'green' })).toMatchObject({
      code: 1100,
      reason:
        'unable to drop the collection [green] because it has associated aliases [live], ' +
        'please remove all aliases before dropping the collection',
    })
    expect(await client.dropCollection({ collection_name: 'live' })).toMatchObject({
      code: 1100,
      reason: 'cannot drop the collection via alias = live',
    })
    await expect(
      client.createCollection({ collection_name: 'live', fields }),
    ).rejects.toMatchObject({
      code: 1601,
    })
    expect(
      await client.renameCollection({ collection_name: 'blue', new_collection_name: 'live' }),
    ).toMatchObject({ code: 1601 })
    expect(
      await client.renameCollection({ collection_name: 'live', new_collection_name: 'fresh' }),
    ).toMatchObject({ code: 1100 })
  })

  it('survive a kill, and are dropped', async () => {
    await server.restart()
    client = server.client
    expect(await countOf(client, 'live')).toBe(5)
    expect(await client.dropAlias({ alias: 'live' })).toMatchObject(success)
    expect(await client.hasCollection({ collection_name: 'live' })).toMatchObject({ value: false })
    expect(await client.dropCollection({ collection_name: 'green' })).toMatchObject(success)
  })
})
