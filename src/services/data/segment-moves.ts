import { assert } from '../../base/assert.ts'
import type { SegmentId } from '../../base/int64.ts'
import { type Timestamp, timestampZero } from '../../base/timestamp.ts'
import type {
  DroppedSegmentRecord,
  FlushedSegmentRecord,
  FlushingSegmentRecord,
  GrowingSegmentRecord,
  SealedSegmentRecord,
  SegmentRecord,
  SegmentState,
} from '../../meta/records.ts'

/**
 * The moves of a segment. Each takes the states that it may start from and no other, so that a move
 * that cannot be does not compile; `assertMove` says the same of records in motion.
 *
 *     growing --seal--> sealed --begin--> flushing --finish--> flushed
 *         \________________\_________________\__________________\--drop--> dropped --> (no record)
 *
 * A merged segment begins as flushed: its rows were in files already.
 */
const successors: Readonly<Record<SegmentState, readonly SegmentState[]>> = {
  growing: ['sealed', 'dropped'],
  sealed: ['flushing', 'dropped'],
  flushing: ['flushed', 'dropped'],
  flushed: ['dropped'],
  dropped: [],
}

/** What a segment may never forget or change, whatever it comes to. */
const constant = ['id', 'collectionId', 'partitionId', 'virtualChannel', 'openedAt'] as const

export function assertMove(former: SegmentRecord, next: SegmentRecord): void {
  assert(
    former.state === next.state || successors[former.state].includes(next.state),
    `segment ${former.id} moves from ${former.state} to ${next.state}`,
  )
  for (const key of constant) assert(former[key] === next[key], `a segment keeps its ${key}`)
}

export function seal(record: GrowingSegmentRecord, sealedAt: Timestamp): SealedSegmentRecord {
  return { ...record, state: 'sealed', sealedAt }
}

/** A flush that a crash has cut short begins again. */
export function beginFlush(
  record: SealedSegmentRecord | FlushingSegmentRecord,
): FlushingSegmentRecord {
  return { ...record, state: 'flushing' }
}

export function finishFlush(
  record: FlushingSegmentRecord,
  files: Pick<FlushedSegmentRecord, 'flushedAt' | 'rowCount' | 'sizeBytes' | 'position'>,
): FlushedSegmentRecord {
  return { ...record, ...files, state: 'flushed', compactedFrom: [], purgedAt: timestampZero }
}

export function drop(
  record: Exclude<SegmentRecord, DroppedSegmentRecord>,
  droppedAt: Timestamp,
): DroppedSegmentRecord {
  return { ...record, state: 'dropped', droppedAt }
}

/** Its rows are in another segment from now on, or were all gone. */
export function replace(
  record: FlushedSegmentRecord,
  compactedTo: SegmentId | undefined,
  droppedAt: Timestamp,
): DroppedSegmentRecord {
  const dropped = drop(record, droppedAt)
  return compactedTo === undefined ? dropped : { ...dropped, compactedTo }
}
