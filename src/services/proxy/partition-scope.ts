import { present } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import type { PartitionId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { PrimaryKeys } from '../../schema/row-batch.ts'
import { partitionNameDefault } from '../../schema/system-fields.ts'
import { isolationKey } from '../master/properties.ts'
import type { Filter } from './filters.ts'
import { partitionOf } from './partition-names.ts'
import { partitionsOfKeys } from './routing.ts'

/**
 * Where rows go. With a partition key each row's own value decides, and what this says does not
 * count; INVALID_ARGUMENT for a client that names a partition all the same.
 */
export function writePartitionOf(collection: CollectionRecord, name: string): PartitionId {
  if (!hasPartitionKey(collection)) return partitionOf(collection, name || partitionNameDefault).id
  refuseNames([name])
  return present(collection.partitions[0], 'a collection has a partition').id
}

/** Where keys are deleted; zero: wherever they are. */
export function deletePartitionOf(collection: CollectionRecord, name: string): PartitionId {
  if (hasPartitionKey(collection)) refuseNames([name])
  return name === '' ? toId<PartitionId>(0n) : partitionOf(collection, name).id
}

/**
 * The partitions that a read looks at; none: all. With a partition key they follow from what the
 * filters say of it, all of which are read together.
 */
export function readPartitionsOf(
  collection: CollectionRecord,
  names: readonly string[],
  filters: readonly (Filter | undefined)[],
): readonly PartitionId[] {
  if (!hasPartitionKey(collection)) return names.map((name) => partitionOf(collection, name).id)
  refuseNames(names)
  const keys = filters.flatMap((filter) => filter?.partitionKeys ?? [])
  if (keys.length < filters.length) return []
  return [...new Set(keys.flatMap((of) => partitionsOfKeys(collection, of)))]
}

/**
 * Where rows of different partition keys are kept apart, a search is about one of them:
 * INVALID_ARGUMENT for a filter that does not say which.
 */
export function checkIsolation({ schema }: CollectionRecord, filter: Filter | undefined): void {
  const isIsolated = schema.properties.some(
    ({ key, value }) => key === isolationKey && value.toLowerCase() === 'true',
  )
  if (!isIsolated) return
  const keys: PrimaryKeys | undefined = filter?.partitionKeys
  if (keys === undefined) {
    throw invalid(
      'partition key not found in expr or the expr is invalid when validating partition key isolation',
    )
  }
  if (keys.values.length > 1) throw invalid('partition key isolation does not support IN')
}

function hasPartitionKey({ schema }: CollectionRecord): boolean {
  return schema.partitionKeyId !== undefined
}

function refuseNames(names: readonly string[]): void {
  if (names.every((name) => name === '')) return
  throw invalid('not support manually specifying the partition names if partition key mode is used')
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
