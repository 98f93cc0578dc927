import { logger as logger3, MilvusClient as MilvusClient3 } from '@zilliz/milvus2-sdk-node'
import { logger as logger24, MilvusClient as MilvusClient24 } from 'milvus2-sdk-node-2.4'

// Under a test they would print every request.
logger3.level = 'error'
logger24.level = 'error'

/**
 * What the tests use of the official client, in the words that all its versions understand: new ones
 * differ in the types of their parameters, not in what they send.
 */
export interface MilvusClient {
  connectPromise: Promise<unknown>
  checkHealth(): Promise<{ readonly isHealthy: boolean }>
  getVersion(): Promise<{ readonly version: string }>
  listDatabases(): Promise<Answer & { readonly db_names: readonly string[] }>
  createCollection(request: object): Promise<Status>
  dropCollection(request: Named): Promise<Status>
  hasCollection(request: Named): Promise<Answer & { readonly value: unknown }>
  describeCollection(
    request: Named,
  ): Promise<Answer & { readonly schema: { readonly fields: readonly Field[] } }>
  showCollections(): Promise<Answer & { readonly data: readonly { readonly name: string }[] }>
  getCollectionStatistics(request: Named): Promise<Answer & { readonly data: Row }>
  insert(request: object): Promise<Mutation>
  delete(request: object): Promise<Mutation>
  flushSync(request: { readonly collection_names: string[] }): Promise<unknown>
  createIndex(request: object): Promise<Status>
  describeIndex(
    request: object,
  ): Promise<Answer & { readonly index_descriptions: readonly Index[] }>
  dropIndex(request: Named & { readonly field_name: string }): Promise<Status>
  getIndexState(request: Named): Promise<Answer & { readonly state: unknown }>
  getIndexBuildProgress(
    request: Named,
  ): Promise<Answer & { readonly indexed_rows: number; readonly total_rows: number }>
  loadCollectionSync(request: Named): Promise<Status>
  releaseCollection(request: Named): Promise<Status>
  getLoadState(request: Named): Promise<Answer & { readonly state: unknown }>
  search(request: object): Promise<SearchAnswer>
  query(request: object): Promise<Answer & { readonly data: readonly Row[] }>
  count(request: Named): Promise<Answer & { readonly data: unknown }>
  createRole(request: { readonly roleName: string }): Promise<Status>
  closeConnection(): unknown
}

export type Row = Readonly<Record<string, unknown>>

interface Named {
  readonly collection_name: string
}

/** Codes as they come: the legacy one by name. */
export interface Status {
  readonly error_code?: unknown
  readonly code?: unknown
  readonly reason: string
}

interface Answer {
  readonly status: Status
}

interface Field {
  readonly name: string
  readonly data_type: unknown
}

interface Index {
  readonly index_name: string
  readonly params: readonly { readonly key: string; readonly value: unknown }[]
}

interface Mutation extends Answer {
  readonly insert_cnt: string
  readonly delete_cnt: string
  readonly IDs: object
}

interface SearchAnswer extends Answer {
  readonly results: readonly unknown[]
}

type Constructor = new (config: { address: string }) => MilvusClient

/** The newest client, and an older one that is still in wide use. */
export const clients: readonly (readonly [string, Constructor])[] = [
  ['3.0.6', MilvusClient3],
  ['2.4.9', MilvusClient24],
]

/** The newest client, connected. */
export async function connect(port: number): Promise<MilvusClient> {
  const client: MilvusClient = new MilvusClient3({ address: `127.0.0.1:${port}` })
  await client.connectPromise
  return client
}

/** The ids of a search's hits, as text. */
export function idsOf(hits: unknown): string[] {
  if (!Array.isArray(hits)) return []
  return hits.map((hit: unknown) =>
    typeof hit === 'object' && hit !== null && 'id' in hit ? String(hit.id) : '',
  )
}
