import { channelNames } from '../../channels/channel.ts'
import type { DataServiceFacade } from '../facades.ts'
import { collectionById } from '../master/context.ts'
import type { DataContext } from './context.ts'

type Names =
  | 'registerNode'
  | 'getSegmentInfoChannel'
  | 'getInsertChannels'
  | 'getTimeTickChannel'
  | 'getStatisticsChannel'
  | 'getComponentStates'

/** Keys of what a node is told when it registers: the channels that it follows and writes to. */
export const startParamKeys = {
  definition: 'DDChannelName',
  statistics: 'SegmentStatisticsChannelName',
  timeTick: 'TimeTickChannelName',
  flushDone: 'CompleteFlushChannelName',
} as const

export function nodeCalls(context: DataContext): Pick<DataServiceFacade, Names> {
  const { lifecycle, master, data, nodes } = context
  return {
    registerNode: lifecycle.answer({ initParams: undefined }, async (request) => {
      const ip = request.address?.ip ?? request.Address
      const port = request.address?.port ?? request.Port
      const nodeID = await master.allocId(1)
      nodes.register(nodeID, ip, port)
      const startParams = [
        { key: startParamKeys.definition, value: channelNames.definition },
        { key: startParamKeys.statistics, value: channelNames.dataStatistics },
        { key: startParamKeys.timeTick, value: channelNames.dataTimeTick },
        { key: startParamKeys.flushDone, value: channelNames.segmentInfo },
      ]
      return { initParams: { nodeID, startParams } }
    }),

    getSegmentInfoChannel: lifecycle.channelName(channelNames.segmentInfo),

    // Those of a collection are its shards; where none is named, those that all are spread over.
    getInsertChannels: lifecycle.answer({ values: [] }, async ({ collectionID }) => ({
      values:
        collectionID === 0n
          ? data.physicalChannels().map(({ name }) => name)
          : collectionById(master, collectionID).shards.map(({ virtualChannel }) => virtualChannel),
    })),

    getTimeTickChannel: lifecycle.channelName(channelNames.dataTimeTick),
    getStatisticsChannel: lifecycle.channelName(channelNames.dataStatistics),
    getComponentStates: async () => lifecycle.states(nodes.infos()),
  }
}
