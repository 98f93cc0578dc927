// A user's program: it runs the database in its own process, closes it, opens it again, and prints
// what it saw. The test puts the package's name in the place of this checkout's path, compiles it
// against the types that the package brings, and runs it.
import type { Elanus, InsertRequest, SearchRequest } from '../../src/index.ts'
import { open } from '../../src/index.ts'

const target = { databaseName: 'default', collectionName: 'books' }
const rowCount = 300

const data = process.argv[2] ?? 'elanus-data'
const first = await fillAndSearch()
const again = await openAndSearch()
console.log(JSON.stringify({ node: process.version, first, again }))

async function fillAndSearch(): Promise<readonly string[]> {
  await using database = await open({ data })
  const { proxy } = database
  await createBooks(database)
  await proxy.insert(books())
  const params = { index_type: 'HNSW', metric_type: 'L2', params: '{"M":8,"efConstruction":64}' }
  await proxy.createIndex({
    ...target,
    fieldName: 'at',
    indexName: '',
    params: Object.entries(params).map(([key, value]) => ({ key, value })),
  })
  await proxy.flush(target.databaseName, [target.collectionName])
  await proxy.load(target)
  await database.settled()
  return await nearest(database)
}

async function openAndSearch(): Promise<readonly string[]> {
  await using database = await open({ data })
  await database.settled()
  return await nearest(database)
}

async function createBooks({ proxy }: Elanus): Promise<void> {
  const field = {
    description: '',
    isPrimaryKey: false,
    isAutoId: false,
    isPartitionKey: false,
    isNullable: false,
    typeParams: [],
    indexParams: [],
  }
  await proxy.createCollection({
    ...target,
    schema: {
      name: target.collectionName,
      description: '',
      hasDynamicField: false,
      fields: [
        { ...field, name: 'id', dataType: 5, isPrimaryKey: true },
        { ...field, name: 'at', dataType: 101, typeParams: [{ key: 'dim', value: '2' }] },
      ],
    },
    shardCount: 0,
    consistencyLevel: 'Strong',
    properties: [],
  })
}

/** Book i is at (0, i). */
function books(): InsertRequest {
  const ids = Array.from({ length: rowCount }, (_, row) => BigInt(row))
  const places = Float32Array.from(ids.flatMap((id) => [0, Number(id)]))
  const bytes = new Uint8Array(places.buffer)
  return {
    ...target,
    partitionName: '',
    rowCount,
    schemaTimestamp: undefined,
    columns: [
      { name: 'id', column: { kind: 'int64', typeName: 'Int64', values: BigInt64Array.from(ids) } },
      { name: 'at', column: { kind: 'vector', typeName: 'FloatVector', dimension: 2, bytes } },
    ],
  }
}

async function nearest({ proxy }: Elanus): Promise<readonly string[]> {
  const request: SearchRequest = {
    ...target,
    consistencyLevel: 'Strong',
    guaranteeTimestamp: 0n,
    partitionNames: [],
    filter: '',
    fieldName: '',
    queryCount: 1,
    queries: new Uint8Array(Float32Array.of(0, 41.2).buffer),
    topk: 3,
    offset: 0,
    metric: '',
    params: {},
    roundDecimal: -1,
    outputFields: [],
  }
  const found = await proxy.search(request)
  return Array.from(found.primaryKeys.values, String)
}

// If what is imported had no types, then the next line would not be wrong.
// @ts-expect-error -- a folder is needed
export const opening = (): Promise<Elanus> => open({})
