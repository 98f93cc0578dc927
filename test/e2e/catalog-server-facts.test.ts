import type { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MilvusServiceDefinition } from '../../src/rpc/generated/milvus/milvus.ts'
import { RawClient } from '../support/milvus/raw-client.ts'
import { CatalogServer, countOf, fill, rowsFrom, success } from './catalog-server.ts'

const { methods } = MilvusServiceDefinition
const collection_name = 'facts'
const number: unknown = expect.any(Number)
const version: unknown = expect.stringMatching(/-elanus-/)
const goTime: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 UTC$/)

describe('what is told of a server', () => {
  let server: CatalogServer
  let client: MilvusClient

  beforeAll(async () => {
    server = await CatalogServer.start()
    client = server.client
    await fill(client, collection_name, rowsFrom(1, 1500), 'HNSW')
  })

  afterAll(() => server[Symbol.asyncDispose]())

  it('has every role of Milvus, each with its hardware', async () => {
    const metric: { response: unknown } = await client.getMetric({
      request: { metric_type: 'system_info' },
    })
    const connection = { connected_identifier: 5, source_type: 'rootcoord', target_type: 'proxy' }
    const infos = {
      has_error: false,
      name: 'rootcoord1',
      type: 'rootcoord',
      created_time: goTime,
      hardware_infos: {
        ip: 'localhost',
        cpu_core_count: number,
        cpu_core_usage: number,
        memory: number,
        memory_usage: number,
        disk: number,
        disk_usage: number,
      },
      system_info: { deploy_mode: 'STANDALONE', build_version: version },
      system_configurations: { node_version: process.version },
    }
    const others: unknown[] = Array.from({ length: 7 }, () => ({ infos: { has_error: false } }))
    expect(metric.response).toMatchObject({ nodes_info: [{ identifier: 1, infos }, ...others] })
    expect(JSON.stringify(metric.response)).toContain(JSON.stringify(connection))
  })

  it('is an empty answer to a metric that there is not', async () => {
    const metric: { status: unknown; response: unknown } = await client.getMetric({
      request: { metric_type: 'system_statistics' },
    })
    const reason = 'metric not found[metric=system_statistics]'
    expect(metric).toMatchObject({ status: { code: 1100, reason }, response: {} })
  })

  it('has segments, where they are kept and where they are read', async () => {
    const asked = { collectionName: collection_name, dbName: 'default' }
    expect((await client.getPersistentSegmentInfo(asked)).infos).toEqual([])
    expect((await client.getQuerySegmentInfo(asked)).infos).toMatchObject([
      { state: 'Growing', num_rows: '1500' },
    ])
    await client.flushSync({ collection_names: [collection_name] })
    expect((await client.getPersistentSegmentInfo(asked)).infos).toMatchObject([
      { state: 'Flushed', num_rows: '1500', level: 'L1' },
    ])
    await expect
      .poll(async () => (await client.getQuerySegmentInfo(asked)).infos, { timeout: 30_000 })
      .toMatchObject([{ state: 'Sealed', num_rows: '1500', index_name: 'by_vector' }])
  })

  it('has one replica of a loaded collection, and none of another', async () => {
    const { collectionID } = await client.describeCollection({ collection_name })
    const { replicas } = await client.getReplicas({ collectionID, with_shard_nodes: true })
    expect(replicas).toMatchObject([
      {
        collectionID,
        node_ids: ['1'],
        resource_group_name: '__default_resource_group',
        shard_replicas: [{ leaderID: '1', node_ids: ['1'] }],
      },
    ])
    await client.releaseCollection({ collection_name })
    expect((await client.getReplicas({ collectionID })).replicas).toEqual([])
    await client.loadCollectionSync({ collection_name })
  })

  it('is flushed whole, in every database', async () => {
    await client.createDatabase({ db_name: 'second' })
    const second = server.clientOf('second')
    await fill(second, collection_name, rowsFrom(1, 10))
    await client.insert({ collection_name, data: rowsFrom(5000, 10) })
    expect(await client.flushAllSync()).toMatchObject({ status: success, flushed: true })
    for (const dbName of ['default', 'second']) {
      const asked = { collectionName: collection_name, dbName }
      const { infos } = await client.getPersistentSegmentInfo(asked)
      expect(infos.length).toBeGreaterThan(0)
      expect(infos.every(({ state }) => String(state) === 'Flushed')).toBe(true)
    }
    expect(await countOf(client, collection_name)).toBe(1510)
    await second.closeConnection()
  })

  it('is a timestamp, greater each time, and an answer to a dummy', async () => {
    using raw = new RawClient(server.port)
    const first = await raw.call(methods.allocTimestamp, {})
    const second = await raw.call(methods.allocTimestamp, {})
    expect(second.timestamp).toBeGreaterThan(first.timestamp)
    const dummy = async (request: unknown): Promise<unknown> => {
      const requestType = typeof request === 'string' ? request : JSON.stringify(request)
      return JSON.parse((await raw.call(methods.dummy, { requestType })).response)
    }
    const query = { request_type: 'query', collection_name }
    expect(await dummy(query)).toEqual({ status: 'success' })
    expect(await dummy({ ...query, collection_name: 'none' })).toEqual({ status: 'fail' })
    expect(await dummy('no json')).toEqual({ status: 'fail' })
  })

  it('is a list of nothing where it has none of what is asked for', async () => {
    expect(await client.listUsers()).toMatchObject({ status: success, usernames: [] })
    expect(await client.listRoles()).toMatchObject({ status: success, results: [] })
    expect(await client.listPrivilegeGroups()).toMatchObject({ status: success })
    expect(await client.listResourceGroups()).toMatchObject({ resource_groups: [] })
  })
})
