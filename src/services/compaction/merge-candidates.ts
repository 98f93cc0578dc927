import type { SegmentId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { CollectionRecord, FlushedSegmentRecord } from '../../meta/records.ts'
import type { Segment } from '../../segment/segment.ts'
import type { SegmentLedger } from '../data/segment-ledger.ts'
import type { QueryService } from '../query/query-service.ts'
import { visibleAfter } from '../visible-after.ts'
import type { MergeCandidate } from './merge-plan.ts'

interface Ground {
  readonly ledger: SegmentLedger
  readonly query: QueryService
}

const automaticKey = 'collection.autocompaction.enabled'

/** By default it is; a property of the collection says otherwise. */
export function isAutomatic({ schema }: CollectionRecord): boolean {
  return schema.properties.find(({ key }) => key === automaticKey)?.value !== 'false'
}

/**
 * Flushed segments that may be merged. What is loaded must have been handed off: each segment is read
 * from its files then, and whoever takes its place knows what it takes.
 */
export async function candidatesOf(
  collection: CollectionRecord,
  purgeAt: Timestamp,
  { ledger, query }: Ground,
): Promise<readonly MergeCandidate[]> {
  const served = new Map(query.served(collection).map(({ segment }) => [segment.id, segment]))
  const isSettled = (record: FlushedSegmentRecord): boolean =>
    ledger.growingSegment(record.id) === undefined &&
    (query.state(collection.id, [record.partitionId]).kind === 'notLoaded' ||
      served.get(record.id)?.kind === 'sealed')
  const settled = ledger.flushedSegments(collection.id).filter(isSettled)
  const after = visibleAfter(collection, purgeAt)
  const inFiles = await deletedInFiles(collection, settled, { ledger, purgeAt, served })
  return settled.map((record) => {
    const segment = served.get(record.id)
    const goneRowCount =
      segment === undefined
        ? Math.min(record.rowCount, inFiles.get(record.id) ?? 0)
        : segment.rowCountAt(purgeAt) -
          segment.rowCountVisible({ readAt: purgeAt, visibleAfter: after })
    return { record, goneRowCount }
  })
}

/**
 * For segments that are not in memory, how many rows deletes may have taken: all that the delete files
 * hold which are newer than what was purged, shared out by the sizes of the segments.
 */
async function deletedInFiles(
  collection: CollectionRecord,
  records: readonly FlushedSegmentRecord[],
  options: {
    readonly ledger: SegmentLedger
    readonly purgeAt: Timestamp
    readonly served: ReadonlyMap<SegmentId, Segment>
  },
): Promise<ReadonlyMap<SegmentId, number>> {
  const { ledger, purgeAt, served } = options
  const found = new Map<SegmentId, number>()
  const asleep = records.filter(({ id }) => !served.has(id))
  for (const [partitionId, group] of Map.groupBy(asleep, (record) => record.partitionId)) {
    const files = await ledger.deleteFiles(collection.id, partitionId)
    const rowCount = group.reduce((sum, record) => sum + record.rowCount, 0)
    for (const { id, purgedAt, openedAt, rowCount: own } of group) {
      const concerned = files.filter(
        ({ timestampTo }) =>
          timestampTo <= purgeAt && timestampTo > purgedAt && timestampTo > openedAt,
      )
      const deletedCount = concerned.reduce((sum, file) => sum + file.rowCount, 0)
      found.set(id, Math.floor((deletedCount * own) / Math.max(1, rowCount)))
    }
  }
  return found
}
