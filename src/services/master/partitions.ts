import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { CollectionRecord, PartitionRecord } from '../../meta/records.ts'

/** PARTITION_NOT_FOUND when the collection has none of that name. */
export function findPartition(collection: CollectionRecord, name: string): PartitionRecord {
  const partition = collection.partitions.find((known) => known.name === name)
  if (partition !== undefined) return partition
  throw new ElanusError('PARTITION_NOT_FOUND', `partition not found[partition=${name}]`)
}

/** Refuses one partition more than a collection may have. */
export function checkNewPartition(collection: CollectionRecord, name: string): void {
  if (collection.partitions.length < limits.partitionCountMax) return
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `partition number (${limits.partitionCountMax}) exceeds max configuration ` +
      `(${limits.partitionCountMax}), collection: ${collection.schema.name}, partition: ${name}`,
  )
}
