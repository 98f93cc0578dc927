import { ElanusError } from '../../base/errors.ts'
import type { PartitionId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { CollectionRecord, PartitionRecord } from '../../meta/records.ts'
import type { CollectionSchema } from '../../schema/collection-schema.ts'
import { partitionNameDefault } from '../../schema/system-fields.ts'

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

/** What a collection is made with: its default partition, or those that its partition key fills. */
export function firstPartitionNames(
  schema: CollectionSchema,
  partitionCount: number,
): readonly string[] {
  if (schema.partitionKeyId === undefined) {
    if (partitionCount <= 1) return [partitionNameDefault]
    throw invalid('num_partitions should only be specified with partition key field enabled')
  }
  const count = partitionCount === 0 ? limits.keyPartitionCountDefault : partitionCount
  if (!Number.isInteger(count) || count < 1 || count > limits.partitionCountMax) {
    throw invalid(
      `partition number (${count}) exceeds max configuration (${limits.partitionCountMax})`,
    )
  }
  return Array.from({ length: count }, (_, index) => `${partitionNameDefault}_${index}`)
}

/** Their ids count up from the first one's. */
export function firstPartitions(
  names: readonly string[],
  firstId: bigint,
  createdAt: Timestamp,
): readonly PartitionRecord[] {
  return names.map((name, index) => {
    const id = toId<PartitionId>(firstId + BigInt(index))
    return { id, name, createdAt }
  })
}

/** INVALID_ARGUMENT where the partition key alone says what lies in which partition. */
export function refuseKeyMode({ schema }: CollectionRecord, attempt: string): void {
  if (schema.partitionKeyId === undefined) return
  throw invalid(`disable ${attempt} if partition key mode is used`)
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
