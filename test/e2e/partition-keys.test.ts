import { DataType } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CatalogServer, requireSuccess, success } from './catalog-server.ts'

const tenants = ['red', 'green', 'blue', 'black', 'white']
const rows = Array.from({ length: 200 }, (_, id) => ({
  id,
  tenant: tenants[id % tenants.length] ?? '',
  vector: [id, 1],
}))
const refused = { error_code: 'IllegalArgument', code: 1100 }

function fieldsWith(key: object): { name: string; data_type: DataType }[] {
  return [
    { name: 'id', data_type: DataType.Int64, is_primary_key: true },
    { name: 'vector', data_type: DataType.FloatVector, dim: 2 },
    { name: 'tenant', data_type: DataType.VarChar, max_length: 20, ...key },
  ].map((field) => field)
}

describe('partition keys', () => {
  let server: CatalogServer
  const collection_name = 'tenants'

  async function make(name: string, options: object = {}): Promise<void> {
    requireSuccess(
      await server.client.createCollection({
        collection_name: name,
        fields: fieldsWith({ is_partition_key: true }),
        ...options,
      }),
    )
    requireSuccess(
      await server.client.createIndex({
        collection_name: name,
        field_name: 'vector',
        metric_type: 'L2',
      }),
    )
    await server.client.loadCollectionSync({ collection_name: name })
    const { status } = await server.client.insert({ collection_name: name, data: rows })
    requireSuccess(status)
  }

  beforeAll(async () => {
    server = await CatalogServer.start()
    await make(collection_name, { shards_num: 2 })
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  it('spread rows over sixteen partitions', async () => {
    const described = await server.client.describeCollection({ collection_name })
    expect(described).toMatchObject({ num_partitions: '16' })
    const tenant = described.schema.fields.find(({ name }) => name === 'tenant')
    expect(tenant).toMatchObject({ is_partition_key: true })
    const { partition_names } = await server.client.showPartitions({ collection_name })
    expect(partition_names).toEqual(Array.from({ length: 16 }, (_, index) => `_default_${index}`))
    const counts = await Promise.all(
      partition_names.map(async (partition_name) => {
        const { stats } = await server.client.getPartitionStatistics({
          collection_name,
          partition_name,
        })
        return Number(stats.find(({ key }) => key === 'row_count')?.value)
      }),
    )
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rows.length)
    const filled = counts.filter((count) => count > 0)
    expect(filled.length).toBeGreaterThan(1)
    // Rows of one key lie together.
    expect(filled.every((count) => count % (rows.length / tenants.length) === 0)).toBe(true)
  })

  it.each([
    ["tenant == 'red'", (tenant: string) => tenant === 'red'],
    ["tenant in ['red', 'blue'] and id < 100", (tenant: string) => tenant !== 'green'],
    ["tenant == 'red' or tenant == 'white'", (tenant: string) => ['red', 'white'].includes(tenant)],
    ["tenant == 'red' or id == 1", (tenant: string) => ['red', 'green'].includes(tenant)],
    ["tenant != 'red'", (tenant: string) => tenant !== 'red'],
    ["tenant == 'nobody'", () => false],
    ['tenant in []', () => false],
  ])('let reads find what passes: %s', async (filter, mayPass) => {
    const { data } = await server.client.query({
      collection_name,
      filter,
      output_fields: ['tenant'],
    })
    const { data: all } = await server.client.query({
      collection_name,
      filter: `(${filter}) and id >= 0`,
    })
    expect(data.map(({ id }) => String(id))).toEqual(all.map(({ id }) => String(id)))
    expect(data.every(({ tenant }) => mayPass(String(tenant)))).toBe(true)
    const { results } = await server.client.search({
      collection_name,
      data: [0, 1],
      filter,
      limit: 1000,
      output_fields: ['id'],
    })
    expect(results.map(({ id }) => Number(id)).toSorted((left, right) => left - right)).toEqual(
      data.map(({ id }) => Number(id)),
    )
  })

  it('move a row that gets another key', async () => {
    const data = [{ id: 0, tenant: 'purple', vector: [0, 1] }]
    requireSuccess((await server.client.upsert({ collection_name, data })).status)
    const found = await server.client.query({ collection_name, filter: 'id == 0' })
    expect(found.data).toMatchObject([{ id: '0', tenant: 'purple' }])
    const old = await server.client.count({ collection_name, expr: "tenant == 'red'" })
    expect(Number(old.data)).toBe(39)
  })

  it('leave no partition to the client', async () => {
    const partition_name = '_default_1'
    const named = { collection_name, partition_name }
    const create = await server.client.createPartition({ collection_name, partition_name: 'own' })
    expect(create).toMatchObject({
      ...refused,
      reason: 'disable create partition if partition key mode is used',
    })
    expect(await server.client.dropPartition(named)).toMatchObject(refused)
    const partition_names = [partition_name]
    expect(await server.client.loadPartitions({ collection_name, partition_names })).toMatchObject(
      refused,
    )
    const reason =
      'not support manually specifying the partition names if partition key mode is used'
    const { status: inserted } = await server.client.insert({ ...named, data: rows.slice(0, 1) })
    expect(inserted).toMatchObject({ ...refused, reason })
    const { status: queried } = await server.client.query({
      collection_name,
      partition_names,
      filter: 'id > 0',
    })
    expect(queried).toMatchObject({ ...refused, reason })
    const { status: searched } = await server.client.search({
      collection_name,
      partition_names,
      data: [0, 1],
    })
    expect(searched).toMatchObject({ ...refused, reason })
  })

  it('have as many partitions as is asked for', async () => {
    await make('seven', { num_partitions: 7 })
    const { partition_names } = await server.client.showPartitions({ collection_name: 'seven' })
    expect(partition_names).toHaveLength(7)
  })

  it('let a search look at one key alone where that is asked for', async () => {
    await make('isolated', { properties: { 'partitionkey.isolation': true } })
    const search = { collection_name: 'isolated', data: [0, 1], limit: 3 }
    const one = await server.client.search({ ...search, filter: "tenant == 'red' and id > 5" })
    expect(one.status).toMatchObject(success)
    expect(one.results).toHaveLength(3)
    for (const filter of ['', 'id > 5', "tenant in ['red', 'blue']", "tenant != 'red'"]) {
      const { status } = await server.client.search({ ...search, filter })
      expect(status).toMatchObject(refused)
      expect(status.reason).toContain('partition key')
    }
  })
})
