import { join } from 'node:path'
import { AsyncStack } from '../base/async-stack.ts'
import type { Clock } from '../base/clock.ts'
import type { ElanusError } from '../base/errors.ts'
import type { FileSystem } from '../base/file-system.ts'
import { openFileLog } from '../log/file-log.ts'
import type { Log } from '../log/log.ts'
import { lockFolder } from '../meta/folder-lock.ts'
import type { MetaKv } from '../meta/meta-kv.ts'
import { openRocksMeta } from '../meta/rocks-meta.ts'
import { openCatalog } from '../meta/tables.ts'
import { LocalObjectStore } from '../storage/local-object-store.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { openWorkerPool } from '../workers/open-pool.ts'
import type { WorkerPool } from '../workers/pool.ts'
import { CollectionDropper } from './collection-dropper.ts'
import { Compactor } from './compaction/compactor.ts'
import { LocalDataService } from './data/local-data-service.ts'
import { poolWriter } from './data/segment-writer.ts'
import { poolBuilder } from './index/index-builder.ts'
import { LocalIndexService } from './index/local-index-service.ts'
import { LocalMaster } from './master/local-master.ts'
import { ObjectClaims } from './object-claims.ts'
import { OrphanCollector } from './orphans.ts'
import { LocalProxy } from './proxy/local-proxy.ts'
import type { Proxy } from './proxy/proxy.ts'
import { LocalQueryService } from './query/local-query-service.ts'
import { FlushReports } from './seed/data/flush-reports.ts'
import { NodeSegmentWriter } from './seed/data/node-segment-writer.ts'
import type { Component, DataNode, IndexNode } from './seed/facades.ts'
import { BuildReports } from './seed/index/build-reports.ts'
import { NodeIndexBuilder } from './seed/index/node-index-builder.ts'
import { NodeRegistry } from './seed/node-registry.ts'
import { type Protocol, startProtocol } from './seed/protocol.ts'
import type { Settings } from './settings.ts'

export interface CoordinatorOptions {
  /** Holds everything; made if absent. */
  readonly folder: string
  readonly settings: Settings
  readonly clock: Clock
  /** How the log and meta reach their files. Objects are written by workers, to the same disk. */
  readonly fileSystem: FileSystem
  /** How nodes in other processes are reached, where they may register. */
  readonly connect?: {
    readonly dataNode: (address: string) => DataNode & Disposable
    readonly indexNode: (address: string) => IndexNode & Disposable
  }
  /** Told when going on could lose what was acknowledged: the process is to stop. */
  readonly onFatal: (error: ElanusError) => void
  /** Told of what failed in the background and is tried again. */
  readonly onError: (error: unknown) => void
}

/** The services of a coordinator, on whatever they stand. */
export interface CoordinatorServices extends AsyncDisposable {
  readonly proxy: Proxy
  /** The services and channels that other processes may use. */
  readonly protocol: Protocol
  /** Resolves when nothing is left to flush, build, load or drop of what was called for so far. */
  settled(): Promise<void>
  /** Drops the objects that nothing names, as is done from time to time. */
  collectOrphans(): Promise<void>
}

export interface Coordinator extends CoordinatorServices {
  /** Tells a second process that finds the folder taken where this one listens. */
  announce(address: string): Promise<void>
}

/** What the services stand on. Whoever opened it closes it, after them. */
export interface CoordinatorGround
  extends Pick<CoordinatorOptions, 'folder' | 'settings' | 'clock' | 'connect' | 'onError'> {
  readonly meta: MetaKv
  readonly log: Log
  readonly objects: ObjectStore
  readonly pool: WorkerPool
}

/**
 * Opens a folder with all services in this process. What was acknowledged is there when this
 * resolves; collections that were loaded come back in the background, and reads of them wait.
 */
export async function openCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { folder, clock, fileSystem, onFatal } = options
  await using opened = new AsyncStack()
  await fileSystem.makeFolder(folder)
  const lock = opened.use(await lockFolder({ folder, fileSystem, clock }))
  const metaFolder = join(folder, 'meta')
  const meta = opened.use(await openRocksMeta({ folder: metaFolder, fileSystem, onFatal }))
  const log = opened.use(await openFileLog({ folder: join(folder, 'log'), fileSystem, onFatal }))
  const objectFolder = join(folder, 'objects')
  const objects = await LocalObjectStore.open(objectFolder, fileSystem)
  const pool = opened.use(openWorkerPool({ objects: { kind: 'local', folder: objectFolder } }))
  const services = opened.use(await startServices({ ...options, meta, log, objects, pool }))
  const everything = opened.move()
  return {
    ...services,
    announce: (address) => lock.announce(address),
    [Symbol.asyncDispose]: () => everything[Symbol.asyncDispose](),
  }
}

