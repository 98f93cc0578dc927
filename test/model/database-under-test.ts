import { present } from '../../src/base/assert.ts'
import { type Elanus, open } from '../../src/index.ts'
import { dataTypes } from '../../src/schema/data-type.ts'
import type { NamedColumn, OutputColumn } from '../../src/services/proxy/proxy.ts'
import type { ModelRow } from './model.ts'

export const dimension = 4
const target = { databaseName: 'default', collectionName: 'history' }
const read = { ...target, partitionNames: [], consistencyLevel: undefined, guaranteeTimestamp: 0n }

/** One collection of a real database, asked in the model's terms. */
export class DatabaseUnderTest implements AsyncDisposable {
  readonly #folder: string
  readonly #shardCount: number
  #database: Elanus

  private constructor(folder: string, shardCount: number, database: Elanus) {
    this.#folder = folder
    this.#shardCount = shardCount
    this.#database = database
  }

  static async create(folder: string, shardCount: number): Promise<DatabaseUnderTest> {
    const made = new DatabaseUnderTest(folder, shardCount, await openQuietly(folder))
    await made.#createCollection()
    return made
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database.close()
  }

  async restart(): Promise<void> {
    await this.#database.close()
    this.#database = await openQuietly(this.#folder)
  }

  async insert(rows: readonly ModelRow[]): Promise<void> {
    await this.#database.proxy.insert(writeOf(rows))
  }

  async upsert(rows: readonly ModelRow[]): Promise<void> {
    await this.#database.proxy.upsert(writeOf(rows))
  }

  async delete(ids: readonly bigint[]): Promise<void> {
    const filter = `id in [${ids.join(', ')}]`
    await this.#database.proxy.delete({ ...target, partitionName: '', filter })
  }

  async flush(): Promise<void> {
    await this.#database.proxy.flush('default', [target.collectionName])
  }

  settled(): Promise<void> {
    return this.#database.settled()
  }

  async reload(): Promise<void> {
    await this.#database.proxy.release(target)
    await this.#database.proxy.load(target)
  }

  async count(): Promise<number> {
    const query = { ...read, filter: '', outputFields: ['count(*)'], limit: undefined, offset: 0 }
    const result = await this.#database.proxy.query(query)
    return result.kind === 'count' ? result.count : Number.NaN
  }

  /** Ids in pages of `limit`, in the order that the pages have. */
  async page(offset: number, limit: number): Promise<readonly bigint[]> {
    const query = { ...read, filter: '', outputFields: ['id'], limit, offset }
    const result = await this.#database.proxy.query(query)
    return result.kind === 'rows' ? int64sOf(result.columns, 'id') : []
  }

  async tags(ids: readonly bigint[]): Promise<ReadonlyMap<bigint, string>> {
    const filter = `id in [${ids.join(', ')}]`
    const query = { ...read, filter, outputFields: ['id', 'tag'], limit: undefined, offset: 0 }
    const result = await this.#database.proxy.query(query)
    if (result.kind !== 'rows') return new Map()
    const tags = stringsOf(result.columns, 'tag')
    const found = int64sOf(result.columns, 'id')
    return new Map(found.map((id, row) => [id, tags[row] ?? '']))
  }

  async nearest(query: readonly number[], limit: number): Promise<readonly number[]> {
    const result = await this.#database.proxy.search({
      ...read,
      filter: '',
      fieldName: 'vector',
      queryCount: 1,
      queries: new Uint8Array(Float32Array.from(query).buffer),
      topk: limit,
      offset: 0,
      metric: 'L2',
      params: {},
      roundDecimal: -1,
      outputFields: [],
    })
    return [...result.scores]
  }

  async #createCollection(): Promise<void> {
    const { proxy } = this.#database
    await proxy.createCollection({
      ...target,
      schema: {
        name: target.collectionName,
        description: '',
        hasDynamicField: false,
        fields: [
          { ...fieldDefault, name: 'id', dataType: dataTypes.Int64, isPrimaryKey: true },
          { ...fieldDefault, name: 'tag', dataType: dataTypes.VarChar, typeParams: [maxLength] },
          { ...fieldDefault, name: 'vector', dataType: dataTypes.FloatVector, typeParams: [dim] },
        ],
      },
      shardCount: this.#shardCount,
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

/** What fails in the background fails the test. */
function openQuietly(folder: string): Promise<Elanus> {
  return open({
    data: folder,
    onError: (error) => {
      throw error
    },
  })
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
