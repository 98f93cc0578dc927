import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node'
import { seededRandom } from '../../src/base/random.ts'

/** Rows for reads: what a filter asks of, what hits are grouped by, and two vectors. */
export interface ReadRow {
  readonly id: number
  readonly color: string
  readonly size: number
  readonly price: number
  readonly is_new: boolean
  readonly vector: readonly number[]
  readonly other: readonly number[]
}

const colors = ['red', 'green', 'blue', 'grey', 'gold']
export const dimension = 8

export function readRows(seed: number, count: number): ReadRow[] {
  const random = seededRandom(seed)
  const vector = () => Array.from({ length: dimension }, () => Math.fround(random.next() - 0.5))
  return Array.from({ length: count }, (_, id) => ({
    id,
    color: colors[random.below(colors.length)] ?? '',
    size: random.below(1000),
    price: Math.fround(random.next() * 100),
    is_new: random.below(2) === 0,
    vector: vector(),
    other: vector(),
  }))
}

export const readFields = [
  { name: 'id', data_type: DataType.Int64, is_primary_key: true },
  { name: 'color', data_type: DataType.VarChar, max_length: 16 },
  { name: 'size', data_type: DataType.Int32 },
  { name: 'price', data_type: DataType.Float },
  { name: 'is_new', data_type: DataType.Bool },
  { name: 'vector', data_type: DataType.FloatVector, dim: dimension },
  { name: 'other', data_type: DataType.FloatVector, dim: dimension },
]

/** Makes a collection of these rows, a part of them flushed, and loads it. */
export async function fillForReads(
  client: MilvusClient,
  collection_name: string,
  options: {
    readonly rows: readonly ReadRow[]
    readonly indexType?: string
    readonly metric?: string
    readonly otherMetric?: string
  },
): Promise<void> {
  const { rows, indexType = 'FLAT', metric = 'L2', otherMetric = 'IP' } = options
  await client.createCollection({ collection_name, fields: readFields })
  const flushedCount = Math.floor(rows.length / 2)
  await client.insert({ collection_name, data: rows.slice(0, flushedCount).map(asData) })
  await client.flushSync({ collection_names: [collection_name] })
  await client.insert({ collection_name, data: rows.slice(flushedCount).map(asData) })
  const index = { collection_name, index_type: indexType }
  await client.createIndex({ ...index, field_name: 'vector', metric_type: metric })
  await client.createIndex({ ...index, field_name: 'other', metric_type: otherMetric })
  await client.loadCollectionSync({ collection_name })
}

function asData(row: ReadRow) {
  return { ...row, vector: [...row.vector], other: [...row.other] }
}

export function squaredL2(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, place) => sum + (value - (right[place] ?? 0)) ** 2, 0)
}

export function innerProduct(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, place) => sum + value * (right[place] ?? 0), 0)
}

/** Rows in the order of their squared distance, nearest first. */
export function byDistance(rows: readonly ReadRow[], query: readonly number[]): ReadRow[] {
  return rows.toSorted((left, right) => {
    return squaredL2(left.vector, query) - squaredL2(right.vector, query) || left.id - right.id
  })
}

/** The ids of hits or rows, as text; a query's rows are of any shape to its caller. */
export function idsOfRows(rows: readonly Readonly<Record<'id', unknown>>[]): string[] {
  return rows.map(({ id }) => String(id))
}

/** What a query found. */
export function queriedIds({
  data,
}: {
  readonly data: readonly Record<string, unknown>[]
}): string[] {
  return data.map((row) => String(row['id']))
}

/** The ids of each page that a client's iterator gives; it is of no type to its caller. */
export async function* idPages(iterator: unknown): AsyncGenerator<string[]> {
  if (!isIterable(iterator)) throw new Error('The client gave no iterator')
  for await (const page of iterator) {
    if (Array.isArray(page)) yield page.map((row: Record<string, unknown>) => String(row['id']))
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
