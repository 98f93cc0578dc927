import type { Clock } from '../../base/clock.ts'
import type { NodeId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import { type ChannelSource, channelNames } from '../channels/channel.ts'
import { Channels } from '../channels/channels.ts'
import { DefinitionSource } from '../channels/definition-source.ts'
import { EventChannel } from '../channels/event-channel.ts'
import { InsertSource } from '../channels/insert-source.ts'
import { TickSource } from '../channels/tick-source.ts'
import type { LocalDataService } from '../data/local-data-service.ts'
import type { IndexService } from '../index/index-service.ts'
import type { LocalMaster } from '../master/local-master.ts'
import { IndexDefinitions } from '../proxy/index-definitions.ts'
import type { QueryService } from '../query/query-service.ts'
import type { Settings } from '../settings.ts'
import type { FlushReports } from './data/flush-reports.ts'
import { localDataServiceFacade } from './data/local-data-service-facade.ts'
import type { NodeSegmentWriter } from './data/node-segment-writer.ts'
import type {
  DataNode,
  DataServiceFacade,
  IndexNode,
  IndexServiceFacade,
  InsertChannelFacade,
  MasterFacade,
  ServiceModule,
} from './facades.ts'
import type { BuildReports } from './index/build-reports.ts'
import { localIndexServiceFacade } from './index/local-index-service-facade.ts'
import { Lifecycle } from './lifecycle.ts'
import { localInsertChannel } from './local-insert-channel.ts'
import { localMasterFacade } from './master/local-master-facade.ts'
import type { NodeRegistry } from './node-registry.ts'

export interface ProtocolOptions {
  readonly clock: Clock
  readonly settings: Settings
  readonly master: LocalMaster
  readonly data: LocalDataService
  readonly index: IndexService
  readonly query: QueryService
  readonly dataNodes: NodeRegistry<DataNode>
  readonly indexNodes: NodeRegistry<IndexNode>
  readonly buildReports: BuildReports
  readonly flushReports: FlushReports
  readonly writer: NodeSegmentWriter
  readonly onError: (error: unknown) => void
}

/** The coordinator as others see it: its services and its channels. Disposing it stops them. */
export interface Protocol extends AsyncDisposable {
  readonly master: MasterFacade
  readonly dataService: DataServiceFacade
  readonly indexService: IndexServiceFacade
  readonly insertChannel: InsertChannelFacade
  readonly channels: Channels
}

/** The node id of the coordinator itself: all its services are one process. */
const coordinatorNodeID = toId<NodeId>(1n)

/** Resolves when every service answers. */
export async function startProtocol(options: ProtocolOptions): Promise<Protocol> {
  const { clock, master, data } = options
  const openedAt = await master.allocTimestamp(1)
  const now = (): Promise<Timestamp> => master.allocTimestamp(1)
  const eventChannel = (name: string): EventChannel => new EventChannel({ name, openedAt, now })
  const events = {
    masterStatistics: eventChannel(channelNames.masterStatistics),
    segmentInfo: eventChannel(channelNames.segmentInfo),
    dataStatistics: eventChannel(channelNames.dataStatistics),
  }
  const indexes = new IndexDefinitions(options)
  const common = { ...options, indexes, nodeID: coordinatorNodeID }
  const dataService = localDataServiceFacade({
    ...common,
    nodes: options.dataNodes,
    reports: options.flushReports,
    segmentInfo: events.segmentInfo,
    statistics: events.dataStatistics,
  })
  const indexService = localIndexServiceFacade({
    ...common,
    nodes: options.indexNodes,
    reports: options.buildReports,
  })
  const masterFacade = localMasterFacade({
    ...common,
    statistics: events.masterStatistics,
    subcomponents: () => [dataService.info(), indexService.info()],
  })
  const insertLifecycle = new Lifecycle('insert channel', coordinatorNodeID)
  const insertChannel = localInsertChannel({ master, data, lifecycle: insertLifecycle })
  const modules: readonly ServiceModule[] = [masterFacade, dataService, indexService]
  for (const module of modules) await module.init()
  for (const module of modules) await module.start()
  insertLifecycle.markHealthy()
  const channels = new Channels(clock, sourceFinder(options, Object.values(events)))
  return {
    master: masterFacade,
    dataService,
    indexService,
    insertChannel,
    channels,
    async [Symbol.asyncDispose]() {
      insertLifecycle.markAbnormal()
      channels.close()
      for (const module of modules.toReversed()) await module.stop()
    },
  }
}

/** Channels that exist once, those of the log, and those of collections, by name. */
function sourceFinder(
  { master, data }: ProtocolOptions,
  events: readonly EventChannel[],
): (name: string) => ChannelSource | undefined {
  const ready = (): Promise<void> => master.oracle.ready()
  const masterTick = async (): Promise<Timestamp> => {
    const applied = await data.tick()
    const defined = master.history.watermark()
    return defined < applied ? defined : applied
  }
  const fixed: readonly ChannelSource[] = [
    ...events,
    new DefinitionSource(master.history, ready),
    new TickSource(channelNames.masterTimeTick, masterTick),
    new TickSource(channelNames.dataTimeTick, () => data.tick()),
    ...data
      .physicalChannels()
      .map((log) => new InsertSource({ name: log.name, log, master, ready })),
  ]
  return (name) => fixed.find((source) => source.name === name) ?? shardSource(name)

  function shardSource(name: string): ChannelSource | undefined {
    for (const collection of master.allCollections()) {
      const shardIndex = collection.shards.findIndex(
        ({ virtualChannel }) => virtualChannel === name,
      )
      const shard = collection.shards[shardIndex]
      const log = data.physicalChannels().find((known) => known.name === shard?.physicalChannel)
      if (log === undefined) continue
      return new InsertSource({ name, log, master, ready, scope: { collection, shardIndex } })
    }
    return undefined
  }
}
