import { present } from '../../../src/base/assert.ts'
import { ElanusError } from '../../../src/base/errors.ts'
import type { CollectionId, DatabaseId, IndexId, RowId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { composeTimestamp, type Timestamp } from '../../../src/base/timestamp.ts'
import type { CollectionSchema, FieldSchema } from '../../../src/schema/collection-schema.ts'
import type { Column, PrimaryKeys } from '../../../src/schema/row-batch.ts'
import { checkSchema } from '../../../src/services/master/schema-check.ts'
import { checkInsert, checkUpsert, givenKeys } from '../../../src/services/proxy/insert-batch.ts'
import type {
  CollectionDescription,
  CollectionTarget,
  CreateCollectionRequest,
  CreateIndexRequest,
  IndexDescription,
  OutputColumn,
  Proxy,
  QueryRequest,
  SearchRequest,
  SearchResult,
} from '../../../src/services/proxy/proxy.ts'
import { refusingCatalog } from './refusing-catalog.ts'

type Value = boolean | number | bigint | string | readonly number[]
type Row = ReadonlyMap<string, Value>

interface Collection {
  readonly id: CollectionId
  readonly schema: CollectionSchema
  readonly createdAt: Timestamp
  readonly consistencyLevel: CreateCollectionRequest['consistencyLevel']
  readonly indexes: CreateIndexRequest[]
  rows: Row[]
  isLoaded: boolean
}

/**
 * A Proxy for tests of what lies above it: one database in plain arrays, squared L2 by exhaustion,
 * no partitions, no filters. It checks schemas and rows with the engine's own code.
 */
export function memoryProxy(): Proxy {
  const collections = new Map<string, Collection>()
  let lastId = 0n
  let lastTime = 0

  const nextId = (): bigint => (lastId += 1n)
  const now = (): Timestamp => composeTimestamp(1_700_000_000_000, (lastTime += 1))
  const find = (target: CollectionTarget): Collection => {
    if (target.databaseName !== 'default') {
      const reason = `database not found[database=${target.databaseName}]`
      throw new ElanusError('DATABASE_NOT_FOUND', reason)
    }
    const found = collections.get(target.collectionName)
    if (found !== undefined) return found
    throw new ElanusError(
      'COLLECTION_NOT_FOUND',
      `collection not found[database=default][collection=${target.collectionName}]`,
    )
  }
  const loaded = (target: CollectionTarget): Collection => {
    const found = find(target)
    if (found.isLoaded) return found
    const reason = `collection not loaded[collection=${target.collectionName}]`
    throw new ElanusError('COLLECTION_NOT_LOADED', reason)
  }
  const describe = (collection: Collection): CollectionDescription => ({
    id: collection.id,
    databaseId: toId<DatabaseId>(1n),
    databaseName: 'default',
    schema: collection.schema,
    virtualChannels: ['channel_0v0'],
    physicalChannels: ['channel_0'],
    partitionCount: 1,
    aliases: [],
    consistencyLevel: collection.consistencyLevel,
    createdAt: collection.createdAt,
    updatedAt: collection.createdAt,
  })

  return {
    catalog: refusingCatalog(),
    async createCollection({ collectionName, schema, properties, consistencyLevel }) {
      collections.set(collectionName, {
        id: toId<CollectionId>(nextId()),
        schema: checkSchema(schema, properties),
        createdAt: now(),
        consistencyLevel,
        indexes: [],
        rows: [],
        isLoaded: false,
      })
    },
    async dropCollection({ collectionName }) {
      collections.delete(collectionName)
    },
    hasCollection: async ({ collectionName }) => collections.has(collectionName),
    async describeCollection(target) {
      if ('collectionName' in target) return describe(find(target))
      const found = [...collections.values()].find(({ id }) => id === target.collectionId)
      if (found === undefined) throw new ElanusError('COLLECTION_NOT_FOUND', 'collection not found')
      return describe(found)
    },
    showCollections: async () =>
      [...collections].map(([name, { id, createdAt, isLoaded }]) => ({
        id,
        name,
        createdAt,
        shardCount: 1,
        loadPercent: isLoaded ? 100 : 0,
      })),
    listDatabases: async () => [{ id: toId<DatabaseId>(1n), name: 'default', createdAt: now() }],
    collectionRowCount: async (target) => find(target).rows.length,

    async insert(request) {
      const collection = find(request)
      const rowIdFirst = toId<RowId>(lastId + 1n)
      lastId += BigInt(request.rowCount)
      const batch = checkInsert(collection.schema, request, rowIdFirst)
      const rows = Array.from({ length: batch.rowCount }, (_, index) => {
        const values = collection.schema.fields.map((field): [string, Value] => {
          const column = present(batch.columns.get(field.id), 'a batch has every field')
          return [field.name, valueAt(column, index)]
        })
        return new Map(values)
      })
      collection.rows.push(...rows)
      return {
        primaryKeys: keysOf(collection.schema, rows),
        insertCount: rows.length,
        deleteCount: 0,
        upsertCount: 0,
        timestamp: now(),
      }
    },
    async upsert(request) {
      const collection = find(request)
      const { primaryKey, fields } = collection.schema
      const name = present(fields.find(({ id }) => id === primaryKey.fieldId)?.name, 'a key field')
      const replaced = givenKeys(collection.schema, request)
      const batch = checkUpsert(collection.schema, request, toId<RowId>(0n), undefined)
      const keys = new Set(
        Array.from({ length: batch.rowCount }, (_, row) => valueAt(replaced, row)),
      )
      collection.rows = collection.rows.filter((row) => !keys.has(row.get(name) ?? 0))
      const result = await this.insert(request)
      return { ...result, upsertCount: result.insertCount, deleteCount: keys.size }
    },
    async delete({ filter, ...target }) {
      find(target)
      throw new ElanusError('INVALID_ARGUMENT', `cannot parse expression: ${filter}`)
    },
    flush: async (databaseName, names) =>
      names.map((collectionName) => {
        find({ databaseName, collectionName })
        const at = now()
        return {
          collectionName,
          sealedSegmentIds: [],
          flushedSegmentIds: [],
          sealedAt: at,
          flushedAt: at,
        }
      }),
    isFlushed: async () => true,

    async createIndex(request) {
      find(request).indexes.push(request)
    },
    async describeIndexes(target) {
      const { indexes, rows } = find(target)
      if (indexes.length > 0) return indexes.map((index) => indexFacts(index, rows.length))
      const reason = `index not found[collection=${target.collectionName}]`
      throw new ElanusError('INDEX_NOT_FOUND', reason)
    },
    async dropIndex(target) {
      find(target).indexes.length = 0
    },

    async load(target) {
      find(target).isLoaded = true
    },
    async release(target) {
      find(target).isLoaded = false
    },
    async loadState(target) {
      const collection = collections.get(target.collectionName)
      if (collection === undefined) return { kind: 'notExist' }
      return collection.isLoaded ? { kind: 'loaded' } : { kind: 'notLoaded' }
    },

    search: async (request) => searchIn(loaded(request), request, now()),
    async hybridSearch() {
      throw new ElanusError('UNIMPLEMENTED', 'One search at a time')
    },
    async query(request) {
      const { schema, rows } = loaded(request)
      const collectionName = schema.name
      if (request.outputFields.includes('count(*)')) {
        return { kind: 'count', collectionName, count: rows.length, readAt: now() }
      }
      const page = rows.slice(request.offset, request.offset + (request.limit ?? rows.length))
      return {
        kind: 'rows',
        collectionName,
        primaryKeyName: primaryKeyOf(schema).name,
        outputFields: outputFieldsOf(schema, request).map(({ name }) => name),
        rowCount: page.length,
        columns: columnsOf(schema, request, page),
        readAt: now(),
      }
    },
    health: async () => ({ isHealthy: true, reasons: [] }),
  }
}

function indexFacts(index: CreateIndexRequest, rowCount: number): IndexDescription {
  return {
    id: toId<IndexId>(1n),
    name: index.indexName || index.fieldName,
    fieldName: index.fieldName,
    params: index.params,
    indexedRowCount: rowCount,
    totalRowCount: rowCount,
    pendingRowCount: 0,
    state: 'finished',
    failReason: '',
  }
}

function searchIn(
  { schema, rows }: Collection,
  request: SearchRequest,
  readAt: Timestamp,
): SearchResult {
  const { queries, queryCount, topk, offset } = request
  const dimension = queries.byteLength / queryCount / Float32Array.BYTES_PER_ELEMENT
  const view = new DataView(queries.buffer, queries.byteOffset, queries.byteLength)
  const hits = Array.from({ length: queryCount }, (_, query) => {
    const vector = Array.from({ length: dimension }, (__, place) =>
      view.getFloat32((query * dimension + place) * 4, true),
    )
    return rows
      .map((row) => ({ row, score: squaredL2(vector, row.get(request.fieldName)) }))
      .toSorted((one, other) => one.score - other.score)
      .slice(offset, offset + topk)
  })
  const found = hits.flat().map(({ row }) => row)
  return {
    collectionName: schema.name,
    topk,
    metric: 'L2',
    hitCounts: hits.map(({ length }) => length),
    scores: Float32Array.from(hits.flat(), ({ score }) => score),
    primaryKeys: keysOf(schema, found),
    primaryKeyName: primaryKeyOf(schema).name,
    primaryKeyType: schema.primaryKey.type,
    outputFields: outputFieldsOf(schema, request).map(({ name }) => name),
    columns: columnsOf(schema, request, found),
    readAt,
  }
}

function isVector(value: Value | undefined): value is readonly number[] {
  return Array.isArray(value)
}

function squaredL2(query: readonly number[], value: Value | undefined): number {
  if (!isVector(value)) return Number.POSITIVE_INFINITY
  return query.reduce((sum, part, place) => sum + (part - (value[place] ?? Number.NaN)) ** 2, 0)
}

function primaryKeyOf({ fields, primaryKey }: CollectionSchema): FieldSchema {
  return present(
    fields.find(({ id }) => id === primaryKey.fieldId),
    'a schema has its primary key',
  )
}

function outputFieldsOf(
  { fields }: CollectionSchema,
  { outputFields }: SearchRequest | QueryRequest,
): readonly FieldSchema[] {
  return fields.filter(({ name }) => outputFields.includes('*') || outputFields.includes(name))
}

function columnsOf(
  schema: CollectionSchema,
  request: SearchRequest | QueryRequest,
  rows: readonly Row[],
): readonly OutputColumn[] {
  return outputFieldsOf(schema, request).map((field) => ({
    fieldId: field.id,
    name: field.name,
    column: columnOf(
      field,
      rows.map((row) => row.get(field.name)),
    ),
  }))
}

function keysOf(schema: CollectionSchema, rows: readonly Row[]): PrimaryKeys {
  const { name } = primaryKeyOf(schema)
  const values = rows.map((row) => row.get(name))
  return schema.primaryKey.type === 'Int64'
    ? {
        type: 'Int64',
        values: BigInt64Array.from(values, (value) => (typeof value === 'bigint' ? value : 0n)),
      }
    : { type: 'VarChar', values: values.map(String) }
}

function valueAt(column: Column, row: number): Value {
  switch (column.type) {
    case 'Bool':
      return column.values[row] === 1
    case 'VarChar':
      return Buffer.from(column.bytes).toString(
        'utf8',
        column.offsets[row],
        column.offsets[row + 1],
      )
    case 'FloatVector': {
      const { bytes, dimension } = column
      const start = row * dimension * 4
      return [...new Float32Array(bytes.slice(start, start + dimension * 4).buffer)]
    }
    case 'Int8':
    case 'Int16':
    case 'Int32':
    case 'Int64':
    case 'Float':
    case 'Double':
      return present(column.values[row], 'a column has every row')
    default:
      throw new Error(`the stand-in keeps no ${column.type}`)
  }
}

function columnOf(field: FieldSchema, values: readonly (Value | undefined)[]): Column {
  const numbers = values.map(Number)
  switch (field.type) {
    case 'Bool':
      return { type: 'Bool', values: Uint8Array.from(numbers) }
    case 'Int8':
      return { type: 'Int8', values: Int8Array.from(numbers) }
    case 'Int16':
      return { type: 'Int16', values: Int16Array.from(numbers) }
    case 'Int32':
      return { type: 'Int32', values: Int32Array.from(numbers) }
    case 'Int64':
      return {
        type: 'Int64',
        values: BigInt64Array.from(values, (value) => (typeof value === 'bigint' ? value : 0n)),
      }
    case 'Float':
      return { type: 'Float', values: Float32Array.from(numbers) }
    case 'Double':
      return { type: 'Double', values: Float64Array.from(numbers) }
    case 'VarChar': {
      const parts = values.map((value) => Buffer.from(String(value), 'utf8'))
      const offsets = new Uint32Array(parts.length + 1)
      parts.forEach((part, index) => {
        offsets[index + 1] = (offsets[index] ?? 0) + part.length
      })
      return { type: 'VarChar', offsets, bytes: Buffer.concat(parts) }
    }
    case 'FloatVector': {
      const floats = Float32Array.from(values.flatMap((value) => (isVector(value) ? value : [])))
      return {
        type: 'FloatVector',
        dimension: field.dimension,
        bytes: new Uint8Array(floats.buffer),
      }
    }
    default:
      throw new Error(`the stand-in keeps no ${field.type}`)
  }
}
