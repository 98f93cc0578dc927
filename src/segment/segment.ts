import type { FieldId, SegmentId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import type { Column, PrimaryKeys } from '../schema/row-batch.ts'
import type { FieldReader } from './gather.ts'
import type { SegmentHandle } from './segment-handle.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * Rows in memory that threads share, read the same way whether they are still being added or come
 * from binlogs.
 *
 * Rows lie in the order of their timestamps, so what a read may see of them is one run of rows, less
 * what was deleted; see snapshot.ts.
 *
 * One thread owns a segment: it alone appends and deletes, and only there do `locate` and
 * `applyDelete` work. Any thread that attaches the handle may read the rest at any time.
 */
export interface Segment extends Disposable {
  readonly kind: 'growing' | 'sealed'
  readonly id: SegmentId
  /** Tells apart what one process has held in memory under one segment id; never used twice. */
  readonly generation: number
  /** Rows that any thread may read, visible or not. */
  readonly rowCount: number
  /** Rows that some delete hides at some timestamp. */
  readonly deletedCount: number
  /** Raw bytes of the rows: what they take in binlogs, give or take headers. */
  readonly sizeBytes: number
  /** Bytes of shared memory that the segment holds, indexes included. */
  readonly memoryBytes: number
  /** The first and last row's; zero when there is no row. */
  readonly timestampFrom: Timestamp
  readonly timestampTo: Timestamp

  /** A structured-clonable description that another thread attaches. It keeps the memory alive. */
  handle(): SegmentHandle

  /** Hides rows of these keys that are older than the delete; returns how many were not hidden yet. */
  applyDelete(primaryKeys: PrimaryKeys, timestamp: Timestamp): number
  /** The newest visible row of each key that has one, in the order of the keys. */
  locate(primaryKeys: PrimaryKeys, snapshot: Snapshot): LocatedRows

  readColumn(fieldId: FieldId, offsets: Uint32Array): Column
  primaryKeys(offsets: Uint32Array): PrimaryKeys
  timestampOf(offset: number): Timestamp
  isVisible(offset: number, snapshot: Snapshot): boolean
  /** Whether the rows have it: not when it was added after they came. */
  hasField(fieldId: FieldId): boolean
  /** One field, as it lies in shared memory; FIELD_NOT_FOUND. */
  field(fieldId: FieldId): FieldReader
  /** How many rows have a timestamp up to `readAt`, deleted or not: they come first. */
  rowCountAt(readAt: Timestamp): number
  rowCountVisible(snapshot: Snapshot): number

  /** Gives back the working space of a thread that ended without doing so itself. */
  reclaim(threadId: number): void
  /** Gives back this thread's working space; the memory goes when no thread refers to it. */
  [Symbol.dispose](): void
}

export interface LocatedRows {
  /** Places in the list of keys that was asked for, ascending. */
  readonly keyIndexes: Uint32Array
  /** The row of each. */
  readonly offsets: Uint32Array
}

/** Rows of several segments: row i is `offsets[i]` of the segment at `segmentIndexes[i]`. */
export interface RowReferences {
  readonly segmentIndexes: Uint32Array
  readonly offsets: Uint32Array
}
