import type { Row, Status } from '../e2e/milvus-client.ts'
import { load } from './packages.ts'

/** One of each line of releases that apps are pinned to. */
export const clientVersions = ['2.2', '2.3', '2.4', '2.5', '2.6', '3.0'] as const

export type ClientVersion = (typeof clientVersions)[number]

/** What all of them have, in the words that the oldest understands. */
export interface VersionedClient {
  readonly connectPromise?: Promise<unknown>
  createCollection(request: object): Promise<Status>
  createIndex(request: object): Promise<Status>
  loadCollectionSync(request: object): Promise<Status>
  insert(request: object): Promise<Answer & { readonly insert_cnt: unknown }>
  flushSync(request: object): Promise<unknown>
  search(request: object): Promise<Answer & { readonly results: readonly Row[] }>
  query(request: object): Promise<Answer & { readonly data: readonly Row[] }>
  deleteEntities(request: object): Promise<Answer>
  dropCollection(request: object): Promise<Status>
  closeConnection(): unknown
}

interface Answer {
  readonly status: Status
}

interface ClientModule {
  readonly MilvusClient: new (options: { readonly address: string }) => VersionedClient
  readonly logger?: { level: string }
}

export async function connectClient(
  version: ClientVersion,
  address: string,
): Promise<VersionedClient> {
  const name = version === '3.0' ? '@zilliz/milvus2-sdk-node' : `milvus2-sdk-node-${version}`
  const { MilvusClient, logger } = load<ClientModule>(name)
  // Under a test it would print every request.
  if (logger !== undefined) logger.level = 'error'
  const client = new MilvusClient({ address })
  await client.connectPromise
  return client
}
