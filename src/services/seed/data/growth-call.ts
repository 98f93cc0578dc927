import { ElanusError } from '../../../base/errors.ts'
import { type SegmentId, toId } from '../../../base/int64.ts'
import type { DataNodeTtMsg } from '../data-messages.ts'
import type { DataServiceFacade } from '../facades.ts'
import { checkItemCount, type DataContext, segmentNotFound } from './context.ts'
import type { SegmentNews } from './segment-news.ts'

/**
 * How a data node's segments have grown, told on to whoever follows the statistics channel. A node
 * speaks for segments on channels that it owns and for no others; what it says decides nothing.
 */
export function growthCall(
  context: DataContext,
  news: () => SegmentNews | undefined,
): Pick<DataServiceFacade, 'reportDataNodeTtMsgs'> {
  const { lifecycle, master } = context
  return {
    reportDataNodeTtMsgs: lifecycle.command(async ({ base, msgs }) => {
      const nodeID = base?.sourceID ?? 0n
      const all = msgs.flatMap(({ segmentsStats }) => segmentsStats)
      checkItemCount('channels', msgs)
      checkItemCount('segments', all)
      for (const message of msgs) checkOwner(context, nodeID, message)
      if (all.length === 0) return
      news()?.tellStatistics(await master.allocTimestamp(1), all, nodeID)
    }),
  }
}

function checkOwner({ data, writer }: DataContext, nodeID: bigint, message: DataNodeTtMsg): void {
  for (const { SegmentID } of message.segmentsStats) {
    const segment = data.segment(toId<SegmentId>(SegmentID))
    if (segment === undefined) throw segmentNotFound(SegmentID)
    if (writer.ownerOf(segment)?.nodeID === nodeID) continue
    throw new ElanusError(
      'CHANNEL_NOT_FOUND',
      `Node ${nodeID} does not own channel ${segment.virtualChannel} of segment ${SegmentID}`,
    )
  }
}
