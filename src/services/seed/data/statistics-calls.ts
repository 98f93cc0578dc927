import { findPartition } from '../../master/partitions.ts'
import type { DataServiceFacade } from '../facades.ts'
import { collectionById, requestedCollection } from '../master/context.ts'
import { collectionRowCount, partitionRowCount, statisticsOf } from '../statistics.ts'
import { type DataContext, requestedPartition } from './context.ts'

type Names = 'getCollectionStatistics' | 'getPartitionStatistics' | 'getCount'

export function statisticsCalls({
  lifecycle,
  master,
  data,
}: DataContext): Pick<DataServiceFacade, Names> {
  return {
    getCollectionStatistics: lifecycle.answer({ stats: [] }, async (request) => {
      const collection = requestedCollection(master, request)
      return { stats: statisticsOf(collectionRowCount(data, collection.id)) }
    }),

    getPartitionStatistics: lifecycle.answer({ stats: [] }, async (request) => {
      const collection = requestedCollection(master, request)
      const partition =
        request.partitionName === ''
          ? requestedPartition(collection, request.partitionID)
          : findPartition(collection, request.partitionName)
      return { stats: statisticsOf(partitionRowCount(data, collection.id, partition.id)) }
    }),

    getCount: lifecycle.answer({ count: 0n }, async ({ collectionID }) => {
      const collection = collectionById(master, collectionID)
      return { count: BigInt(collectionRowCount(data, collection.id)) }
    }),
  }
}
