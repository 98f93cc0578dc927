import { ElanusError } from '../../../base/errors.ts'
import { type SegmentId, toId } from '../../../base/int64.ts'
import type { SegmentRecord } from '../../../meta/records.ts'
import type { SaveBinlogPathsRequest } from '../data-messages.ts'
import type { DataServiceFacade } from '../facades.ts'
import { checkItemCount, type DataContext, segmentNotFound } from './context.ts'

/**
 * A data node's report of a segment that it has written. Sent again it changes nothing: a binlog is
 * known by its segment, field and log id. Only who was asked to flush the segment may report it.
 */
export function reportCall(context: DataContext): Pick<DataServiceFacade, 'saveBinlogPaths'> {
  const { lifecycle, data, reports } = context
  return {
    saveBinlogPaths: lifecycle.command(async (request) => {
      checkItemCount('fields', request.field2BinlogPaths)
      const segment = data.segment(toId<SegmentId>(request.segmentID))
      if (segment === undefined) throw segmentNotFound(request.segmentID)
      checkPlace(segment, request)
      if (segment.state !== 'flushed') await reports.take(segment, request)
      // Whether this report was the one that is in meta, or came after it.
      await checkKnown(context, segment, request)
    }),
  }
}

function checkPlace(segment: SegmentRecord, request: SaveBinlogPathsRequest): void {
  const isOf = (asked: bigint, known: bigint): boolean => asked === 0n || asked === known
  if (
    isOf(request.collectionID, segment.collectionId) &&
    isOf(request.partitionID, segment.partitionId) &&
    (request.channel === '' || segment.virtualChannel.startsWith(request.channel))
  ) {
    return
  }
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `Segment ${segment.id} is of collection ${segment.collectionId}, partition ` +
      `${segment.partitionId}, channel ${segment.virtualChannel}, not of ${request.collectionID}, ` +
      `${request.partitionID}, ${request.channel.slice(0, 256)}`,
  )
}

async function checkKnown(
  { data }: DataContext,
  segment: SegmentRecord,
  request: SaveBinlogPathsRequest,
): Promise<void> {
  const files = await data.binlogs(segment)
  const known = new Set(files.map(({ fieldId, logId }) => `${fieldId}/${logId}`))
  for (const { fieldID, binlogs } of [...request.field2BinlogPaths, ...request.statslogs]) {
    for (const { logID } of binlogs) {
      if (known.has(`${fieldID}/${logID}`)) continue
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `Segment ${segment.id} is flushed already, without log ${logID} of field ${fieldID}`,
      )
    }
  }
}
