import { toId } from '../base/int64.ts'
import { composeTimestamp, physicalMsOf, type Timestamp } from '../base/timestamp.ts'
import { secondMs } from '../base/units.ts'
import type { BinlogRecord, CollectionRecord } from '../meta/records.ts'
import { ttlSecondsOf } from './master/properties.ts'

/**
 * What a read at `readAt` must not find any more: rows up to this timestamp were truncated, or are as
 * old as the collection's rows may become. Zero when every row may be found.
 */
export function visibleAfter(
  collection: Pick<CollectionRecord, 'schema' | 'truncatedAt'>,
  readAt: Timestamp,
): Timestamp {
  const { truncatedAt } = collection
  const ttlSeconds = ttlSecondsOf(collection.schema.properties)
  if (ttlSeconds === undefined) return truncatedAt
  const expiredMs = physicalMsOf(readAt) - ttlSeconds * secondMs
  if (expiredMs < 0) return truncatedAt
  // A row is there while its milliseconds are later than those, whatever its counter.
  const expiredAt = toId<Timestamp>(composeTimestamp(expiredMs + 1, 0) - 1n)
  return expiredAt > truncatedAt ? expiredAt : truncatedAt
}

/** Whether binlogs of a segment, all of them, hold no row that may be found any more. */
export function isPast(binlogs: readonly BinlogRecord[], after: Timestamp): boolean {
  return binlogs.every(({ timestampTo }) => timestampTo <= after)
}
