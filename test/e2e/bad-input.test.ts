import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../src/base/limits.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { Status } from '../../src/rpc/generated/milvus/common.ts'
import {
  type InsertRequest,
  MilvusServiceDefinition,
  type SearchRequest,
  ShowType,
} from '../../src/rpc/generated/milvus/milvus.ts'
import {
  type CollectionSchema,
  DataType,
  StringArray,
} from '../../src/rpc/generated/milvus/schema.ts'
import { unpackInt64 } from '../../src/rpc/wire/packed-varints.ts'
import { RawClient } from '../support/milvus/raw-client.ts'
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
} from '../support/milvus/requests.ts'
import { seedOfRun } from '../support/seeds.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ServerProcess } from './server-process.ts'

const { methods } = MilvusServiceDefinition
const rows = { dbName: '', collectionName: 'rows' }
const index = { ...rows, fieldName: 'vector', indexName: '' }
const load = { ...rows, replicaNumber: 1, resourceGroups: [], refresh: false, loadFields: [] }
const textField = {
  ...keyField,
  name: 'text',
  isPrimaryKey: false,
  dataType: DataType.VarChar,
  typeParams: [{ key: 'max_length', value: '4' }],
}
const goodRow = [keyColumn([1n]), vectorColumn([1, 2]), textColumn('four')]

function textColumn(value: string) {
  return {
    ...keyColumn([], 'text'),
    type: DataType.VarChar,
    field: {
      $case: 'scalars',
      value: {
        data: { $case: 'stringData', value: StringArray.encode({ data: [value] }).finish() },
      },
    },
  } as const
}

function succeed(status: Status | undefined): void {
  if (status?.code !== 0) throw new Error(status?.reason ?? 'there is no status')
}

