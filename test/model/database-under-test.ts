import { present } from '../../src/base/assert.ts'
import { dataTypes } from '../../src/schema/data-type.ts'
import { validityOf } from '../../src/schema/validity.ts'
import type { NamedColumn, OutputColumn } from '../../src/services/proxy/proxy.ts'
import type { Ground, Services } from './ground.ts'
import type { ModelRow } from './model.ts'

export const dimension = 4
const target = { databaseName: 'default', collectionName: 'history' }
const read = { ...target, partitionNames: [], consistencyLevel: undefined, guaranteeTimestamp: 0n }

/** One collection of a database on some ground, asked in the model's terms. */
export class DatabaseUnderTest {
  readonly #ground: Ground

  private constructor(ground: Ground) {
    this.#ground = ground
  }

  static async create(ground: Ground, shardCount: number): Promise<DatabaseUnderTest> {
    await ground.run(({ proxy }) => createCollection(proxy, shardCount))
    return new DatabaseUnderTest(ground)
  }

  restart(): Promise<void> {
    return this.#ground.restart()
  }

  async insert(rows: readonly ModelRow[]): Promise<void> {
    await this.#proxy((proxy) => proxy.insert(writeOf(rows)))
  }

  async upsert(rows: readonly ModelRow[]): Promise<void> {
    await this.#proxy((proxy) => proxy.upsert(writeOf(rows)))
  }

  delete(ids: readonly bigint[]): Promise<void> {
    return this.deletePassing(`id in [${ids.join(', ')}]`)
  }

  async deletePassing(filter: string): Promise<void> {
    await this.#proxy((proxy) => proxy.delete({ ...target, partitionName: '', filter }))
  }

  async flush(): Promise<void> {
    await this.#proxy((proxy) => proxy.flush('default', [target.collectionName]))
  }

  settled(): Promise<void> {
    return this.#ground.run((services) => services.settled())
  }

  async compact(): Promise<void> {
    await this.#proxy((proxy) => proxy.catalog.compact(target))
  }

  async reload(): Promise<void> {
    await this.#proxy((proxy) => proxy.release(target))
    await this.#proxy((proxy) => proxy.load(target))
  }

  async count(filter: string): Promise<number> {
    const query = { ...read, filter, outputFields: ['count(*)'], limit: undefined, offset: 0 }
    const result = await this.#proxy((proxy) => proxy.query(query))
    return result.kind === 'count' ? result.count : Number.NaN
  }

  /** Ids in pages of `limit`, in the order that the pages have. */
  async page(filter: string, offset: number, limit: number): Promise<readonly bigint[]> {
    const query = { ...read, filter, outputFields: ['id'], limit, offset }
    const result = await this.#proxy((proxy) => proxy.query(query))
    return result.kind === 'rows' ? int64sOf(result.columns, 'id') : []
  }

  async tags(ids: readonly bigint[]): Promise<ReadonlyMap<bigint, string>> {
    const filter = `id in [${ids.join(', ')}]`
    const query = { ...read, filter, outputFields: ['id', 'tag'], limit: undefined, offset: 0 }
    const result = await this.#proxy((proxy) => proxy.query(query))
    if (result.kind !== 'rows') return new Map()
    const tags = stringsOf(result.columns, 'tag')
    const found = int64sOf(result.columns, 'id')
    return new Map(found.map((id, row) => [id, tags[row] ?? '']))
  }

  async nearest(
    query: readonly number[],
    limit: number,
    filter: string,
  ): Promise<readonly number[]> {
    const request = {
      ...read,
      filter,
      fieldName: 'vector',
      queryCount: 1,
      queries: new Uint8Array(Float32Array.from(query).buffer),
      topk: limit,
      offset: 0,
      metric: 'L2',
      params: {},
      roundDecimal: -1,
      outputFields: [],
    }
    return [...(await this.#proxy((proxy) => proxy.search(request))).scores]
  }

  #proxy<T>(call: (proxy: Services['proxy']) => Promise<T>): Promise<T> {
    return this.#ground.run(({ proxy }) => call(proxy))
  }
}

async function createCollection(proxy: Services['proxy'], shardCount: number): Promise<void> {
  await proxy.createCollection({
    ...target,
    schema: {
      name: target.collectionName,
      description: '',
      hasDynamicField: false,
      fields: [
        { ...fieldDefault, name: 'id', dataType: dataTypes.Int64, isPrimaryKey: true },
        { ...fieldDefault, name: 'tag', dataType: dataTypes.VarChar, typeParams: [maxLength] },
        { ...fieldDefault, name: 'size', dataType: dataTypes.Int64, isNullable: true },
        { ...fieldDefault, name: 'vector', dataType: dataTypes.FloatVector, typeParams: [dim] },
      ],
    },
    shardCount,
    consistencyLevel: 'Strong',
    properties: [],
  })
  const params = [
    { key: 'index_type', value: 'FLAT' },
    { key: 'metric_type', value: 'L2' },
  ]
  await proxy.createIndex({ ...target, fieldName: 'vector', indexName: '', params })
  await proxy.load(target)
}

const maxLength = { key: 'max_length', value: '64' }
const dim = { key: 'dim', value: String(dimension) }
const fieldDefault = {
  description: '',
  isPrimaryKey: false,
  isAutoId: false,
  isPartitionKey: false,
  isNullable: false,
  typeParams: [],
  indexParams: [],
}

function writeOf(rows: readonly ModelRow[]): {
  readonly databaseName: string
  readonly collectionName: string
  readonly partitionName: string
  readonly rowCount: number
  readonly schemaTimestamp: undefined
  readonly columns: readonly NamedColumn[]
} {
  const ids = BigInt64Array.from(rows, ({ id }) => id)
  const tags = rows.map(({ tag }) => Buffer.from(tag))
  const offsets = new Uint32Array(rows.length + 1)
  tags.forEach((tag, row) => {
    offsets[row + 1] = (offsets[row] ?? 0) + tag.byteLength
  })
  const sizes = BigInt64Array.from(rows, ({ size }) => size ?? 0n)
  const floats = Float32Array.from(rows.flatMap(({ vector }) => vector))
  return {
    ...target,
    partitionName: '',
    rowCount: rows.length,
    schemaTimestamp: undefined,
    columns: [
      { name: 'id', column: { kind: 'int64', typeName: 'Int64', values: ids } },
      {
        name: 'tag',
        column: { kind: 'string', typeName: 'VarChar', offsets, bytes: Buffer.concat(tags) },
      },
      {
        name: 'size',
        column: { kind: 'int64', typeName: 'Int64', values: sizes },
        validity: validityOf(rows.length, (row) => rows[row]?.size !== null),
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

function columnOf(columns: readonly OutputColumn[], name: string): OutputColumn['column'] {
  return present(columns.find((column) => column.name === name)?.column, `a column ${name}`)
}

function int64sOf(columns: readonly OutputColumn[], name: string): readonly bigint[] {
  const column = columnOf(columns, name)
  return column.type === 'Int64' ? [...column.values] : []
}

function stringsOf(columns: readonly OutputColumn[], name: string): readonly string[] {
  const column = columnOf(columns, name)
  if (column.type !== 'VarChar') return []
  return Array.from({ length: column.offsets.length - 1 }, (_, row) =>
    Buffer.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1])).toString(),
  )
}
