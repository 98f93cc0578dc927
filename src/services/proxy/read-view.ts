import { ElanusError } from '../../base/errors.ts'
import type { PartitionId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { type Timestamp, timestampZero } from '../../base/timestamp.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { QueryService, ReadView } from '../query/query-service.ts'
import type { ReadConsistency } from './proxy.ts'

/** Clients that leave the choice to the server send a level's small number for a timestamp. */
const guaranteeLevelMax = 2n

export interface ViewRequest extends ReadConsistency {
  /** Empty: all. */
  readonly partitionIds: readonly PartitionId[]
  readonly ignoresGrowing?: boolean | undefined
  /** The collection as the client knows it; its name may mean another one by now. */
  readonly collectionId?: bigint | undefined
  readonly isIterator?: boolean | undefined
}

/**
 * What a read is made on. An iterator's later pages say when its first one was read, and see the
 * same rows.
 */
export function openView(
  query: QueryService,
  collection: CollectionRecord,
  request: ViewRequest,
): Promise<ReadView> {
  const { collectionId, ignoresGrowing, isIterator } = request
  if (collectionId !== undefined && collectionId !== collection.id) throw renamed(collection)
  const guarantee = guaranteeOf(request)
  return query.view(collection, {
    partitionIds: request.partitionIds,
    guarantee,
    isPinned: isIterator === true && guarantee !== timestampZero,
    ignoresGrowing,
  })
}

/**
 * What the read must wait for. A write is acknowledged when it is applied, so whatever was
 * acknowledged is seen at every level without a wait; only a timestamp of the client's own can ask
 * for more.
 */
function guaranteeOf({ guaranteeTimestamp }: ReadConsistency): Timestamp {
  if (guaranteeTimestamp <= guaranteeLevelMax) return timestampZero
  return toId<Timestamp>(guaranteeTimestamp)
}

function renamed(collection: CollectionRecord): ElanusError {
  return new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot go on iterating over ${collection.schema.name}: the name, or an alias, means another ` +
      'collection by now',
  )
}
