import { timestampZero } from '../../../base/timestamp.ts'
import type { SegmentRecord } from '../../../meta/records.ts'
import { wirePosition } from '../../channels/channel.ts'
import type { DataService } from '../../data/data-service.ts'
import type { MsgPosition } from '../common-messages.ts'
import {
  type SegmentInfo,
  SegmentState,
  type SegmentStateInfo,
  type SegmentStatisticsUpdates,
} from '../data-messages.ts'
import { success } from '../status.ts'

const wireStates: Readonly<Record<SegmentRecord['state'], SegmentState>> = {
  growing: SegmentState.GROWING,
  sealed: SegmentState.SEALED,
  flushing: SegmentState.FLUSHING,
  flushed: SegmentState.FLUSHED,
  dropped: SegmentState.DROPPED,
}

export function wireSegment(data: DataService, record: SegmentRecord): SegmentInfo {
  const { virtualChannel } = record
  return {
    segmentID: record.id,
    collectionID: record.collectionId,
    partitionID: record.partitionId,
    insertChannel: virtualChannel,
    ...timesOf(record),
    openTime: record.openedAt,
    numRows: BigInt(data.rowCount(record)),
    memSize: BigInt(sizeOf(data, record)),
    state: wireStates[record.state],
    startPosition: [wirePosition(virtualChannel, record.startPosition, record.openedAt)],
    endPosition: [endPositionOf(record)],
    maxRowNum: BigInt(record.rowCountMax),
    lastExpireTime: record.lastExpireAt,
    droppedTime: record.state === 'dropped' ? record.droppedAt : timestampZero,
  }
}

export function wireSegmentState(record: SegmentRecord): SegmentStateInfo {
  const { virtualChannel } = record
  return {
    segmentID: record.id,
    state: wireStates[record.state],
    ...timesOf(record),
    createTime: record.openedAt,
    startPosition: wirePosition(virtualChannel, record.startPosition, record.openedAt),
    endPosition: endPositionOf(record),
    status: success,
  }
}

/**
 * What is said of a segment that nobody knows: that is an answer, and no failure. Zero is the id of
 * rows that have been given no segment.
 */
export function unknownSegmentState(segmentID: bigint): SegmentStateInfo {
  return {
    segmentID,
    state: segmentID === 0n ? SegmentState.NONE : SegmentState.NOT_EXIST,
    createTime: 0n,
    sealedTime: 0n,
    flushedTime: 0n,
    startPosition: undefined,
    endPosition: undefined,
    status: success,
  }
}

export function wireSegmentStatistics(
  data: DataService,
  record: SegmentRecord,
): SegmentStatisticsUpdates {
  const { virtualChannel } = record
  return {
    SegmentID: record.id,
    MemorySize: BigInt(sizeOf(data, record)),
    NumRows: BigInt(data.rowCount(record)),
    createTime: record.openedAt,
    endTime: timesOf(record).flushedTime,
    startPosition: wirePosition(virtualChannel, record.startPosition, record.openedAt),
    endPosition: endPositionOf(record),
    isNewSegment: record.state === 'growing',
  }
}

/** Zero for what has not come yet, as the wire has it. */
function timesOf(record: SegmentRecord) {
  return {
    sealedTime: 'sealedAt' in record ? record.sealedAt : timestampZero,
    flushedTime: 'flushedAt' in record ? record.flushedAt : timestampZero,
  }
}

/** Nothing of a segment is in files before it is flushed: then it ends where it starts. */
function endPositionOf(record: SegmentRecord): MsgPosition {
  const position = 'position' in record ? record.position : record.startPosition
  return wirePosition(record.virtualChannel, position, timesOf(record).flushedTime)
}

function sizeOf(data: DataService, record: SegmentRecord): number {
  if ('sizeBytes' in record) return record.sizeBytes
  return data.growingSegment(record.id)?.sizeBytes ?? 0
}
