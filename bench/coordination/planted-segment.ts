import { toId } from '../../src/base/int64.ts'
import { composeTimestamp } from '../../src/base/timestamp.ts'
import type { BinlogRecord, SegmentRecord } from '../../src/meta/records.ts'
import type { Place } from './requests.ts'

/** Row ids, timestamps, the key and the vector, each a log of its own; and the key's statistics. */
const fieldIds = [0n, 1n, 100n, 101n] as const
export const binlogCountOfSegment = fieldIds.length + 1

const rowCount = 10_000
const sizeBytes = 5_400_000

/** What a flush leaves in meta. `id` and the fifteen after it are this segment's. */
export function plantedSegment(
  place: Place,
  id: bigint,
): { readonly segment: SegmentRecord; readonly binlogs: readonly BinlogRecord[] } {
  const collectionId = toId<SegmentRecord['collectionId']>(place.collectionID)
  const partitionId = toId<SegmentRecord['partitionId']>(place.partitionID)
  const segmentId = toId<SegmentRecord['id']>(id)
  const segment: SegmentRecord = {
    id: segmentId,
    collectionId,
    partitionId,
    virtualChannel: place.channelName,
    state: 'flushed',
    rowCount,
    sizeBytes,
    rowCountMax: rowCount,
    lastExpireAt: at,
    openedAt: at,
    sealedAt: at,
    flushedAt: at,
    startPosition: 0n,
    position: 0n,
    compactedFrom: [],
    purgedAt: at,
  }
  const log = (place: number, kind: 'insert' | 'stats', fieldId: bigint): BinlogRecord => {
    const logId = toId<BinlogRecord['logId']>(id + 1n + BigInt(place))
    return {
      collectionId,
      partitionId,
      segmentId,
      logId,
      kind,
      fieldId: toId<BinlogRecord['fieldId']>(fieldId),
      path: `${kind}_log/${collectionId}/${partitionId}/${segmentId}/${fieldId}/${logId}`,
      rowCount,
      timestampFrom: at,
      timestampTo: at,
      sizeBytes,
      crc32c: 0,
    }
  }
  const inserts = fieldIds.map((fieldId, place) => log(place, 'insert', fieldId))
  return { segment, binlogs: [...inserts, log(fieldIds.length, 'stats', 100n)] }
}

const at = composeTimestamp(1, 0)
