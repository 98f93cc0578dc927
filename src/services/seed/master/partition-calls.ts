import { findPartition } from '../../master/partitions.ts'
import type { MasterFacade } from '../facades.ts'
import { partitionRowCount, statisticsOf } from '../statistics.ts'
import { type MasterContext, namedCollection, requestedCollection } from './context.ts'

type Names =
  | 'createPartition'
  | 'dropPartition'
  | 'hasPartition'
  | 'describePartition'
  | 'showPartitions'

export function partitionCalls({
  lifecycle,
  master,
  data,
}: MasterContext): Pick<MasterFacade, Names> {
  return {
    createPartition: lifecycle.command(async ({ dbName, collectionName, partitionName }) => {
      await master.createPartition({ databaseName: dbName, collectionName, partitionName })
    }),

    dropPartition: lifecycle.command(({ dbName, collectionName, partitionName }) =>
      master.dropPartition({ databaseName: dbName, collectionName, partitionName }),
    ),

    hasPartition: lifecycle.answer({ value: false }, async (request) => {
      const { partitions } = namedCollection(master, request)
      return { value: partitions.some(({ name }) => name === request.partitionName) }
    }),

    describePartition: lifecycle.answer(
      { name: '', statistics: [], partitionID: 0n },
      async (request) => {
        const collection = namedCollection(master, request)
        const { id, name } = findPartition(collection, request.partitionName)
        const rowCount = partitionRowCount(data, collection.id, id)
        return { name, statistics: statisticsOf(rowCount), partitionID: id }
      },
    ),

    showPartitions: lifecycle.answer({ partitionNames: [], partitionIDs: [] }, async (request) => {
      const { partitions } = requestedCollection(master, request)
      return {
        partitionNames: partitions.map(({ name }) => name),
        partitionIDs: partitions.map(({ id }) => id),
      }
    }),
  }
}