describe('bad input', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let server: ServerProcess
  let client: RawClient

  beforeAll(async () => {
    folder = await temporaryFolder()
    server = await ServerProcess.start(folder.path)
    client = new RawClient(server.port)
    const schema = schemaOf([keyField, vectorField, textField])
    succeed(await client.call(methods.createCollection, createRequest(schema)))
    succeed((await client.call(methods.insert, insertRequest(goodRow, 1))).status)
    const extraParams = [
      { key: 'index_type', value: 'HNSW' },
      { key: 'metric_type', value: 'L2' },
    ]
    succeed(await client.call(methods.createIndex, { ...index, extraParams }))
    succeed(await client.call(methods.loadCollection, load))
  })

  afterAll(async () => {
    client[Symbol.dispose]()
    await server[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  const countOf = async (): Promise<bigint | undefined> => {
    const { fieldsData } = await client.call(methods.query, queryRequest(['count(*)']))
    const field = fieldsData[0]?.field
    const data = field?.$case === 'scalars' ? field.value.data : undefined
    return data?.$case === 'longData' ? unpackInt64(data.value.data, 1)[0] : undefined
  }
  const collectionNames = async (): Promise<readonly string[]> => {
    const all = { dbName: '', timeStamp: 0n, type: ShowType.All, collectionNames: [] }
    return (await client.call(methods.showCollections, all)).collectionNames
  }

  describe('to an insert writes nothing', () => {
    it.each<[string, number, Partial<InsertRequest>]>([
      ['collection not found[database=default][collection=x]', 100, { collectionName: 'x' }],
      ['partition not found[partition=p]', 200, { partitionName: 'p' }],
      ['database', 800, { dbName: 'other' }],
      [
        'dim',
        1100,
        { fieldsData: [keyColumn([2n]), vectorColumn([1, 2, 3], 3n), textColumn('a')] },
      ],
      ['vector', 1100, { fieldsData: [keyColumn([2n]), vectorColumn([1, 2, 3]), textColumn('a')] }],
      [
        'text',
        1100,
        { fieldsData: [keyColumn([2n]), vectorColumn([1, 2]), keyColumn([3n], 'text')] },
      ],
      ['text', 1100, { fieldsData: [keyColumn([2n]), vectorColumn([1, 2]), textColumn('fiver')] }],
      [
        'text',
        1100,
        { fieldsData: [keyColumn([2n]), vectorColumn([1, 2]), textColumn('é\u{1f985}')] },
      ],
      ['text', 1100, { fieldsData: [keyColumn([2n]), vectorColumn([1, 2])] }],
      ['extra', 1100, { fieldsData: [...goodRow, keyColumn([2n], 'extra')] }],
      [
        'vector',
        1100,
        { fieldsData: [keyColumn([2n]), vectorColumn([1, Number.NaN]), textColumn('a')] },
      ],
      [
        'vector',
        1100,
        { fieldsData: [keyColumn([2n]), vectorColumn([1, 1 / 0]), textColumn('a')] },
      ],
      ['id', 1100, { fieldsData: [...goodRow, keyColumn([2n])] }],
      ['num_rows', 1100, { numRows: 2 }],
      ['num_rows', 1100, { fieldsData: [], numRows: 0 }],
      ['schema mismatch', 109, { schemaTimestamp: 1n }],
    ])('and names it: %s (%d)', async (named, code, change) => {
      const request = { ...insertRequest(goodRow, 1), ...change }
      const { status } = await client.call(methods.insert, request)
      expect(status).toMatchObject({ code })
      expect(status?.reason).toContain(named)
      expect(await countOf()).toBe(1n)
    })
  })

  describe('to a new collection makes none', () => {
    const text = (max: string) => ({
      ...textField,
      typeParams: [{ key: 'max_length', value: max }],
    })
    const vector = (dim: string) => ({ ...vectorField, typeParams: [{ key: 'dim', value: dim }] })
    const many = Array.from({ length: limits.fieldCountMax - 1 }, (_, place) => ({
      ...textField,
      name: `text${place}`,
    }))

    it.each<[string, CollectionSchema]>([
      ['32769', schemaOf([keyField, vector('32769')], 'new')],
      ['dimension: 1 ', schemaOf([keyField, vector('1')], 'new')],
      ['65536', schemaOf([keyField, vectorField, text('65536')], 'new')],
      ['max_length', schemaOf([keyField, vectorField, { ...textField, typeParams: [] }], 'new')],
      ['65', schemaOf([keyField, vectorField, ...many], 'new')],
      ['duplicated field name: id', schemaOf([keyField, vectorField, keyField], 'new')],
      ['primary key', schemaOf([vectorField], 'new')],
      ['vector field', schemaOf([keyField], 'new')],
      [
        '24',
        schemaOf([keyField, vectorField, { ...textField, dataType: DataType.Geometry }], 'new'),
      ],
      [
        'max_capacity',
        schemaOf(
          [keyField, vectorField, { ...textField, dataType: DataType.Array, elementType: 5 }],
          'new',
        ),
      ],
      ['not support null', schemaOf([{ ...keyField, nullable: true }, vectorField], 'new')],
      ['not support null', schemaOf([keyField, { ...vectorField, nullable: true }], 'new')],
      ['1st', schemaOf([{ ...keyField, name: '1st' }, vectorField], 'new')],
      ['Invalid collection name: 1st', schemaOf([keyField, vectorField], '1st')],
      ['a-b', schemaOf([keyField, vectorField], 'a-b')],
      ['name', schemaOf([keyField, vectorField], 'n'.repeat(256))],
      ['empty', schemaOf([keyField, vectorField], '')],
    ])('and names it: %s', async (named, schema) => {
      const status = await client.call(methods.createCollection, createRequest(schema))
      expect([1100, 1701]).toContain(status.code)
      expect(status.reason).toContain(named)
      expect(await collectionNames()).toEqual(['rows'])
    })

    it('and says that a schema cannot be read', async () => {
      const request = { ...createRequest(), schema: Uint8Array.of(0x22, 0xff) }
      const status = await client.call(methods.createCollection, request)
      expect(status.code).toBe(1100)
      expect(status.reason).toContain('Cannot decode the schema')
    })

    it('and keeps one of that name as it is', async () => {
      const other = { ...keyField, name: 'other' }
      const status = await client.call(
        methods.createCollection,
        createRequest(schemaOf([other, vectorField])),
      )
      expect(status.code).toBeGreaterThan(0)
      expect(status.reason).toContain('rows')
    })
  })

  describe('to a search is refused', () => {
    it.each<[string, number, Partial<SearchRequest>]>([
      ['collection not found[database=default][collection=x]', 100, { collectionName: 'x' }],
      ['partition not found[partition=p]', 200, { partitionNames: ['p'] }],
      ['16385', 1100, searchRequest([[1, 2]], { topk: '16385' })],
      ['topk [0]', 1100, searchRequest([[1, 2]], { topk: '0' })],
      ['16384', 1100, searchRequest([[1, 2]], { topk: '16384', offset: '1' })],
      ['-1', 1100, searchRequest([[1, 2]], { offset: '-1' })],
      ['16385', 1100, searchRequest(Array.from({ length: 16_385 }, () => [1, 2]))],
      ['dimension', 1100, searchRequest([[1, 2, 3]])],
      ['not a number', 1100, searchRequest([[1, Number.NaN]])],
      ['-Infinity', 1100, searchRequest([[1, -1 / 0]])],
      ['nothing', 1100, searchRequest([[1, 2]], { anns_field: 'nothing' })],
      ['text', 1100, searchRequest([[1, 2]], { anns_field: 'text' })],
      ['COSINE', 1100, searchRequest([[1, 2]], { metric_type: 'COSINE' })],
      ['NEAR', 1100, searchRequest([[1, 2]], { metric_type: 'NEAR' })],
      ['ef(5)', 1100, searchRequest([[1, 2]], { params: '{"ef":5}' })],
      ['ef', 1100, searchRequest([[1, 2]], { params: '{"ef":"wide"}' })],
      ['nothing', 1100, { outputFields: ['nothing'] }],
      ['text == 5', 1100, { dsl: 'text == 5' }],
      ['field nothing not exist', 1100, { dsl: 'nothing > 5' }],
      ['text in {absent}', 1100, { dsl: 'text in {absent}' }],
      ['parse', 1100, { dsl: '('.repeat(10_000) }],
      ['radius [wide]', 1100, searchRequest([[1, 2]], { radius: 'wide' })],
      ['range_filter(2)', 1100, searchRequest([[1, 2]], { radius: '1', range_filter: '2' })],
      ['nothing', 1100, searchRequest([[1, 2]], { group_by_field: 'nothing' })],
      ['FloatVector', 1100, searchRequest([[1, 2]], { group_by_field: 'vector' })],
      ['group size:0', 1100, searchRequest([[1, 2]], { group_by_field: 'text', group_size: '0' })],
      [
        '16390 rows',
        1100,
        searchRequest([[1, 2]], { topk: '10', group_by_field: 'text', group_size: '1639' }),
      ],
      ['search_iter_batch_size', 1100, searchRequest([[1, 2]], { search_iter_v2: 'true' })],
      ['BinaryVector', 1100, { placeholderGroup: placeholderGroup([[1]], 100) }],
    ])('and names it: %s (%d)', async (named, code, change) => {
      const request = { ...searchRequest([[1, 2]]), ...change }
      const { status } = await client.call(methods.search, request)
      expect(status?.reason).toContain(named)
      expect(status).toMatchObject({ code })
    })

    it('before loading', async () => {
      const schema = schemaOf([keyField, vectorField], 'unloaded')
      await client.call(methods.createCollection, createRequest(schema))
      const request = { ...searchRequest([[1, 2]]), collectionName: 'unloaded' }
      const { status } = await client.call(methods.search, request)
      expect(status).toMatchObject({ code: 101, errorCode: 1 })
      expect(status?.reason).toContain('collection not loaded[collection=unloaded]')
      await client.call(methods.dropCollection, { dbName: '', collectionName: 'unloaded' })
    })
  })

  describe('to a query or a delete is refused', () => {
    it.each([
      ['empty expression should be used with limit', queryRequest(['id'])],
      ['16384', queryRequest(['id'], { limit: '16384', offset: '1' })],
      ['limit', queryRequest(['id'], { limit: 'all' })],
      ['nothing', queryRequest(['nothing'], { limit: '1' })],
      ['field id', queryRequest(['count(*)', 'id'])],
      ['sum', queryRequest(['sum(text)'])],
      ['order_by_fields [id:up]', queryRequest(['id'], { limit: '1', order_by_fields: 'id:up' })],
      ['group by field text', queryRequest(['count(*)'], { group_by_fields: 'text' })],
      ['text > 5', { ...queryRequest(['id']), expr: 'text > 5' }],
      ['id in [', { ...queryRequest(['id']), expr: 'id in [' }],
    ])('and names it: %s', async (named, request) => {
      const { status } = await client.call(methods.query, request)
      expect(status?.reason).toContain(named)
      expect(status).toMatchObject({ code: 1100, errorCode: 5 })
    })

    it.each(['', 'text == 4', 'id in [1', 'nothing in [1]'])('with %s', async (expr) => {
      const request = { ...rows, partitionName: '', expr, exprTemplateValues: [], rlsPrincipal: '' }
      const { status } = await client.call(methods.delete, request)
      expect(status).toMatchObject({ code: 1100, errorCode: 5 })
      expect(await countOf()).toBe(1n)
    })
  })

  describe('to a new index makes none', () => {
    it.each<[string, string, Readonly<Record<string, string>>]>([
      ['IVF_WRONG', 'vector', { index_type: 'IVF_WRONG' }],
      ['BIN_FLAT', 'vector', { index_type: 'BIN_FLAT', metric_type: 'HAMMING' }],
      ['HAMMING', 'vector', { index_type: 'HNSW', metric_type: 'HAMMING' }],
      ['1', 'vector', { index_type: 'HNSW', metric_type: 'L2', params: '{"M":1}' }],
      ['many', 'vector', { index_type: 'HNSW', metric_type: 'L2', params: '{"M":"many"}' }],
      ['{"M":', 'vector', { index_type: 'HNSW', metric_type: 'L2', params: '{"M":' }],
      ['VarChar', 'text', { index_type: 'HNSW', metric_type: 'L2' }],
      ['nothing', 'nothing', { index_type: 'HNSW', metric_type: 'L2' }],
    ])('and names it: %s', async (named, fieldName, params) => {
      const extraParams = Object.entries(params).map(([key, value]) => ({ key, value }))
      const status = await client.call(methods.createIndex, { ...index, fieldName, extraParams })
      expect([1100, 701, 1700]).toContain(status.code)
      expect(status.reason).toContain(named)
      const { indexDescriptions } = await client.call(methods.describeIndex, index)
      expect(indexDescriptions).toHaveLength(1)
    })
  })

  it('of more than 64 MiB is refused by gRPC', async () => {
    const bytes = new Uint8Array(limits.requestSizeBytesMax + 1)
    await expect(client.send('Insert', bytes)).rejects.toMatchObject({ code: 8 })
  })

  it('of random bytes in place of any request leaves the server well', async () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    for (const { name, requestStream, responseStream } of Object.values(methods)) {
      if (requestStream || responseStream) continue
      for (let round = 0; round < 4; round += 1) {
        const bytes = Uint8Array.from({ length: random.below(100) }, () => random.below(256))
        const outcome = await client.send(name, bytes).then(
          () => 'answered',
          ({ code }: { code: number }) => `gRPC ${code}`,
        )
        expect(['answered', 'gRPC 12'], `${name} with seed ${seed}`).toContain(outcome)
      }
    }
    expect(await countOf(), `with seed ${seed}`).toBe(1n)
  })

  it('of a good insert with any byte changed leaves the server well', async () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    const before = await countOf()
    const request = insertRequest(goodRow, 1)
    const good = methods.insert.requestType.encode(request).finish()
    let accepted = 0n
    for (let place = 0; place < good.length; place += 1) {
      const bytes = good.slice()
      bytes[place] = random.below(256)
      const response = methods.insert.responseType.decode(await client.send('Insert', bytes))
      if (response.status?.code === 0) accepted += response.insertCnt
    }
    expect(await countOf(), `with seed ${seed}`).toBe((before ?? 0n) + accepted)
  })
})
