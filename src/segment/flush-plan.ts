import type { FieldId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import type { CollectionSchema } from '../schema/collection-schema.ts'
import { rowIdFieldId, timestampFieldId } from '../schema/system-fields.ts'
import type { BinlogFacts } from '../storage/binlog-facts.ts'

/**
 * What a flush writes, apart from the flush itself: the thread that asks for one need not load the
 * code that writes files.
 */
export interface FlushFacts {
  readonly binlogs: readonly BinlogFacts[]
  readonly rowCount: number
  readonly timestampFrom: Timestamp
  readonly timestampTo: Timestamp
}

/** Fields in the order of their files: the system's, then the schema's. */
export function flushedFieldIds(schema: CollectionSchema): readonly FieldId[] {
  return [rowIdFieldId, timestampFieldId, ...schema.fields.map((field) => field.id)]
}

/** How many files a flush writes: one per field, and the statistics of the primary key. */
export function flushLogIdCount(schema: CollectionSchema): number {
  return flushedFieldIds(schema).length + 1
}
