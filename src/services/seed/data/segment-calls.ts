import { type CollectionId, type SegmentId, toId } from '../../../base/int64.ts'
import type { BinlogRecord, SegmentRecord } from '../../../meta/records.ts'
import type { DataServiceFacade } from '../facades.ts'
import { success } from '../status.ts'
import { checkItemCount, type DataContext, segmentNotFound } from './context.ts'
import {
  unknownSegmentState,
  wireSegment,
  wireSegmentState,
  wireSegmentStatistics,
} from './wire-segment.ts'

type Names =
  | 'showSegments'
  | 'getSegmentStates'
  | 'getSegmentInfo'
  | 'getSegmentStats'
  | 'getInsertBinlogPaths'

export function segmentCalls({ lifecycle, data }: DataContext): Pick<DataServiceFacade, Names> {
  const segmentOf = (segmentID: bigint): SegmentRecord => {
    const record = data.segment(toId<SegmentId>(segmentID))
    if (record === undefined) throw segmentNotFound(segmentID)
    return record
  }
  return {
    showSegments: lifecycle.answer({ segmentIDs: [] }, async ({ collectionID, partitionID }) => ({
      segmentIDs: data
        .allSegments(toId<CollectionId>(collectionID))
        .filter((segment) => partitionID === 0n || segment.partitionId === partitionID)
        .map(({ id }) => id),
    })),

    getSegmentStates: lifecycle.answer({ states: [] }, async ({ segmentIDs, SegmentID }) => {
      checkItemCount('segments', segmentIDs)
      const ids = SegmentID === 0n ? segmentIDs : [...segmentIDs, SegmentID]
      return {
        states: ids.map((id) => {
          const record = data.segment(toId<SegmentId>(id))
          return record === undefined ? unknownSegmentState(id) : wireSegmentState(record)
        }),
      }
    }),

    getSegmentInfo: lifecycle.answer({ infos: [] }, async ({ segmentIDs }) => {
      checkItemCount('segments', segmentIDs)
      return { infos: segmentIDs.map((id) => wireSegment(data, segmentOf(id))) }
    }),

    getSegmentStats: lifecycle.answer({ stats: undefined }, async ({ segmentID }) => ({
      stats: wireSegmentStatistics(data, segmentOf(segmentID)),
    })),

    getInsertBinlogPaths: lifecycle.answer({ fieldIDs: [], paths: [] }, async ({ segmentID }) => {
      const record = segmentOf(segmentID)
      const binlogs = await data.binlogs(record)
      const byField = insertPathsByField(binlogs)
      if (byField.size === 0) throw segmentNotFound(segmentID)
      return {
        fieldIDs: [...byField.keys()],
        paths: [...byField.values()].map((values) => ({ values, status: success })),
      }
    }),
  }
}

function insertPathsByField(binlogs: readonly BinlogRecord[]): Map<bigint, string[]> {
  const byField = new Map<bigint, string[]>()
  for (const { kind, fieldId, path } of binlogs) {
    if (kind !== 'insert') continue
    const paths = byField.get(fieldId)
    if (paths === undefined) byField.set(fieldId, [path])
    else paths.push(path)
  }
  return byField
}
