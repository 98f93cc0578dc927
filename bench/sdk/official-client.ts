import type { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { DataType } from '@zilliz/milvus2-sdk-node'
import { systemClock } from '../../src/base/clock.ts'
import type { Metric } from '../../src/schema/metric.ts'
import { collectionFields } from '../lib/milvus-messages.ts'
import type { IndexChoice } from './options.ts'

/** The steps of a user's day through the official client; each throws if the server says no. */

export const collectionName = 'bench'

export async function createCollection(client: MilvusClient, dimension: number): Promise<void> {
  const status = await client.createCollection({
    collection_name: collectionName,
    fields: [
      { name: collectionFields.primaryKey, data_type: DataType.Int64, is_primary_key: true },
      { name: collectionFields.vector, data_type: DataType.FloatVector, dim: dimension },
    ],
  })
  requireSuccess(status, 'create the collection')
}

/** Returns once all that was inserted is in binlogs. */
export async function flush(client: MilvusClient): Promise<void> {
  const flushed = await client.flush({ collection_names: [collectionName] })
  requireSuccess(flushed.status, 'flush')
  // The client's types leave this open, and say number where ids travel as text (they pass 2^53).
  // oxlint-disable-next-line typescript/no-unsafe-assignment, typescript/no-unsafe-member-access
  const segmentIDs: number[] = flushed.coll_segIDs[collectionName].data
  await until(async () => {
    const state = await client.getFlushState({ segmentIDs })
    requireSuccess(state.status, 'ask for the state of the flush')
    return state.flushed
  })
}

/** Returns once every one of `rowCount` rows is indexed. */
export async function buildIndex(
  client: MilvusClient,
  index: IndexChoice & { readonly metric: Metric },
  rowCount: number,
): Promise<void> {
  const status = await client.createIndex({
    collection_name: collectionName,
    field_name: collectionFields.vector,
    index_type: index.type,
    metric_type: index.metric,
    params: index.params,
  })
  requireSuccess(status, 'create the index')
  await until(async () => (await indexedRowCount(client)) === rowCount)
}

export async function indexedRowCount(client: MilvusClient): Promise<number> {
  const described = await client.describeIndex({ collection_name: collectionName })
  requireSuccess(described.status, 'describe the index')
  const [index] = described.index_descriptions
  if (index === undefined) throw new Error('The collection has no index')
  if (index.state === 'Failed') {
    throw new Error(`The index build failed: ${index.index_state_fail_reason}`)
  }
  return index.state === 'Finished' ? Number(index.indexed_rows) : 0
}

export async function load(client: MilvusClient): Promise<void> {
  const status = await client.loadCollectionAsync({ collection_name: collectionName })
  requireSuccess(status, 'load the collection')
  await until(async () => {
    const state = await client.getLoadState({ collection_name: collectionName })
    requireSuccess(state.status, 'ask for the load state')
    return state.state === 'LoadStateLoaded'
  })
}

export interface SearchSettings {
  readonly limit: number
}

/** One query, primary keys only, at the default `ef`. */
export async function search(
  client: MilvusClient,
  query: Float32Array,
  { limit }: SearchSettings,
): Promise<void> {
  const found = await client.search({
    collection_name: collectionName,
    data: Array.from(query),
    limit,
    output_fields: [collectionFields.primaryKey],
  })
  requireSuccess(found.status, 'search')
}

interface Status {
  readonly error_code: unknown
  readonly reason: unknown
}

export function requireSuccess(status: Status, attempted: string): void {
  if (status.error_code === 'Success') return
  const code = String(status.error_code)
  throw new Error(`The server would not ${attempted}: ${code} ${String(status.reason)}`)
}

/** Finer than the client's own waiting, which sleeps longer than small steps take. */
const pollMs = 10

async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await systemClock.sleep(pollMs)
}
