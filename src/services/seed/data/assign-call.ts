import { ElanusError } from '../../../base/errors.ts'
import type { CollectionRecord } from '../../../meta/records.ts'
import type { SegIDAssignment, SegIDRequest } from '../data-messages.ts'
import type { DataServiceFacade } from '../facades.ts'
import { collectionById } from '../master/context.ts'
import { statusOf, success } from '../status.ts'
import { checkItemCount, type DataContext, requestedPartition } from './context.ts'

/** Each item is answered for itself: one that cannot be had takes nothing from the others. */
export function assignCall(context: DataContext): Pick<DataServiceFacade, 'assignSegmentID'> {
  return {
    assignSegmentID: context.lifecycle.answer({ segIDAssignments: [] }, async (request) => {
      checkItemCount('assignments', request.segIDRequests)
      const segIDAssignments: SegIDAssignment[] = []
      for (const item of request.segIDRequests) {
        segIDAssignments.push(...(await assign(context, item)))
      }
      return { segIDAssignments }
    }),
  }
}

async function assign(
  { master, data }: DataContext,
  item: SegIDRequest,
): Promise<readonly SegIDAssignment[]> {
  const { count, channelName, collectionID, partitionID } = item
  try {
    const collection = collectionById(master, collectionID)
    const partition = requestedPartition(collection, partitionID)
    const shardIndex = shardIndexOf(collection, channelName)
    const place = { partitionId: partition.id, shardIndex, rowCount: count }
    const promised = await data.reserve(collection, place)
    return promised.map(({ segmentId, rowCount, expireAt }) => ({
      segID: segmentId,
      channelName: collection.shards[shardIndex]?.virtualChannel ?? '',
      count: rowCount,
      collectionID,
      partitionID: partition.id,
      expireTime: expireAt,
      status: success,
    }))
  } catch (thrown) {
    const status = statusOf(thrown, `Cannot assign ${count} rows`)
    return [{ segID: 0n, channelName, count, collectionID, partitionID, expireTime: 0n, status }]
  }
}

/** The first shard where no channel is named. */
export function shardIndexOf(collection: CollectionRecord, channelName: string): number {
  if (channelName === '') return 0
  const index = collection.shards.findIndex(({ virtualChannel }) => virtualChannel === channelName)
  if (index >= 0) return index
  throw new ElanusError(
    'CHANNEL_NOT_FOUND',
    `Collection ${collection.id} has no channel ${channelName.slice(0, 256)}`,
  )
}
