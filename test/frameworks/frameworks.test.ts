import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ServerProcess } from '../e2e/server-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { books } from './books.ts'
import { langchainStore } from './langchain.ts'
import { llamaIndexStore } from './llama-index.ts'
import { installPackages } from './packages.ts'
import { clientVersions, connectClient, type VersionedClient } from './sdk-versions.ts'
import { embeddingOf } from './vectors.ts'

const fault = await installPackages()
if (fault !== undefined) console.warn(`Skipped, because ${fault}: the frameworks' own libraries`)

describe.skipIf(fault !== undefined)('what apps are built with', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let server: ServerProcess

  beforeAll(async () => {
    folder = await temporaryFolder()
    server = await ServerProcess.start(folder.path)
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  describe.each(clientVersions)('the official client %s', (version) => {
    const dimension = 16
    const named = { collection_name: `books_${version.replaceAll('.', '_')}` }
    const vectorOf = (title: string): number[] => embeddingOf(title, dimension)
    let client: VersionedClient

    beforeAll(async () => {
      client = await connectClient(version, server.address)
    })

    afterAll(async () => {
      await client.closeConnection()
    })

    const search = async (title: string, expr: string): Promise<readonly string[]> => {
      const answer = await client.search({
        ...named,
        vectors: [vectorOf(title)],
        vector_type: 101,
        expr,
        output_fields: ['title', 'year'],
        search_params: {
          anns_field: 'vector',
          topk: '3',
          metric_type: 'L2',
          params: JSON.stringify({ ef: 64 }),
        },
      })
      expect(answer.status).toMatchObject({ error_code: 'Success' })
      return answer.results.map((hit) => String(hit['title']))
    }

    it('creates a collection with an index, and loads it', async () => {
      const text = { data_type: 21, type_params: { max_length: '200' } }
      const created = await client.createCollection({
        ...named,
        fields: [
          { name: 'id', data_type: 5, is_primary_key: true, autoID: true, description: '' },
          { name: 'vector', data_type: 101, type_params: { dim: `${dimension}` }, description: '' },
          { name: 'title', ...text, description: '' },
          { name: 'genre', ...text, description: '' },
          { name: 'year', data_type: 4, description: '' },
        ],
      })
      expect(created).toMatchObject({ error_code: 'Success' })
      const params = JSON.stringify({ M: 8, efConstruction: 64 })
      const indexed = await client.createIndex({
        ...named,
        field_name: 'vector',
        extra_params: { index_type: 'HNSW', metric_type: 'L2', params },
      })
      expect(indexed).toMatchObject({ error_code: 'Success' })
      expect(await client.loadCollectionSync(named)).toMatchObject({ error_code: 'Success' })
    })

    it('adds rows', async () => {
      const rows = books.map((book) => ({ ...book, vector: vectorOf(book.title) }))
      const inserted = await client.insert({ ...named, fields_data: rows })
      expect(inserted.status).toMatchObject({ error_code: 'Success' })
      expect(Number(inserted.insert_cnt)).toBe(books.length)
      await client.flushSync({ collection_names: [named.collection_name] })
    })

    it('searches with a filter', async () => {
      const [nearest] = await search('Quiet Springs', '')
      expect(nearest).toBe('Quiet Springs')
      const old = await search('Quiet Springs', 'year < 1950')
      expect(old.toSorted()).toEqual(['A Theory of Messages', 'The Garden of Paths'])
      expect(await search('Nine Doors', 'genre == "science" and year == 1950')).toEqual([
        'Machines That Count',
      ])
    })

    it('queries', async () => {
      const answer = await client.query({
        ...named,
        expr: 'genre in ["fiction"]',
        output_fields: ['title'],
      })
      expect(answer.data.map(({ title }) => String(title)).toSorted()).toEqual([
        'Nine Doors',
        'The Garden of Paths',
      ])
    })

    it('deletes', async () => {
      const found = await client.query({
        ...named,
        expr: 'title == "Nine Doors"',
        output_fields: ['id'],
      })
      const id = String(found.data[0]?.['id'])
      const deleted = await client.deleteEntities({ ...named, expr: `id in [${id}]` })
      expect(deleted.status).toMatchObject({ error_code: 'Success' })
      expect(await search('Nine Doors', 'genre == "fiction"')).toEqual(['The Garden of Paths'])
      expect(await client.dropCollection(named)).toMatchObject({ error_code: 'Success' })
    })
  })

  describe("LangChain's vector store", () => {
    const documents = books.map(({ title, ...metadata }) => ({ pageContent: title, metadata }))

    it('adds documents, and finds them with a filter', async () => {
      const store = langchainStore(server.address, { collectionName: 'langchain' })
      await store.addDocuments(documents)
      const [nearest] = await store.similaritySearchWithScore('Quiet Springs', 2)
      expect(nearest?.[0]).toMatchObject({
        pageContent: 'Quiet Springs',
        metadata: { year: 1962, genre: 'nature' },
      })
      const found = await store.similaritySearch('Quiet Springs', 6, 'genre == "science"')
      expect(found.map(({ pageContent }) => pageContent).toSorted()).toEqual([
        'A Theory of Messages',
        'Machines That Count',
      ])
    })

    it('comes back to its collection, and adds to it', async () => {
      const store = langchainStore(server.address, { collectionName: 'langchain' })
      await store.addDocuments([
        { pageContent: 'Ten Windows', metadata: { year: 2001, genre: 'fiction' } },
      ])
      const found = await store.similaritySearch('Ten Windows', 6, 'genre == "fiction"')
      expect(found.map(({ pageContent }) => pageContent)).toHaveLength(3)
      expect(found[0]?.pageContent).toBe('Ten Windows')
    })

    it('deletes by filter', async () => {
      const store = langchainStore(server.address, { collectionName: 'langchain' })
      await store.delete({ filter: 'year < 1960' })
      const found = await store.similaritySearch('anything', 10)
      expect(found.map(({ pageContent }) => pageContent).toSorted()).toEqual([
        'Nine Doors',
        'Quiet Springs',
        'Ten Windows',
      ])
    })

    it('keeps documents under ids of their own, and deletes by them', async () => {
      const options = { collectionName: 'langchain_ids', autoId: false, primaryField: 'isbn' }
      const store = langchainStore(server.address, options)
      await store.addDocuments(documents, { ids: documents.map((_, index) => `isbn-${index}`) })
      await store.delete({ ids: ['isbn-0', 'isbn-1'] })
      const found = await store.similaritySearch('anything', 10)
      expect(found).toHaveLength(books.length - 2)
    })

    it('keeps tenants apart by a partition key', async () => {
      const options = { collectionName: 'langchain_tenants', partitionKey: 'genre' }
      const store = langchainStore(server.address, options)
      await store.addDocuments(documents)
      const found = await store.similaritySearch('anything', 10, 'genre == "nature"')
      expect(found.map(({ pageContent }) => pageContent).toSorted()).toEqual([
        'Quiet Springs',
        'The Sea Rises',
      ])
    })

    it('is not held up by a flush after every few documents', async () => {
      const store = langchainStore(server.address, { collectionName: 'langchain_many' })
      for (let batch = 0; batch < 12; batch++) {
        const texts = Array.from({ length: 3 }, (_, index) => `text ${batch} ${index}`)
        await store.addDocuments(
          texts.map((pageContent) => ({ pageContent, metadata: { year: batch, genre: 'none' } })),
        )
      }
      const [nearest] = await store.similaritySearch('text 7 1', 1)
      expect(nearest?.pageContent).toBe('text 7 1')
    })
  })

  describe("LlamaIndex's vector store", () => {
    it('adds nodes, finds them with filters on their metadata, and deletes', async () => {
      const store = llamaIndexStore(server.address, 'llama')
      const ids = await store.add(books)
      expect(ids).toHaveLength(books.length)
      const all = await store.query('Quiet Springs', 2)
      expect(all[0]).toBe('Quiet Springs')
      const science = await store.query('Quiet Springs', 6, [
        { key: 'genre', value: 'science', operator: '==' },
      ])
      expect(science.toSorted()).toEqual(['A Theory of Messages', 'Machines That Count'])
      const old = await store.query('Quiet Springs', 6, [
        { key: 'year', value: 1950, operator: '<' },
        { key: 'genre', value: ['fiction', 'nature'], operator: 'in' },
      ])
      expect(old).toEqual(['The Garden of Paths'])
      await store.delete(ids[1] ?? '')
      expect(await store.query('Quiet Springs', 6)).not.toContain('Quiet Springs')
    })
  })
})
