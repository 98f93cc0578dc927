import { describe, expect, it } from 'vitest'
import { open } from '../../src/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { fields, makeRows, nearest } from './day-data.ts'
import { connect, idsOf } from './milvus-client.ts'

const rows = makeRows(7, 200)
const [{ vector } = { vector: [] }] = rows
const collection_name = 'embedded'
const target = { databaseName: 'default', collectionName: collection_name }

describe('an embedded database', () => {
  it('serves Milvus clients on any free port, and the caller without one', async () => {
    await using folder = await temporaryFolder()
    await using database = await open({ data: folder.path })
    const server = await database.listen({ port: 0 })
    const client = await connect(server.port)
    await client.createCollection({ collection_name, fields })
    await client.insert({ collection_name, data: rows })
    const index = { collection_name, field_name: 'vector', index_type: 'FLAT', metric_type: 'L2' }
    await client.createIndex(index)
    await client.loadCollectionSync({ collection_name })
    const { results } = await client.search({ collection_name, data: vector, limit: 3 })
    expect(idsOf(results)).toEqual(nearest(rows, vector, { metric: 'L2', limit: 3 }))
    await client.closeConnection()

    expect(await database.proxy.hasCollection(target)).toBe(true)
    expect(await database.proxy.collectionRowCount(target)).toBe(rows.length)
  })

  it('finds everything again when it is opened again', async () => {
    await using folder = await temporaryFolder()
    const read = { ...target, partitionNames: [], filter: '', outputFields: ['count(*)'] }
    const query = {
      ...read,
      limit: undefined,
      offset: 0,
      consistencyLevel: undefined,
      guaranteeTimestamp: 0n,
    }
    {
      await using database = await open({ data: folder.path })
      const server = await database.listen()
      const client = await connect(server.port)
      await client.createCollection({ collection_name, fields })
      await client.insert({ collection_name, data: rows })
      await client.createIndex({ collection_name, field_name: 'vector', index_type: 'HNSW' })
      await client.loadCollectionSync({ collection_name })
      await client.closeConnection()
    }
    await using database = await open({ data: folder.path })
    await database.settled()
    expect(await database.proxy.loadState(target)).toEqual({ kind: 'loaded' })
    expect(await database.proxy.query(query)).toMatchObject({ kind: 'count', count: rows.length })
  })

  it('keeps others out of its folder, and says who holds it', async () => {
    await using folder = await temporaryFolder()
    await using database = await open({ data: folder.path })
    await expect(open({ data: folder.path })).rejects.toMatchObject({ code: 'FOLDER_LOCKED' })
    expect(await database.proxy.health()).toMatchObject({ isHealthy: true })
  })
})
