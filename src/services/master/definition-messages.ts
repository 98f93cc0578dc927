import { toId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { CollectionRecord, DatabaseRecord, PartitionRecord } from '../../meta/records.ts'
import type { DefinitionMessage } from './definition-history.ts'

/** What the definition channel says of each change. */
export function collectionCreated(
  database: DatabaseRecord,
  collection: CollectionRecord,
): readonly DefinitionMessage[] {
  const { shards, schema, createdAt } = collection
  const created: DefinitionMessage = {
    ...placeOf(database, collection),
    kind: 'createCollection',
    at: createdAt,
    schema,
    virtualChannels: shards.map(({ virtualChannel }) => virtualChannel),
    physicalChannels: shards.map(({ physicalChannel }) => physicalChannel),
  }
  // Of the same instant, but after the collection that they are in.
  const at = toId<Timestamp>(createdAt + 1n)
  const partitions = collection.partitions.map(
    (partition): DefinitionMessage => ({
      ...placeOf(database, collection),
      kind: 'createPartition',
      at,
      partitionId: partition.id,
      partitionName: partition.name,
    }),
  )
  return [created, ...partitions]
}

export function collectionDropped(
  database: DatabaseRecord,
  collection: CollectionRecord,
  at: Timestamp,
): readonly DefinitionMessage[] {
  return [{ ...placeOf(database, collection), kind: 'dropCollection', at }]
}

export function partitionCreated(
  database: DatabaseRecord,
  collection: CollectionRecord,
  partition: PartitionRecord,
): readonly DefinitionMessage[] {
  const { id: partitionId, name: partitionName, createdAt: at } = partition
  const place = placeOf(database, collection)
  return [{ ...place, kind: 'createPartition', at, partitionId, partitionName }]
}

export function partitionDropped(
  database: DatabaseRecord,
  collection: CollectionRecord,
  partition: PartitionRecord,
  at: Timestamp,
): readonly DefinitionMessage[] {
  const { id: partitionId, name: partitionName } = partition
  return [
    { ...placeOf(database, collection), kind: 'dropPartition', at, partitionId, partitionName },
  ]
}

function placeOf(
  database: DatabaseRecord,
  collection: CollectionRecord,
): Pick<DefinitionMessage, 'databaseId' | 'databaseName' | 'collectionId' | 'collectionName'> {
  return {
    databaseId: database.id,
    databaseName: database.name,
    collectionId: collection.id,
    collectionName: collection.schema.name,
  }
}
