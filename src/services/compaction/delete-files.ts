import type { Timestamp } from '../../base/timestamp.ts'
import type { BinlogRecord, CollectionRecord, SegmentRecord } from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import type { SegmentLedger } from '../data/segment-ledger.ts'
import type { QueryService } from '../query/query-service.ts'
import type { MergeCandidate } from './merge-plan.ts'

/**
 * Remembers of segments in memory that no delete so far hides a row of theirs: they need not be written
 * anew for that to be so.
 */
export async function notePurged(
  candidates: readonly MergeCandidate[],
  purgeAt: Timestamp,
  ground: {
    readonly collection: CollectionRecord
    readonly ledger: SegmentLedger
    readonly query: QueryService
  },
): Promise<void> {
  const { collection, ledger, query } = ground
  const loaded = new Set(query.served(collection).map(({ segment }) => segment.id))
  const untouched = candidates.filter(
    ({ record, goneRowCount }) => goneRowCount === 0 && loaded.has(record.id),
  )
  for (const [partitionId, group] of Map.groupBy(untouched, ({ record }) => record.partitionId)) {
    const files = await ledger.deleteFiles(collection.id, partitionId)
    const due = group.filter(({ record }) =>
      files.some(
        ({ timestampTo }) =>
          timestampTo <= purgeAt && timestampTo > record.purgedAt && timestampTo > record.openedAt,
      ),
    )
    for (const { record } of due) await ledger.notePurged(record.id, purgeAt)
  }
}

/** Takes delete files out of meta that are older than every row that they could hide. */
export async function forgetSpentDeletes(
  collection: CollectionRecord,
  ground: {
    readonly catalog: Catalog
    readonly ledger: SegmentLedger
    readonly segments: readonly SegmentRecord[]
  },
): Promise<{ readonly spent: readonly BinlogRecord[]; readonly leftCount: number }> {
  const { catalog, ledger, segments } = ground
  const files = await ledger.allDeleteFiles(collection.id)
  const spent = files.filter(({ partitionId, timestampTo }) =>
    segments.every(
      (segment) =>
        (partitionId !== 0n && partitionId !== segment.partitionId) ||
        hasNoUseOf(segment, timestampTo),
    ),
  )
  const drops = spent.map(({ partitionId, segmentId, logId, fieldId }) =>
    catalog.binlogs.drop(collection.id, partitionId, segmentId, logId, fieldId),
  )
  if (drops.length > 0) await catalog.write(drops)
  return { spent, leftCount: files.length - spent.length }
}

function hasNoUseOf(segment: SegmentRecord, deletedUpTo: Timestamp): boolean {
  if (segment.state === 'dropped' || segment.openedAt >= deletedUpTo) return true
  return segment.state === 'flushed' && segment.purgedAt >= deletedUpTo
}
