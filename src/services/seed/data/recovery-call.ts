import type {
  BinlogRecord,
  CollectionRecord,
  FlushedSegmentRecord,
  SegmentRecord,
} from '../../../meta/records.ts'
import { wirePosition } from '../../channels/channel.ts'
import type { FieldBinlog, SegmentBinlogs, VchannelInfo } from '../data-messages.ts'
import type { DataServiceFacade } from '../facades.ts'
import { collectionById } from '../master/context.ts'
import { type DataContext, requestedPartition } from './context.ts'
import { wireBinlog } from './wire-binlog.ts'

/**
 * What a reader must load and from where it must follow the log, as of one moment: states and
 * positions are taken together; the files of what was flushed then are kept for a while even if it
 * is dropped the next moment.
 */
export function recoveryCall(context: DataContext): Pick<DataServiceFacade, 'getRecoveryInfo'> {
  const { lifecycle, master, data } = context
  return {
    getRecoveryInfo: lifecycle.answer(
      { channels: [], binlogs: [] },
      async ({ collectionID, partitionID }) => {
        const collection = collectionById(master, collectionID)
        const partition =
          partitionID === 0n ? undefined : requestedPartition(collection, partitionID)
        const segments = data
          .allSegments(collection.id)
          .filter((segment) => partition === undefined || segment.partitionId === partition.id)
        const channels = channelsOf(context, collection, segments)
        const flushed = segments.filter((segment) => segment.state === 'flushed')
        const binlogs = await Promise.all(flushed.map((segment) => binlogsOf(context, segment)))
        return { channels, binlogs }
      },
    ),
  }
}

function channelsOf(
  { data }: DataContext,
  collection: CollectionRecord,
  segments: readonly SegmentRecord[],
): VchannelInfo[] {
  const seekPosition = data.checkpoint(collection)
  return collection.shards.map(({ virtualChannel }) => {
    const mine = segments.filter((segment) => segment.virtualChannel === virtualChannel)
    const idsIn = (...states: readonly SegmentRecord['state'][]): bigint[] =>
      mine.filter(({ state }) => states.includes(state)).map(({ id }) => id)
    return {
      collectionID: collection.id,
      channelName: virtualChannel,
      seekPosition: wirePosition(virtualChannel, seekPosition, 0n),
      unflushedSegmentIDs: idsIn('growing', 'sealed', 'flushing'),
      flushedSegmentIDs: idsIn('flushed'),
      droppedSegmentIDs: idsIn('dropped'),
    }
  })
}

async function binlogsOf(
  { data }: DataContext,
  segment: FlushedSegmentRecord,
): Promise<SegmentBinlogs> {
  const files = await data.binlogs(segment)
  const deletes = await data.deleteFiles(segment.collectionId, segment.partitionId)
  return {
    segmentID: segment.id,
    numOfRows: BigInt(segment.rowCount),
    fieldBinlogs: byField(files.filter(({ kind }) => kind === 'insert')),
    statslogs: byField(files.filter(({ kind }) => kind === 'stats')),
    deltalogs: byField(deletes),
  }
}

function byField(files: readonly BinlogRecord[]): FieldBinlog[] {
  const groups = Map.groupBy(files, ({ fieldId }) => fieldId)
  return [...groups].map(([fieldID, binlogs]) => ({
    fieldID,
    binlogs: binlogs.map(wireBinlog),
  }))
}