/**
 * Starts all services, each on what it stands on:
 *
 *     meta, log, objects, workers → master → data service → index service → query service → proxy
 */
export async function startServices(ground: CoordinatorGround): Promise<CoordinatorServices> {
  const { folder, clock, meta, log, objects, pool, onError, settings } = ground
  await using opened = new AsyncStack()
  const catalog = openCatalog(meta)
  const claims = new ObjectClaims()
  const master = await LocalMaster.open(catalog, clock, settings)
  const common = { clock, catalog, master, objects, claims, pool, onError }
  const nodes = nodesOf(ground)
  const data = opened.use(
    await LocalDataService.open({
      ...common,
      oracle: master.oracle,
      log,
      writer: nodes.writer,
      physicalChannelCount: settings.physicalChannelCount,
      policy: settings.seal,
      readTimeoutMs: settings.readTimeoutMs,
      droppedToleranceMs: settings.droppedToleranceMs,
    }),
  )
  master.usePlacement((collectionId, shardCount) => data.placeShards(collectionId, shardCount))
  opened.use(nodes.writer.attach(data))
  const index = opened.use(
    await LocalIndexService.open({
      ...common,
      data,
      builder: nodes.builder,
      ...indexSettings(settings),
    }),
  )
  const query = opened.use(await LocalQueryService.open({ ...common, data, index }))
  const dropper = opened.use(new CollectionDropper({ ...common, data, index, query }))
  const compactor = opened.use(
    new Compactor({
      ...common,
      ledger: data.ledger,
      query,
      policy: settings.seal,
      retentionMs: settings.compactionRetentionMs,
      toleranceMs: settings.droppedToleranceMs,
    }),
  )
  const protocol = opened.use(
    await startProtocol({ ...common, ...nodes, settings, data, index, query }),
  )
  const orphans = opened.use(
    new OrphanCollector({
      ...common,
      periodMs: settings.orphanPeriodMs,
      toleranceMs: settings.orphanToleranceMs,
    }),
  )
  const everything = opened.move()
  return {
    proxy: new LocalProxy({ master, data, index, query, compactor, folder }),
    protocol,
    settled: async () => {
      do {
        await data.settled()
        await index.settled()
        await query.settled()
        await dropper.settled()
      } while (await compactor.settled())
    },
    collectOrphans: () => orphans.collect(),
    [Symbol.asyncDispose]: () => everything[Symbol.asyncDispose](),
  }
}

function indexSettings(settings: Settings) {
  return {
    bounds: {
      attemptCountMax: settings.buildAttemptCountMax,
      lossCountMax: settings.buildLossCountMax,
    },
    deletedToleranceMs: settings.droppedToleranceMs,
    indexedRowCountMin: settings.indexedRowCountMin,
  }
}

/** Nodes in other processes, and who gives them work: it is done here while there are none. */
function nodesOf(ground: CoordinatorGround) {
  const { clock, onError, settings, pool, connect } = ground
  const dataNodes = nodeRegistry('data node', ground, connect?.dataNode)
  const indexNodes = nodeRegistry('index node', ground, connect?.indexNode)
  const buildReports = new BuildReports()
  const flushReports = new FlushReports(ground.objects)
  const writer = new NodeSegmentWriter({
    clock,
    onError,
    nodes: dataNodes,
    reports: flushReports,
    local: poolWriter(pool),
  })
  const builder = new NodeIndexBuilder({
    nodes: indexNodes,
    reports: buildReports,
    local: poolBuilder(pool, settings.buildCountMax),
  })
  return { dataNodes, indexNodes, buildReports, flushReports, writer, builder }
}

function nodeRegistry<Node extends Component>(
  role: string,
  { clock, onError }: CoordinatorGround,
  connect: ((address: string) => Node & Disposable) | undefined,
): NodeRegistry<Node> {
  return new NodeRegistry({ role, clock, onError, connect })
}
