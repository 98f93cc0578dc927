import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node'
import { systemClock } from '../../src/base/clock.ts'
import { labelOf, type MadeUpRows } from './made-up-rows.ts'
import { failureOf, paths } from './milvus-messages.ts'
import type { FieldValues } from './milvus-requests.ts'
import { encodeRows } from './milvus-requests.ts'
import type { RawClient } from './raw-grpc.ts'

/**
 * A collection of made-up rows. Each scalar is there twice: one field takes an index and its twin
 * does not, so that both are measured on the same rows, in turns.
 */
export const filteredCollection = 'filtered'
export const vectorField = 'vector'

const scalarFields = [
  { name: 'bucket', data_type: DataType.Int32 },
  { name: 'label', data_type: DataType.VarChar, max_length: 32 },
  { name: 'number', data_type: DataType.Int64 },
]

const scalarIndexes = [
  { name: 'bucket', index_type: 'INVERTED' },
  { name: 'label', index_type: 'BITMAP' },
  { name: 'number', index_type: 'STL_SORT' },
]

/** The twin of a field, which has the same values and no index. */
export function plainTwinOf(name: string): string {
  return `${name}_plain`
}

export async function createFiltered(client: MilvusClient, dimension: number): Promise<void> {
  const status = await client.createCollection({
    collection_name: filteredCollection,
    fields: [
      { name: 'id', data_type: DataType.Int64, is_primary_key: true },
      ...scalarFields,
      ...scalarFields.map((field) => ({ ...field, name: plainTwinOf(field.name) })),
      { name: vectorField, data_type: DataType.FloatVector, dim: dimension },
    ],
  })
  requireSuccess(status, 'create the collection')
}

/** Batch after batch, as bytes: how fast clients encode rows is another bench's question. */
export async function insertRows(
  client: RawClient,
  rows: MadeUpRows,
  batchRowCount: number,
): Promise<void> {
  for (let from = 0; from < rows.count; from += batchRowCount) {
    const to = Math.min(from + batchRowCount, rows.count)
    const response = await client.call(
      paths.insert,
      encodeRows({
        collectionName: filteredCollection,
        rowCount: to - from,
        fields: fieldsOf(rows, from, to),
      }),
    )
    const failure = failureOf(response)
    if (failure !== undefined) throw new Error(`The server would not insert: ${failure}`)
  }
}

/** Rows [from, to), their ids counted from zero. */
export function fieldsOf(rows: MadeUpRows, from: number, to: number): readonly FieldValues[] {
  const buckets = Array.from(rows.buckets.subarray(from, to))
  const labels = Array.from(rows.labels.subarray(from, to), labelOf)
  const numbers = Array.from(rows.numbers.subarray(from, to))
  return [
    { name: 'id', type: 'Int64', values: buckets.map((_, at) => from + at) },
    { name: 'bucket', type: 'Int32', values: buckets },
    { name: plainTwinOf('bucket'), type: 'Int32', values: buckets },
    { name: 'label', type: 'VarChar', values: labels },
    { name: plainTwinOf('label'), type: 'VarChar', values: labels },
    { name: 'number', type: 'Int64', values: numbers },
    { name: plainTwinOf('number'), type: 'Int64', values: numbers },
    {
      name: vectorField,
      type: 'FloatVector',
      values: rows.vectors.subarray(from * rows.dimension, to * rows.dimension),
      dimension: rows.dimension,
    },
  ]
}

/** Flushed, indexed and loaded, vectors and scalars; returns once every row is. */
export async function prepareFiltered(
  client: MilvusClient,
  rowCount: number,
  indexType: string,
): Promise<void> {
  await flush(client)
  const vectorIndex = { index_type: indexType, metric_type: 'L2', params: graphParams }
  await createIndex(client, vectorField, vectorIndex)
  for (const { name, index_type } of scalarIndexes) await createIndex(client, name, { index_type })
  await until(async () => {
    const state = await client.describeIndex({
      collection_name: filteredCollection,
      field_name: vectorField,
    })
    requireSuccess(state.status, 'describe the index')
    return Number(state.index_descriptions[0]?.indexed_rows) === rowCount
  })
  const status = await client.loadCollectionAsync({ collection_name: filteredCollection })
  requireSuccess(status, 'load the collection')
  await until(async () => {
    const { state } = await client.getLoadState({ collection_name: filteredCollection })
    return state === 'LoadStateLoaded'
  })
}

export const graphParams = { M: 16, efConstruction: 200 } as const

async function flush(client: MilvusClient): Promise<void> {
  const flushed = await client.flushSync({ collection_names: [filteredCollection] })
  requireSuccess(flushed.status, 'flush')
}

async function createIndex(client: MilvusClient, field_name: string, params: object) {
  const request = { collection_name: filteredCollection, field_name, ...params }
  requireSuccess(await client.createIndex(request), `index ${field_name}`)
}

function requireSuccess(
  status: { readonly error_code: unknown; readonly reason: unknown },
  attempted: string,
): void {
  if (status.error_code === 'Success') return
  throw new Error(`The server would not ${attempted}: ${String(status.reason)}`)
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await systemClock.sleep(20)
}
