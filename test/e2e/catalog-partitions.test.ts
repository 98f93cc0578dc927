import type { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CatalogServer, countOf, fill, rowsFrom, success } from './catalog-server.ts'

const collection_name = 'parts'

describe('partitions', () => {
  let server: CatalogServer
  let client: MilvusClient

  beforeAll(async () => {
    server = await CatalogServer.start()
    client = server.client
    await fill(client, collection_name, rowsFrom(1, 2))
  })

  afterAll(() => server[Symbol.asyncDispose]())

  const inPartition = (partition_name: string) => ({ collection_name, partition_name })
  const inPartitions = (...partition_names: string[]) => ({ collection_name, partition_names })
  const rowCountOf = async (partition_name: string) => {
    const { data } = await client.getPartitionStatistics(inPartition(partition_name))
    return String(data['row_count'])
  }
  const search = (request: object) =>
    client.search({ collection_name, data: [10, 1, 0, 0], limit: 100, ...request })

  it('are created, found and shown', async () => {
    expect(await client.createPartition(inPartition('a'))).toMatchObject(success)
    expect(await client.createPartition(inPartition('b'))).toMatchObject(success)
    expect(await client.hasPartition(inPartition('a'))).toMatchObject({ value: true })
    expect(await client.hasPartition(inPartition('z'))).toMatchObject({ value: false })
    const shown = await client.showPartitions({ collection_name })
    expect(shown.partition_names).toEqual(['_default', 'a', 'b'])
    expect(shown.partitionIDs).toHaveLength(3)
    expect(await client.describeCollection({ collection_name })).toMatchObject({
      num_partitions: '3',
    })
  })

  it('take rows, and are searched and counted alone', async () => {
    await client.insert({ ...inPartition('a'), data: rowsFrom(10, 3) })
    await client.insert({ ...inPartition('b'), data: rowsFrom(20, 4) })
    expect(await rowCountOf('_default')).toBe('2')
    expect(await rowCountOf('a')).toBe('3')
    expect(await rowCountOf('b')).toBe('4')
    expect((await search(inPartitions('a'))).results).toHaveLength(3)
    expect((await search(inPartitions('a', 'b'))).results).toHaveLength(7)
    expect((await search({})).results).toHaveLength(9)
    const { data } = await client.query({ ...inPartitions('b'), expr: '', limit: 10 })
    expect(data.map(({ id }) => String(id))).toEqual(['20', '21', '22', '23'])
  })

  it('are released and loaded one by one', async () => {
    expect(await client.releasePartitions(inPartitions('a'))).toMatchObject(success)
    expect((await search(inPartitions('a'))).status).toMatchObject({
      code: 201,
      reason: 'partition not loaded[partition=a]',
    })
    expect((await search({})).results).toHaveLength(6)
    expect(await client.getLoadState(inPartitions('a'))).toMatchObject({
      state: 'LoadStateNotLoad',
    })
    expect(await client.getLoadState(inPartitions('b'))).toMatchObject({ state: 'LoadStateLoaded' })
    // Statistics are about what is there, loaded or not.
    expect((await client.getCollectionStatistics({ collection_name })).data['row_count']).toBe('9')

    expect(await client.loadPartitionsSync(inPartitions('a'))).toMatchObject(success)
    expect((await search(inPartitions('a'))).results).toHaveLength(3)
    expect((await search({})).results).toHaveLength(9)
  })

  it('are loaded again after a kill as they were', async () => {
    await client.releaseCollection({ collection_name })
    await client.flushSync({ collection_names: [collection_name] })
    expect(await client.loadPartitionsSync(inPartitions('b'))).toMatchObject(success)
    await server.restart()
    client = server.client
    await expect
      .poll(async () => (await client.getLoadState(inPartitions('b'))).state)
      .toBe('LoadStateLoaded')
    expect(await countOf(client, collection_name)).toBe(4)
    expect((await search(inPartitions('_default'))).status).toMatchObject({ code: 201 })
    await client.loadCollectionSync({ collection_name })
    expect(await countOf(client, collection_name)).toBe(9)
  })

  it('are dropped once they are released', async () => {
    expect(await client.dropPartition(inPartition('a'))).toMatchObject({
      code: 1100,
      reason: 'partition cannot be dropped, partition is loaded, please release it first',
    })
    await client.releasePartitions(inPartitions('a'))
    expect(await client.dropPartition(inPartition('a'))).toMatchObject(success)
    expect((await client.showPartitions({ collection_name })).partition_names).toEqual([
      '_default',
      'b',
    ])
    expect(await countOf(client, collection_name)).toBe(6)
    expect((await client.getCollectionStatistics({ collection_name })).data['row_count']).toBe('6')
  })

  it('are refused by the rules that Milvus has', async () => {
    expect(await client.createPartition(inPartition('not a name'))).toMatchObject({ code: 1100 })
    expect((await search(inPartitions('z'))).status).toMatchObject({
      error_code: 'MetaFailed',
      code: 200,
      reason: 'partition not found[partition=z]',
    })
    expect(await client.releasePartitions(inPartitions('_default'))).toMatchObject(success)
    expect(await client.dropPartition(inPartition('_default'))).toMatchObject({ code: 1100 })
  })

  it('end the load of their collection when the last of them is released', async () => {
    expect(await client.releasePartitions(inPartitions('_default', 'b'))).toMatchObject(success)
    expect((await search({})).status).toMatchObject({ code: 101 })
  })
})
