import { DataType, logger, MilvusClient } from '@zilliz/milvus2-sdk-node'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ServerProcess } from './server-process.ts'

// Under a test it would print every request.
logger.level = 'error'

export const success = { error_code: 'Success', code: 0 }

/** For what a test stands on and does not test. */
export function requireSuccess(status: { readonly code?: number; readonly reason: string }): void {
  if (status.code !== 0) throw new Error(`a preparation was refused: ${status.reason}`)
}

/** A server process on a fresh folder with the newest official client, all of its calls. */
export class CatalogServer implements AsyncDisposable {
  readonly #folder: Awaited<ReturnType<typeof temporaryFolder>>
  #server: ServerProcess
  #client: MilvusClient

  private constructor(
    folder: Awaited<ReturnType<typeof temporaryFolder>>,
    server: ServerProcess,
    client: MilvusClient,
  ) {
    this.#folder = folder
    this.#server = server
    this.#client = client
  }

  static async start(): Promise<CatalogServer> {
    const folder = await temporaryFolder()
    const server = await ServerProcess.start(folder.path)
    return new CatalogServer(folder, server, await connected(server))
  }

  get client(): MilvusClient {
    return this.#client
  }

  get port(): number {
    return this.#server.port
  }

  /** Another client, whose calls are about this database unless they say otherwise. */
  clientOf(database: string): MilvusClient {
    return new MilvusClient({ address: this.#server.address, database })
  }

  /** Kills the process and starts it again on the same folder. */
  async restart(): Promise<void> {
    await this.#client.closeConnection()
    await this.#server.end('SIGKILL')
    this.#server = await ServerProcess.start(this.#folder.path)
    this.#client = await connected(this.#server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.closeConnection()
    await this.#server[Symbol.asyncDispose]()
    await this.#folder[Symbol.asyncDispose]()
  }
}

async function connected(server: ServerProcess): Promise<MilvusClient> {
  const client = new MilvusClient({ address: server.address })
  await client.connectPromise
  return client
}

export const fields = [
  { name: 'id', data_type: DataType.Int64, is_primary_key: true },
  { name: 'title', data_type: DataType.VarChar, max_length: 8 },
  { name: 'vector', data_type: DataType.FloatVector, dim: 4 },
]

/** Rows with ids from `first` on. */
export function rowsFrom(first: number, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: first + index,
    title: `row ${first + index}`,
    vector: [first + index, 1, 0, 0],
  }))
}

/** Makes a collection with an index and these rows, and loads it. */
export async function fill(
  client: MilvusClient,
  collection_name: string,
  data = rowsFrom(1, 3),
  index_type = 'FLAT',
): Promise<void> {
  const index = { field_name: 'vector', index_name: 'by_vector', index_type, metric_type: 'L2' }
  await client.createCollection({ collection_name, fields, index_params: [index] })
  await client.loadCollectionSync({ collection_name })
  if (data.length > 0) await client.insert({ collection_name, data })
}

export async function countOf(client: MilvusClient, collection_name: string): Promise<number> {
  const { status, data } = await client.count({ collection_name })
  if (status.code !== 0) throw new Error(status.reason)
  return data
}
