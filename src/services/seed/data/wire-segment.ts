import type { SegmentRecord } from '../../../meta/records.ts'
import { wirePosition } from '../../channels/channel.ts'
import type { DataService } from '../../data/data-service.ts'
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
    openTime: record.openedAt,
    sealedTime: record.sealedAt,
    flushedTime: record.flushedAt,
    numRows: BigInt(data.rowCount(record)),
    memSize: BigInt(sizeOf(data, record)),
    state: wireStates[record.state],
    startPosition: [wirePosition(virtualChannel, record.startPosition, record.openedAt)],
    endPosition: [wirePosition(virtualChannel, record.position, record.flushedAt)],
    maxRowNum: BigInt(record.rowCountMax),
    lastExpireTime: record.lastExpireAt,
    droppedTime: record.droppedAt,
  }
}

export function wireSegmentState(record: SegmentRecord): SegmentStateInfo {
  const { virtualChannel } = record
  return {
    segmentID: record.id,
    state: wireStates[record.state],
    createTime: record.openedAt,
    sealedTime: record.sealedAt,
    flushedTime: record.flushedAt,
    startPosition: wirePosition(virtualChannel, record.startPosition, record.openedAt),
    endPosition: wirePosition(virtualChannel, record.position, record.flushedAt),
    status: success,
  }
}

/** What is said of a segment that nobody knows: that is an answer, and no failure. */
export function unknownSegmentState(segmentID: bigint): SegmentStateInfo {
  return {
    segmentID,
    state: SegmentState.NOT_EXIST,
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
    endTime: record.flushedAt,
    startPosition: wirePosition(virtualChannel, record.startPosition, record.openedAt),
    endPosition: wirePosition(virtualChannel, record.position, record.flushedAt),
    isNewSegment: record.state === 'growing',
  }
}

function sizeOf(data: DataService, record: SegmentRecord): number {
  if (record.state === 'flushed' || record.state === 'dropped') return record.sizeBytes
  return data.growingSegment(record.id)?.sizeBytes ?? record.sizeBytes
}
