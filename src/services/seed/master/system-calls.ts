import { limits } from '../../../base/limits.ts'
import { channelNames } from '../../channels/channel.ts'
import type { MasterFacade } from '../facades.ts'
import { configurationEntries } from '../system-configuration.ts'
import { invalid, type MasterContext } from './context.ts'

type Names =
  | 'allocTimestamp'
  | 'allocID'
  | 'getTimeTickChannel'
  | 'getDdChannel'
  | 'getStatsChannel'
  | 'getSysConfigs'
  | 'getMasterStats'
  | 'getComponentStates'

export function systemCalls(context: MasterContext): Pick<MasterFacade, Names> {
  const { lifecycle, master, settings, subcomponents } = context
  return {
    allocTimestamp: lifecycle.answer({ timestamp: 0n, count: 0 }, async ({ count }) => ({
      timestamp: await master.allocTimestamp(count),
      count,
    })),

    allocID: lifecycle.answer({ ID: 0n, count: 0 }, async ({ count }) => ({
      ID: await master.allocId(count),
      count,
    })),

    getTimeTickChannel: lifecycle.channelName(channelNames.masterTimeTick),
    getDdChannel: lifecycle.channelName(channelNames.definition),
    getStatsChannel: lifecycle.channelName(channelNames.masterStatistics),

    getSysConfigs: lifecycle.answer({ keys: [], values: [] }, async (request) => {
      if (request.keys.length + request.keyPrefixes.length > limits.batchItemCountMax) {
        throw invalid(`Cannot look for more than ${limits.batchItemCountMax} configuration keys`)
      }
      const keys = new Set(request.keys)
      const found = configurationEntries(settings).filter(
        ({ key }) => keys.has(key) || request.keyPrefixes.some((prefix) => key.startsWith(prefix)),
      )
      return { keys: found.map(({ key }) => key), values: found.map(({ value }) => value) }
    }),

    getMasterStats: lifecycle.answer(
      { states: undefined, timestamp: 0n, ...noCounts },
      async () => ({
        states: lifecycle.states(subcomponents()),
        timestamp: await master.allocTimestamp(1),
        ...masterCounts(context),
      }),
    ),

    getComponentStates: async () => lifecycle.states(subcomponents()),
  }
}

const noCounts = { databaseCount: 0n, collectionCount: 0n, partitionCount: 0n, indexCount: 0n }

/** What the master keeps, by number. */
export function masterCounts({ master }: Pick<MasterContext, 'master'>): typeof noCounts {
  const databases = master.listDatabases()
  const collections = [...master.allCollections()]
  const countOf = (lists: readonly (readonly unknown[])[]): bigint =>
    BigInt(lists.reduce((sum, list) => sum + list.length, 0))
  return {
    databaseCount: BigInt(databases.length),
    collectionCount: BigInt(collections.length),
    partitionCount: countOf(collections.map(({ partitions }) => partitions)),
    indexCount: countOf(collections.map(({ indexes }) => indexes)),
  }
}
