import type { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CatalogServer, countOf, fill, rowsFrom, success } from './catalog-server.ts'

const collection_name = 'small'

describe('compaction', () => {
  let server: CatalogServer
  let client: MilvusClient

  beforeAll(async () => {
    server = await CatalogServer.start()
    client = server.client
  })

  afterAll(() => server[Symbol.asyncDispose]())

  const segmentCount = async () => {
    const { infos } = await client.getPersistentSegmentInfo({ collectionName: collection_name })
    return infos.length
  }

  it('merges by hand what flushes have left, and says how far it is', async () => {
    await fill(client, collection_name, rowsFrom(1, 2))
    await client.flushSync({ collection_names: [collection_name] })
    for (let flush = 1; flush < 5; flush += 1) {
      await client.insert({ collection_name, data: rowsFrom(1 + 2 * flush, 2) })
      await client.flushSync({ collection_names: [collection_name] })
    }
    expect(await segmentCount()).toBe(5)
    // A segment can be merged once it is served from its files.
    const ask = () => client.compact({ collection_name })
    const planCount = async () => (await ask()).compactionPlanCount
    await expect.poll(planCount, { timeout: 30_000 }).toBe(1)
    const asked = await ask()
    expect(asked.status).toMatchObject(success)
    const { compactionID } = asked
    const state = async () => (await client.getCompactionState({ compactionID })).state
    await expect.poll(state, { timeout: 30_000 }).toBe('Completed')
    await expect.poll(segmentCount, { timeout: 30_000 }).toBe(1)
    const { mergeInfos } = await client.getCompactionStateWithPlans({ compactionID })
    for (const { sources, target } of mergeInfos)
      expect([sources.length, target]).not.toEqual([0, '0'])
    expect(await countOf(client, collection_name)).toBe(10)
    await server.restart()
    client = server.client
    expect(await segmentCount()).toBe(1)
    expect(await countOf(client, collection_name)).toBe(10)
  })

  it('is refused for what is not there, and has nothing to say of what nobody asked for', async () => {
    const missing = await client.compact({ collection_name: 'missing' })
    expect(missing.status).toMatchObject({ code: 100 })
    const unknown = await client.getCompactionState({ compactionID: 7 })
    expect(unknown).toMatchObject({ state: 'Completed', executingPlanNo: '0' })
  })
})
