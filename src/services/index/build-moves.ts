import { assert } from '../../base/assert.ts'
import type { BuildId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type {
  BuildRecord,
  DeletedBuildRecord,
  FailedBuildRecord,
  FinishedBuildRecord,
  FlushedSegmentRecord,
  IndexFileRecord,
  IndexRecord,
  RunningBuildRecord,
  UnissuedBuildRecord,
} from '../../meta/records.ts'

/**
 * The moves of a build:
 *
 *     unissued --begin, version + 1--> inProgress --finish--> finished --.
 *         ^                             |   '-------fail----> failed ----+--erase--> deleted --> (no record)
 *         '--fail, lose-----------------'                                |
 *         '-------------------------------------------------------------'
 *
 * An attempt fails by itself, or is lost with whoever made it. Both are counted, each for itself: an
 * index is not given up because machines come and go, and a build that takes its machine down with it
 * does not go on for ever.
 */
export function plan(
  id: BuildId,
  segment: FlushedSegmentRecord,
  index: Pick<IndexRecord, 'id'>,
): UnissuedBuildRecord {
  return {
    id,
    collectionId: segment.collectionId,
    partitionId: segment.partitionId,
    segmentId: segment.id,
    indexId: index.id,
    rowCount: segment.rowCount,
    version: 0,
    failedCount: 0,
    lostCount: 0,
    state: 'unissued',
    failReason: '',
  }
}

export function begin(build: UnissuedBuildRecord): RunningBuildRecord {
  const { failReason: _, ...rest } = build
  return { ...rest, state: 'inProgress', version: build.version + 1 }
}

/** Also of a build that is not worth an attempt: then it has no files. */
export function finish(
  build: RunningBuildRecord | UnissuedBuildRecord,
  files: readonly IndexFileRecord[],
): FinishedBuildRecord {
  return { ...common(build), state: 'finished', files }
}

export interface AttemptBounds {
  /** Attempts that fail by themselves before the build is given up. */
  readonly attemptCountMax: number
  /** Attempts that are lost with whoever makes them before the build is given up. */
  readonly lossCountMax: number
}

export interface AttemptEnd {
  readonly kind: 'failed' | 'lost'
  readonly reason: string
}

/** After an attempt that has brought nothing: the next one, or none. */
export function endAttempt(
  build: RunningBuildRecord,
  { kind, reason }: AttemptEnd,
  bounds: AttemptBounds,
): UnissuedBuildRecord | FailedBuildRecord {
  const failedCount = build.failedCount + (kind === 'failed' ? 1 : 0)
  const lostCount = build.lostCount + (kind === 'lost' ? 1 : 0)
  const isOver = failedCount >= bounds.attemptCountMax || lostCount >= bounds.lossCountMax
  const rest = { ...common(build), failedCount, lostCount, failReason: reason }
  return isOver ? { ...rest, state: 'failed' } : { ...rest, state: 'unissued' }
}

/** Its files are gone, or about to go; that it was there is remembered for a while. */
export function erase(
  build: Exclude<BuildRecord, DeletedBuildRecord>,
  deletedAt: Timestamp,
): DeletedBuildRecord {
  return { ...common(build), state: 'deleted', deletedAt }
}

/** Whether the record is still that attempt: else its result is not wanted. */
export function isSameAttempt(
  stored: BuildRecord | undefined,
  attempt: RunningBuildRecord,
): boolean {
  return stored?.state === 'inProgress' && stored.version === attempt.version
}

/** Attempts only count up. */
export function assertBuildMove(former: BuildRecord | undefined, next: BuildRecord): void {
  if (former === undefined) return
  assert(former.state !== 'deleted', 'a deleted build stays deleted')
  assert(next.version >= former.version, 'a build has no earlier attempt than it had')
}

function common(build: BuildRecord) {
  const { id, collectionId, partitionId, segmentId, indexId, rowCount } = build
  const { version, failedCount, lostCount } = build
  const place = { id, collectionId, partitionId, segmentId, indexId, rowCount }
  return { ...place, version, failedCount, lostCount }
}
