import { startElanus } from '../lib/elanus-server.ts'
import { usageOf } from '../lib/process-usage.ts'
import type { CoordinationSettings } from './options.ts'
import { forEachAtOnce } from './rates.ts'
import { createCollectionRequest } from './requests.ts'
import { checkStatus, connectServices, succeeded } from './services-under-test.ts'

/** A server with many collections, made over gRPC, listed, and opened again. */
export interface CollectionFacts {
  readonly createSeconds: number
  readonly listSeconds: number
  readonly residentEmptyBytes: number
  readonly residentBytes: number
  readonly restart: ReopenFacts
}

export interface ReopenFacts {
  readonly readyMs: number
  readonly residentBytes: number
  /** Collections that the server lists once it is ready. */
  readonly listedCount: number
}

export interface ServerTask {
  readonly settings: CoordinationSettings
  readonly program: string
  /** New, for a server of its own. */
  readonly dataFolder: string
}

export async function measureManyCollections(task: ServerTask): Promise<CollectionFacts> {
  const { settings } = task
  const made = await makeCollections(task)
  const restart = await measureReopen(task)
  if (restart.listedCount !== settings.collectionCount) {
    throw new Error(`${restart.listedCount} of ${settings.collectionCount} collections came back`)
  }
  return { ...made, restart }
}

async function makeCollections(task: ServerTask): Promise<Omit<CollectionFacts, 'restart'>> {
  const { collectionCount, concurrency } = task.settings
  await using server = await startElanus({ ...task, profileFolder: undefined })
  using services = connectServices(server.port)
  const { residentBytes: residentEmptyBytes } = await usageOf(server.processId)
  const names = Array.from({ length: collectionCount }, (_, index) => `collection_${index}`)
  const startMs = performance.now()
  await forEachAtOnce(names, concurrency, async (name) => {
    checkStatus(await services.master.createCollection(createCollectionRequest(name)))
  })
  const createSeconds = (performance.now() - startMs) / 1_000
  const listMs = performance.now()
  succeeded(await services.master.showCollections({ base: undefined, dbName: '' }))
  const listSeconds = (performance.now() - listMs) / 1_000
  const { residentBytes } = await usageOf(server.processId)
  return { createSeconds, listSeconds, residentEmptyBytes, residentBytes }
}

/** Starts the server on a folder that another one has left. */
export async function measureReopen(task: ServerTask): Promise<ReopenFacts> {
  await using server = await startElanus({ ...task, profileFolder: undefined })
  using services = connectServices(server.port)
  const list = succeeded(await services.master.showCollections({ base: undefined, dbName: '' }))
  const { residentBytes } = await usageOf(server.processId)
  return { readyMs: server.readyMs, residentBytes, listedCount: list.collectionNames.length }
}
