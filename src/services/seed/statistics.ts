import type { CollectionId, PartitionId } from '../../base/int64.ts'
import type { DataService } from '../data/data-service.ts'
import type { KeyValuePair } from './common-messages.ts'

/** Rows that were inserted and not dropped since; deletes take none away. */
export function collectionRowCount(data: DataService, collectionId: CollectionId): number {
  return data.segments(collectionId).reduce((sum, segment) => sum + data.rowCount(segment), 0)
}

export function partitionRowCount(
  data: DataService,
  collectionId: CollectionId,
  partitionId: PartitionId,
): number {
  return data
    .segments(collectionId)
    .filter((segment) => segment.partitionId === partitionId)
    .reduce((sum, segment) => sum + data.rowCount(segment), 0)
}

export function statisticsOf(rowCount: number): KeyValuePair[] {
  return [{ key: 'row_count', value: String(rowCount) }]
}
