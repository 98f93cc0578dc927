import { concatBytes } from '../../src/base/bytes.ts'
import type {
  CreateCollectionRequest,
  InsertRequest,
  OutputColumn,
} from '../../src/services/proxy/proxy.ts'

export const dimension = 4
export const databaseName = 'default'

/** A row is a function of its key, so that whoever finds one can tell whether it is whole. */
export function titleOf(key: number): string {
  return `row ${key} `.repeat(1 + (key % 20))
}

export function vectorOf(key: number): readonly number[] {
  return Array.from({ length: dimension }, (_, i) => Math.fround(Math.sin(key * (i + 1))))
}

export function creationOf(collectionName: string, shardCount: number): CreateCollectionRequest {
  const field = {
    description: '',
    isPrimaryKey: false,
    isAutoId: false,
    isPartitionKey: false,
    isNullable: false,
    typeParams: [],
    indexParams: [],
  }
  return {
    databaseName,
    collectionName,
    schema: {
      name: collectionName,
      description: '',
      fields: [
        { ...field, name: 'id', dataType: 5, isPrimaryKey: true },
        {
          ...field,
          name: 'title',
          dataType: 21,
          typeParams: [{ key: 'max_length', value: '1000' }],
        },
        { ...field, name: 'vector', dataType: 101, typeParams: [{ key: 'dim', value: '4' }] },
      ],
      hasDynamicField: false,
    },
    shardCount,
    consistencyLevel: 'Strong',
    properties: [],
  }
}

export function insertionOf(collectionName: string, keys: readonly number[]): InsertRequest {
  const vectors = Float32Array.from(keys.flatMap((key) => vectorOf(key)))
  return {
    databaseName,
    collectionName,
    partitionName: '',
    rowCount: keys.length,
    schemaTimestamp: undefined,
    columns: [
      {
        name: 'id',
        column: {
          kind: 'int64',
          typeName: 'Int64',
          values: BigInt64Array.from(keys, BigInt),
        },
      },
      { name: 'title', column: { kind: 'string', typeName: 'VarChar', ...textsOf(keys) } },
      {
        name: 'vector',
        column: {
          kind: 'vector',
          typeName: 'FloatVector',
          dimension,
          bytes: new Uint8Array(vectors.buffer),
        },
      },
    ],
  }
}

function textsOf(keys: readonly number[]) {
  const texts = keys.map((key) => new TextEncoder().encode(titleOf(key)))
  const offsets = new Uint32Array(texts.length + 1)
  for (const [i, text] of texts.entries()) offsets[i + 1] = (offsets[i] ?? 0) + text.length
  return { offsets, bytes: concatBytes(texts) }
}

/** The keys of the rows, in their order, and how many rows do not hold what their key says. */
export function readRows(columns: readonly OutputColumn[]): {
  readonly keys: readonly number[]
  readonly badCount: number
} {
  const byName = new Map(columns.map(({ name, column }) => [name, column]))
  const [ids, titles, vectors] = [byName.get('id'), byName.get('title'), byName.get('vector')]
  if (ids?.type !== 'Int64' || titles?.type !== 'VarChar' || vectors?.type !== 'FloatVector') {
    throw new Error(`Not the columns of a row: ${[...byName.keys()].join()}`)
  }
  const keys = Array.from(ids.values, Number)
  const text = new TextDecoder()
  const isBad = (key: number, row: number): boolean => {
    const title = titles.bytes.subarray(titles.offsets[row], titles.offsets[row + 1])
    const rowSize = dimension * Float32Array.BYTES_PER_ELEMENT
    const vector = new Float32Array(vectors.bytes.slice(row * rowSize, (row + 1) * rowSize).buffer)
    return text.decode(title) !== titleOf(key) || vector.join() !== vectorOf(key).join()
  }
  return { keys, badCount: keys.filter(isBad).length }
}

/** The keys whose vectors are nearest to the query's by squared distance, nearest first. */
export function nearestKeys(keys: readonly number[], query: readonly number[], count: number) {
  return keys
    .map((key) => ({ key, distance: squaredDistance(vectorOf(key), query) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, count)
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0)
}
