import type { Clock } from '../../../base/clock.ts'
import { ElanusError } from '../../../base/errors.ts'
import { type PartitionId, toId } from '../../../base/int64.ts'
import { limits } from '../../../base/limits.ts'
import type { CollectionRecord, PartitionRecord } from '../../../meta/records.ts'
import { partitionNameDefault } from '../../../schema/system-fields.ts'
import type { DataService } from '../../data/data-service.ts'
import type { LocalMaster } from '../../master/local-master.ts'
import { findPartition } from '../../master/partitions.ts'
import type { DataNode } from '../facades.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { NodeRegistry } from '../node-registry.ts'
import type { FlushReports } from './flush-reports.ts'
import type { NodeSegmentWriter } from './node-segment-writer.ts'

/** What the data service's calls are made with. */
export interface DataContext {
  readonly clock: Clock
  readonly lifecycle: Lifecycle
  readonly master: LocalMaster
  readonly data: DataService
  readonly nodes: NodeRegistry<DataNode>
  readonly reports: FlushReports
  readonly writer: Pick<NodeSegmentWriter, 'ownerOf'>
}

/** By its id; the default one where that is zero. */
export function requestedPartition(
  collection: CollectionRecord,
  partitionID: bigint,
): PartitionRecord {
  if (partitionID === 0n) return findPartition(collection, partitionNameDefault)
  const id = toId<PartitionId>(partitionID)
  const partition = collection.partitions.find((known) => known.id === id)
  if (partition === undefined) {
    throw new ElanusError('PARTITION_NOT_FOUND', `partition not found[partition=${partitionID}]`)
  }
  return partition
}

export function segmentNotFound(segmentID: bigint): ElanusError {
  return new ElanusError('SEGMENT_NOT_FOUND', `segment not found[segment=${segmentID}]`)
}

/** Refuses a list that is longer than any caller's should be. */
export function checkItemCount(what: string, items: readonly unknown[]): void {
  if (items.length <= limits.batchItemCountMax) return
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot answer for ${items.length} ${what}: the most is ${limits.batchItemCountMax}`,
  )
}
