import { join } from 'node:path'
import { nodeFileSystem } from '../../src/base/node-file-system.ts'
import { openRocksMeta } from '../../src/meta/rocks-meta.ts'
import type { Catalog } from '../../src/meta/tables.ts'
import { openCatalog } from '../../src/meta/tables.ts'
import { startElanus } from '../lib/elanus-server.ts'
import type { ReopenFacts, ServerTask } from './many-collections.ts'
import { measureReopen } from './many-collections.ts'
import { binlogCountOfSegment, plantedSegment } from './planted-segment.ts'
import type { Place } from './requests.ts'
import { connectServices, makeCollection, succeeded } from './services-under-test.ts'

/** A server that opens a folder whose meta holds many flushed segments. */
export interface SegmentFacts {
  readonly binlogCount: number
  readonly restart: ReopenFacts
  /** From the start of the process until the data service has listed every segment. */
  readonly listedSeconds: number
}

/**
 * The records are written into meta by the tables that the server itself uses, with the binlogs
 * that a flush would have written for each; the objects that they name do not exist, and nothing
 * that is measured reads them.
 */
export async function measureManySegments(task: ServerTask): Promise<SegmentFacts> {
  const { segmentCount, segmentOwnerCount } = task.settings
  const places = await makeOwners(task)
  await plantSegments(task, places)
  const restart = await measureReopen(task)
  if (restart.listedCount !== segmentOwnerCount) throw new Error('Collections are missing')
  const { readyMs, listMs, listedCount } = await measureListing(task, places)
  if (listedCount !== segmentCount) {
    throw new Error(`${listedCount} of ${segmentCount} segments came back`)
  }
  return {
    binlogCount: segmentCount * binlogCountOfSegment,
    restart,
    listedSeconds: (readyMs + listMs) / 1_000,
  }
}

async function measureListing(task: ServerTask, places: readonly Place[]) {
  await using server = await startElanus({ ...task, profileFolder: undefined })
  using services = connectServices(server.port)
  const startMs = performance.now()
  let listedCount = 0
  for (const { collectionID, partitionID } of places) {
    const request = { base: undefined, dbID: 0n, collectionID, partitionID }
    const answer = succeeded(await services.dataService.showSegments(request))
    listedCount += answer.segmentIDs.length
  }
  return { readyMs: server.readyMs, listMs: performance.now() - startMs, listedCount }
}

async function makeOwners(task: ServerTask): Promise<readonly Place[]> {
  await using server = await startElanus({ ...task, profileFolder: undefined })
  using services = connectServices(server.port)
  const places: Place[] = []
  for (let owner = 0; owner < task.settings.segmentOwnerCount; owner++) {
    places.push(await makeCollection(services, `owner_${owner}`))
  }
  return places
}

const batchSize = 1_000
/** Above every id that the server has given out by then. */
const firstId = 1n << 60n

async function plantSegments(task: ServerTask, places: readonly Place[]): Promise<void> {
  const folder = join(task.dataFolder, 'meta')
  const onFatal = (error: Error): never => {
    throw error
  }
  await using kv = await openRocksMeta({ folder, fileSystem: nodeFileSystem, onFatal })
  const catalog = openCatalog(kv)
  for (let from = 0; from < task.settings.segmentCount; from += batchSize) {
    const to = Math.min(from + batchSize, task.settings.segmentCount)
    await plantBatch(catalog, places, { from, to })
  }
}

async function plantBatch(
  catalog: Catalog,
  places: readonly Place[],
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const operations = []
  for (let index = from; index < to; index++) {
    const place = places[index % places.length]
    if (place === undefined) throw new Error('There are no collections for segments')
    const { segment, binlogs } = plantedSegment(place, firstId + BigInt(index) * 16n)
    operations.push(catalog.segments.put(segment))
    operations.push(...binlogs.map((binlog) => catalog.binlogs.put(binlog)))
  }
  await catalog.write(operations)
}
