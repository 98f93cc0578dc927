import { dataTypes } from '../../src/schema/data-type.ts'
import type { FieldDraft } from '../../src/services/master/schema-check.ts'
import type {
  CreateCollectionRequest,
  CreateIndexRequest,
  InsertRequest,
  OutputColumn,
} from '../../src/services/proxy/proxy.ts'

/** Requests with everything that a simulation does not care about. */
const databaseName = 'default'
const dimension = 2

export function targetOf(collectionName: string) {
  return { databaseName, collectionName }
}

export function createCollectionRequest(name: string, shardCount: number): CreateCollectionRequest {
  return {
    ...targetOf(name),
    schema: { name, description: '', hasDynamicField: false, fields },
    shardCount,
    consistencyLevel: 'Strong',
    properties: [],
  }
}

export function createIndexRequest(name: string): CreateIndexRequest {
  const params = [
    { key: 'index_type', value: 'HNSW' },
    { key: 'metric_type', value: 'L2' },
    { key: 'M', value: '4' },
    { key: 'efConstruction', value: '8' },
  ]
  return { ...targetOf(name), fieldName: 'vector', indexName: '', params }
}

/** Rows with these keys, each with its tag and a vector made of its key. */
export function writeRequest(
  collectionName: string,
  partitionName: string,
  rows: ReadonlyMap<bigint, string>,
): InsertRequest {
  const tags = [...rows.values()].map((tag) => Buffer.from(tag))
  const offsets = new Uint32Array(rows.size + 1)
  tags.forEach((tag, row) => {
    offsets[row + 1] = (offsets[row] ?? 0) + tag.length
  })
  const floats = Float32Array.from([...rows.keys()].flatMap((key) => [Number(key), 1]))
  const values = BigInt64Array.from(rows.keys())
  return {
    ...targetOf(collectionName),
    partitionName,
    rowCount: rows.size,
    schemaTimestamp: undefined,
    columns: [
      { name: 'id', column: { kind: 'int64', typeName: 'Int64', values } },
      {
        name: 'tag',
        column: { kind: 'string', typeName: 'VarChar', offsets, bytes: Buffer.concat(tags) },
      },
      {
        name: 'vector',
        column: {
          kind: 'vector',
          typeName: 'FloatVector',
          dimension,
          bytes: new Uint8Array(floats.buffer),
        },
      },
    ],
  }
}

export function deleteRequest(collectionName: string, keys: Iterable<bigint>) {
  return {
    ...targetOf(collectionName),
    partitionName: '',
    filter: `id in [${[...keys].join(', ')}]`,
  }
}

const strong = { consistencyLevel: 'Strong', guaranteeTimestamp: 0n } as const

export function countRequest(collectionName: string) {
  return {
    ...targetOf(collectionName),
    ...strong,
    partitionNames: [],
    filter: '',
    outputFields: ['count(*)'],
    limit: undefined,
    offset: 0,
  }
}

/** Rows of a partition, all of them. */
export function pageRequest(collectionName: string, partitionName: string) {
  return {
    ...targetOf(collectionName),
    ...strong,
    partitionNames: [partitionName],
    filter: '',
    outputFields: ['id', 'tag'],
    limit: 16_000,
    offset: 0,
  }
}

export function lookupRequest(collectionName: string, keys: Iterable<bigint>) {
  return {
    ...targetOf(collectionName),
    ...strong,
    partitionNames: [],
    filter: `id in [${[...keys].join(', ')}]`,
    outputFields: ['id', 'tag'],
    limit: undefined,
    offset: 0,
  }
}

/** Tags by key, of what a page or a lookup gave. */
export function tagsOf(columns: readonly OutputColumn[]): ReadonlyMap<bigint, string> {
  const ids = columns.find(({ name }) => name === 'id')?.column
  const tags = columns.find(({ name }) => name === 'tag')?.column
  if (ids?.type !== 'Int64' || tags?.type !== 'VarChar') return new Map()
  return new Map(
    Array.from(ids.values, (id, row) => [
      id,
      Buffer.from(tags.bytes.subarray(tags.offsets[row], tags.offsets[row + 1])).toString(),
    ]),
  )
}

const field: FieldDraft = {
  name: '',
  description: '',
  dataType: dataTypes.Int64,
  isPrimaryKey: false,
  isAutoId: false,
  isPartitionKey: false,
  isNullable: false,
  typeParams: [],
  indexParams: [],
}

const fields: readonly FieldDraft[] = [
  { ...field, name: 'id', isPrimaryKey: true },
  {
    ...field,
    name: 'tag',
    dataType: dataTypes.VarChar,
    typeParams: [{ key: 'max_length', value: '64' }],
  },
  {
    ...field,
    name: 'vector',
    dataType: dataTypes.FloatVector,
    typeParams: [{ key: 'dim', value: String(dimension) }],
  },
]
