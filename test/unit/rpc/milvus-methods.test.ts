import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MilvusServiceDefinition, ShowType } from '../../../src/rpc/generated/milvus/milvus.ts'
import { DataType, FieldData, StringArray } from '../../../src/rpc/generated/milvus/schema.ts'
import { type RunningServer, startServer } from '../../../src/rpc/server.ts'
import { packFloats } from '../../../src/rpc/wire/packed-floats.ts'
import { unpackInt32 } from '../../../src/rpc/wire/packed-varints.ts'
import { RawClient } from '../../support/milvus/raw-client.ts'
import {
  createRequest,
  insertRequest,
  keyColumn,
  keyField,
  placeholderGroup,
  queryRequest,
  schemaOf,
  searchRequest,
  vectorColumn,
  vectorField,
} from '../../support/milvus/requests.ts'
import { memoryProxy } from './memory-proxy.ts'

const { methods } = MilvusServiceDefinition
const rows = { dbName: '', collectionName: 'rows' }
const unknown = { dbName: '', collectionName: 'x' }
const rowsIndex = { ...rows, fieldName: 'vector', indexName: '' }

describe('the Milvus face', () => {
  let server: RunningServer
  let client: RawClient

  beforeEach(async () => {
    const facts = { host: '127.0.0.1', port: 0, version: '1.2.3' }
    server = await startServer({ ...facts, proxy: memoryProxy() })
    client = new RawClient(server.port)
    await client.call(methods.createCollection, createRequest())
  })

  afterEach(async () => {
    client[Symbol.dispose]()
    await server.close()
  })

  describe('of collections', () => {
    it('describes all that a client encodes rows by', async () => {
      const request = { ...rows, collectionID: 0n, timeStamp: 0n }
      const response = await client.call(methods.describeCollection, request)
      expect(response).toMatchObject({
        status: { code: 0, errorCode: 0 },
        collectionName: 'rows',
        dbName: 'default',
        shardsNum: 1,
        numPartitions: 1n,
        consistencyLevel: 2,
        aliases: [],
        virtualChannelNames: ['channel_0v0'],
        physicalChannelNames: ['channel_0'],
      })
      expect(response.updateTimestampStr).toBe(String(response.updateTimestamp))
      expect(response.createdUtcTimestamp).toBe(response.createdTimestamp >> 18n)
      expect(response.schema?.fields).toMatchObject([
        { fieldID: 100n, name: 'id', isPrimaryKey: true, dataType: DataType.Int64 },
        {
          fieldID: 101n,
          name: 'vector',
          dataType: DataType.FloatVector,
          typeParams: [{ key: 'dim', value: '2' }],
        },
      ])
      const byId = await client.call(methods.describeCollection, {
        dbName: '',
        collectionName: '',
        collectionID: response.collectionID,
        timeStamp: 0n,
      })
      expect(byId.collectionName).toBe('rows')
    })

    it('names an unknown one in the words that clients know', async () => {
      const request = { ...unknown, collectionID: 0n, timeStamp: 0n }
      const { status } = await client.call(methods.describeCollection, request)
      expect(status).toMatchObject({
        code: 100,
        errorCode: 4,
        reason: 'collection not found[database=default][collection=x]',
        retriable: false,
        extraInfo: { is_input_error: 'true' },
      })
    })

    it('answers whether there is one', async () => {
      const has = (target: typeof rows) =>
        client.call(methods.hasCollection, { ...target, timeStamp: 0n })
      expect(await has(rows)).toMatchObject({ status: { code: 0 }, value: true })
      expect(await has(unknown)).toMatchObject({ status: { code: 0 }, value: false })
    })

    it('shows all of them, or those in memory', async () => {
      const show = (type: ShowType) =>
        client.call(methods.showCollections, {
          dbName: '',
          timeStamp: 0n,
          type,
          collectionNames: [],
        })
      expect(await show(ShowType.All)).toMatchObject({
        collectionNames: ['rows'],
        inMemoryPercentages: [0n],
        queryServiceAvailable: [false],
        shardsNum: [1],
      })
      expect((await show(ShowType.InMemory)).collectionNames).toEqual([])
      await client.call(methods.loadCollection, load)
      expect((await show(ShowType.InMemory)).inMemoryPercentages).toEqual([100n])
    })

    it('lists databases in arrays of equal length', async () => {
      const response = await client.call(methods.listDatabases, {})
      expect(response.dbNames).toEqual(['default'])
      expect(response.createdTimestamp).toHaveLength(1)
      expect(response.dbIds).toHaveLength(1)
    })

    it('refuses a schema that cannot be read', async () => {
      const request = { ...createRequest(), schema: Uint8Array.of(0x0a, 0x7f) }
      const status = await client.call(methods.createCollection, request)
      expect(status).toMatchObject({ code: 1100, errorCode: 5 })
      expect(status.reason).toContain('Cannot decode the schema of the collection of 2 bytes')
    })

    it('refuses a schema of another name', async () => {
      const request = { ...createRequest(), collectionName: 'others' }
      const status = await client.call(methods.createCollection, request)
      expect(status).toMatchObject({
        code: 1100,
        reason: 'Cannot create collection others: its schema is named rows',
      })
    })

    it.each([
      ['Functions in a schema', { functions: [Uint8Array.of(0)] }],
      ['Array of structs', { structArrayFields: [Uint8Array.of(0)] }],
      ['External collection', { externalSource: 's3://bucket' }],
      ['Namespace in a schema', { enableNamespace: true }],
    ])('refuses what it cannot do yet: %s', async (feature, change) => {
      const schema = { ...schemaOf([keyField, vectorField]), ...change }
      const status = await client.call(methods.createCollection, createRequest(schema))
      expect(status).toMatchObject({ code: 10, reason: `${feature} is not supported yet` })
    })
  })

  describe('of indexes', () => {
    it('says that there is none in the code that clients wait for', async () => {
      const { status } = await client.call(methods.describeIndex, rowsIndex)
      expect(status).toMatchObject({
        code: 700,
        errorCode: 25,
        reason: 'index not found[collection=rows]',
      })
    })

    it('echoes what was asked for, and how far it is', async () => {
      const extraParams = [
        { key: 'index_type', value: 'HNSW' },
        { key: 'params', value: '{"M":8}' },
      ]
      await client.call(methods.createIndex, { ...rowsIndex, extraParams })
      const { indexDescriptions } = await client.call(methods.describeIndex, rowsIndex)
      expect(indexDescriptions).toMatchObject([
        { fieldName: 'vector', params: extraParams, state: 3 },
      ])
      expect(await client.call(methods.getIndexState, rowsIndex)).toMatchObject({ state: 3 })
      const progress = await client.call(methods.getIndexBuildProgress, rowsIndex)
      expect(progress.indexedRows).toBe(progress.totalRows)
      const statistics = await client.call(methods.getIndexStatistics, rowsIndex)
      expect(statistics.indexDescriptions).toHaveLength(1)
      await client.call(methods.dropIndex, rowsIndex)
      expect((await client.call(methods.getIndexState, rowsIndex)).status?.code).toBe(700)
    })
  })

  const load = {
    ...rows,
    replicaNumber: 1,
    resourceGroups: [],
    refresh: false,
    loadFields: [],
  }

  describe('of loading', () => {
    const progressOf = (target: typeof rows) =>
      client.call(methods.getLoadingProgress, { ...target, partitionNames: [] })
    const stateOf = (target: typeof rows) =>
      client.call(methods.getLoadState, { ...target, partitionNames: [] })

    it('goes from not loaded to loaded and back', async () => {
      expect((await progressOf(rows)).status).toMatchObject({
        code: 101,
        reason: 'collection not loaded[collection=rows]',
      })
      expect((await stateOf(rows)).state).toBe(1)
      await client.call(methods.loadCollection, load)
      expect(await progressOf(rows)).toMatchObject({ progress: 100n, refreshProgress: 100n })
      expect((await stateOf(rows)).state).toBe(3)
      await client.call(methods.releaseCollection, rows)
      expect((await stateOf(rows)).state).toBe(1)
    })

    it('knows a collection that there is not', async () => {
      expect((await progressOf(unknown)).status?.code).toBe(100)
      expect(await stateOf(unknown)).toMatchObject({ status: { code: 0 }, state: 0 })
    })

    it.each([
      ['More than one replica (replica_number)', { replicaNumber: 2 }],
      ['Resource groups', { resourceGroups: ['fast'] }],
      ['Loading some fields only (load_fields)', { loadFields: ['id'] }],
    ])('refuses what it cannot do yet: %s', async (feature, change) => {
      const status = await client.call(methods.loadCollection, { ...load, ...change })
      expect(status).toMatchObject({ code: 10, reason: `${feature} is not supported yet` })
    })
  })

  describe('of rows', () => {
    const scalars = [
      ['Bool', 'boolData', Uint8Array.of(1, 0)],
      ['Int8', 'intData', Uint8Array.of(1, ...minusOne())],
      ['Int16', 'intData', Uint8Array.of(0xac, 2, ...minusOne())],
      ['Int32', 'intData', Uint8Array.of(0xac, 2, ...minusOne())],
      ['Int64', 'longData', Uint8Array.of(0xac, 2, ...minusOne())],
      ['Float', 'floatData', packFloats(Float32Array.of(1.5, -2.5))],
      ['Double', 'doubleData', packFloats(Float64Array.of(0.1, -1e300))],
    ] as const

    it('returns every type as it came', async () => {
      const fields = scalars.map(([type]) => ({
        ...keyField,
        isPrimaryKey: false,
        name: `a_${type}`,
        dataType: DataType[type],
      }))
      const text = {
        ...keyField,
        isPrimaryKey: false,
        name: 'text',
        dataType: DataType.VarChar,
        typeParams: [{ key: 'max_length', value: '100' }],
      }
      const schema = schemaOf([keyField, ...fields, text, vectorField], 'all')
      expect(await client.call(methods.createCollection, createRequest(schema))).toMatchObject({
        code: 0,
      })
      const columns = [
        keyColumn([7n, -(2n ** 63n)]),
        ...scalars.map(([type, $case, data]): FieldData => {
          const value = { data: { $case, value: { data } } }
          return scalarColumn(`a_${type}`, DataType[type], value)
        }),
        scalarColumn('text', DataType.VarChar, {
          data: {
            $case: 'stringData',
            value: StringArray.encode({ data: ['\u00e9x', ''] }).finish(),
          },
        }),
        vectorColumn([1, 2, 3, 4]),
      ]
      const inserted = await client.call(methods.insert, {
        ...insertRequest(columns, 2),
        collectionName: 'all',
      })
      expect(inserted.status).toMatchObject({ code: 0, reason: '' })
      expect(inserted).toMatchObject({ insertCnt: 2n, acknowledged: true })
      expect([...unpackInt32(inserted.succIndex, 2)]).toEqual([0, 1])
      expect(inserted.errIndex).toHaveLength(0)
      expect(inserted.timestamp).toBeGreaterThan(0n)

      await client.call(methods.loadCollection, { ...load, collectionName: 'all' })
      const query = { ...queryRequest(['*'], { limit: '10' }), collectionName: 'all' }
      const { fieldsData, outputFields } = await client.call(methods.query, query)
      expect(outputFields).toEqual(columns.map(({ fieldName }) => fieldName))
      // Encoded again, but for the ids that the server gave.
      const plain = (list: readonly FieldData[]) =>
        list.map((field) => {
          const bytes = FieldData.encode({ ...field, fieldId: 0n }).finish()
          return { fieldName: field.fieldName, hex: Buffer.from(bytes).toString('hex') }
        })
      expect(plain(fieldsData)).toEqual(plain(columns))
    })

    it('finds the nearest first, for every query', async () => {
      const columns = [keyColumn([1n, 2n, 3n]), vectorColumn([0, 0, 3, 4, 6, 8])]
      await client.call(methods.insert, insertRequest(columns, 3))
      await client.call(methods.loadCollection, load)
      const request = searchRequest(
        [
          [0, 0],
          [6, 8],
        ],
        { topk: '2' },
      )
      const { status, results, sessionTs } = await client.call(methods.search, request)
      expect(status?.code).toBe(0)
      expect(sessionTs).toBeGreaterThan(0n)
      expect(results).toMatchObject({ numQueries: 2n, topK: 2n, primaryFieldName: 'id' })
      expect([...unpackInt32(results?.topks ?? new Uint8Array(0), 2)]).toEqual([2, 2])
      const scores = results?.scores.slice() ?? new Uint8Array(0)
      expect([...new Float32Array(scores.buffer)]).toEqual([0, 25, 0, 25])
      expect(results?.ids?.idField).toMatchObject({
        $case: 'intId',
        value: { data: { 0: 1, 1: 2, 2: 3, 3: 2 } },
      })
      expect(results?.outputFields).toEqual(['id', 'vector'])
    })

    it('has results, also where nothing is found', async () => {
      await client.call(methods.loadCollection, load)
      const { results } = await client.call(methods.search, searchRequest([[0, 0]]))
      expect(results).toMatchObject({ numQueries: 1n, ids: { idField: { $case: 'intId' } } })
      expect([...unpackInt32(results?.topks ?? new Uint8Array(0), 1)]).toEqual([0])
    })

    it('counts', async () => {
      const columns = [keyColumn([1n, 2n]), vectorColumn([0, 0, 3, 4])]
      await client.call(methods.insert, insertRequest(columns, 2))
      await client.call(methods.loadCollection, load)
      const { fieldsData, outputFields } = await client.call(
        methods.query,
        queryRequest(['count(*)']),
      )
      expect(outputFields).toEqual(['count(*)'])
      expect(fieldsData).toMatchObject([{ fieldName: 'count(*)', type: DataType.Int64 }])
      const statistics = await client.call(methods.getCollectionStatistics, rows)
      expect(statistics.stats).toEqual([{ key: 'row_count', value: '2' }])
    })

    it('refuses a search before loading', async () => {
      const { status } = await client.call(methods.search, searchRequest([[0, 0]]))
      expect(status).toMatchObject({
        code: 101,
        errorCode: 1,
        reason: 'collection not loaded[collection=rows]',
      })
    })

    it('has the segments of every name in the answer to a flush, whatever the name', async () => {
      const name = '__proto__'
      const schema = schemaOf([keyField, vectorField], name)
      await client.call(methods.createCollection, createRequest(schema))
      const bytes = methods.flush.requestType
        .encode({ dbName: '', collectionNames: ['rows', name] })
        .finish()
      const response = Buffer.from(await client.send('Flush', bytes))
      // As they lie there: the entry of the map that holds the segments.
      const entry = (key: string): Buffer =>
        Buffer.concat([Buffer.of(0x0a, key.length), Buffer.from(key), Buffer.of(0x12, 0)])
      for (const key of ['rows', name]) {
        const held = entry(key)
        expect(response.includes(Buffer.concat([Buffer.of(0x1a, held.length), held]))).toBe(true)
      }
    })

    it('refuses to look after more segments than there can be', async () => {
      const segmentIDs = new Uint8Array(70_000)
      const request = { segmentIDs, flushTs: 0n, dbName: '', collectionName: '' }
      const { status } = await client.call(methods.getFlushState, request)
      expect(status).toMatchObject({ code: 1100 })
      expect(status?.reason).toContain('70000 segments')
    })

    it('tells that a flush is done', async () => {
      const request = {
        segmentIDs: Uint8Array.of(1, 2),
        flushTs: 0n,
        dbName: '',
        collectionName: '',
      }
      const state = await client.call(methods.getFlushState, request)
      expect(state).toMatchObject({ status: { code: 0 }, flushed: true })
    })

    it.each<[string, Partial<ReturnType<typeof insertRequest>>]>([
      ['the num_rows', { numRows: 2 }],
      ['the most is 1000000', { numRows: 2_000_000 }],
      ['invalid dimension: 0', { fieldsData: [keyColumn([1n]), vectorColumn([1, 2], 0n)] }],
      ['it holds 12 bytes, not 8', { fieldsData: [keyColumn([1n]), vectorColumn([1, 2, 3])] }],
      ['it holds no vectors', { fieldsData: [{ ...keyColumn([1n]), type: 101 }] }],
      ['duplicated field name: id', { fieldsData: [keyColumn([1n]), keyColumn([1n])] }],
      [
        'field $meta is not in the schema',
        { fieldsData: [{ ...keyColumn([1n], ''), isDynamic: true }, vectorColumn([1, 2])] },
      ],
      [
        'field(id) is not nullable and has no default value, but row 0 has null',
        { fieldsData: [{ ...keyColumn([1n]), validData: Uint8Array.of(0) }, vectorColumn([1, 2])] },
      ],
      [
        'the data type of field(id) is Int64, but got JSON',
        { fieldsData: [{ ...keyColumn([1n]), type: DataType.JSON }, vectorColumn([1, 2])] },
      ],
    ])('refuses rows and names what is wrong: %s', async (reason, change) => {
      const columns = [keyColumn([1n]), vectorColumn([1, 2])]
      const request = { ...insertRequest(columns, 1), ...change }
      const { status } = await client.call(methods.insert, request)
      expect(status).toMatchObject({ code: 1100, errorCode: 5 })
      expect(status?.reason).toContain(reason)
    })

    it.each<[string, Partial<ReturnType<typeof insertRequest>>]>([
      ['Namespace', { namespace: 'tenant' }],
      ['Row-level security (rls_principal)', { rlsPrincipal: 'me' }],
      [
        'Data type Timestamptz (field id)',
        { fieldsData: [{ ...keyColumn([1n]), type: DataType.Timestamptz }] },
      ],
    ])('refuses rows that it cannot hold yet: %s', async (feature, change) => {
      const request = { ...insertRequest([keyColumn([1n])], 1), ...change }
      const { status } = await client.call(methods.insert, request)
      expect(status).toMatchObject({ code: 10, reason: `${feature} is not supported yet` })
    })

    it.each<[string, Partial<ReturnType<typeof searchRequest>>]>([
      ['nq [2] is invalid: the placeholder group holds 1 vectors', { nq: 2n }],
      ['the placeholder group is empty', { placeholderGroup: new Uint8Array(0), nq: 0n }],
      ['nq [0] is invalid', { placeholderGroup: placeholderGroup([]), nq: 0n }],
      ['Cannot decode the placeholder group', { placeholderGroup: Uint8Array.of(10, 99) }],
      ['vectors differ in size', { placeholderGroup: placeholderGroup([[1], [1, 2]]), nq: 0n }],
      ['guarantee_timestamp', { guaranteeTimestamp: 2n ** 64n - 1n }],
      ['Cannot decode an expression template', { exprTemplateValues: [Uint8Array.of(10, 99)] }],
    ])('refuses a search and names what is wrong: %s', async (reason, change) => {
      const request = { ...searchRequest([[1, 2]]), ...change }
      const { status } = await client.call(methods.search, request)
      expect(status?.reason).toContain(reason)
      expect(status).toMatchObject({ code: 1100, errorCode: 5 })
    })

    it('refuses a consistency level that there is not', async () => {
      const request = methods.search.requestType.encode(searchRequest([[1, 2]])).finish()
      // Field 14 once more: the last one counts.
      const bytes = await client.send('Search', Buffer.concat([request, Buffer.of(0x70, 9)]))
      const { status } = methods.search.responseType.decode(bytes)
      expect(status?.reason).toContain('Cannot use consistency level 9')
    })

    it.each<[string, Partial<ReturnType<typeof searchRequest>>]>([
      ['Search by primary keys (ids)', { ids: new Uint8Array(0) }],
      ['Function score (function_score)', { functionScore: new Uint8Array(0) }],
      ['Highlighter', { highlighter: new Uint8Array(0) }],
      ['Search for SparseFloatVector', { placeholderGroup: placeholderGroup([[1]], 104) }],
      ['Time travel (travel_timestamp)', { travelTimestamp: 1n }],
    ])('refuses a search that it cannot do yet: %s', async (feature, change) => {
      const request = { ...searchRequest([[1, 2]]), ...change }
      const { status } = await client.call(methods.search, request)
      expect(status).toMatchObject({ code: 10, reason: `${feature} is not supported yet` })
    })
  })
})

function minusOne(): readonly number[] {
  return [...Array.from({ length: 9 }, () => 0xff), 1]
}

function scalarColumn(
  fieldName: string,
  type: DataType,
  value: Extract<FieldData['field'], { $case: 'scalars' }>['value'],
): FieldData {
  return { ...keyColumn([], fieldName), type, field: { $case: 'scalars', value } }
}
