import { ElanusError } from '../../base/errors.ts'
import type { CollectionRecord, PartitionRecord } from '../../meta/records.ts'

/** PARTITION_NOT_FOUND when the collection has none of that name. */
export function partitionOf(collection: CollectionRecord, name: string): PartitionRecord {
  const partition = collection.partitions.find((known) => known.name === name)
  if (partition === undefined) {
    throw new ElanusError('PARTITION_NOT_FOUND', `partition not found[partition=${name}]`)
  }
  return partition
}
