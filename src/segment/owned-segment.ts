import type { FieldId, SegmentId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import type { Column, PrimaryKeys } from '../schema/row-batch.ts'
import { type FieldReader, gatherColumn, rowsOfOne } from './gather.ts'
import { applyDeletes, locate } from './keyed-rows.ts'
import type { PrimaryKeyIndex } from './primary-key-index.ts'
import type { LocatedRows, Segment } from './segment.ts'
import type { SegmentHandle } from './segment-handle.ts'
import type { SegmentRows } from './segment-rows.ts'
import type { Snapshot } from './snapshot.ts'

/** What a growing and a sealed segment have in common on the thread that owns them. */
export abstract class OwnedSegment implements Segment {
  abstract readonly kind: 'growing' | 'sealed'
  abstract readonly sizeBytes: number
  readonly id: SegmentId
  readonly generation: number
  protected readonly rows: SegmentRows
  protected readonly keyIndex: PrimaryKeyIndex

  protected constructor(rows: SegmentRows, keyIndex: PrimaryKeyIndex) {
    this.id = rows.handle.id
    this.generation = rows.handle.generation
    this.rows = rows
    this.keyIndex = keyIndex
  }

  abstract handle(): SegmentHandle

  get rowCount(): number {
    return this.rows.rowCount
  }

  get deletedCount(): number {
    return this.rows.deletions.count
  }

  get memoryBytes(): number {
    return this.rows.memoryBytes + this.keyIndex.memoryBytes
  }

  get timestampFrom(): Timestamp {
    return this.rows.timestampFrom
  }

  get timestampTo(): Timestamp {
    return this.rows.timestampTo
  }

  applyDelete(primaryKeys: PrimaryKeys, timestamp: Timestamp): number {
    return applyDeletes(this.rows, this.keyIndex, primaryKeys, () => timestamp)
  }

  locate(primaryKeys: PrimaryKeys, snapshot: Snapshot): LocatedRows {
    return locate(this.rows, this.keyIndex, primaryKeys, snapshot)
  }

  readColumn(fieldId: FieldId, offsets: Uint32Array): Column {
    return gatherColumn([this.rows.field(fieldId)], rowsOfOne(offsets))
  }

  primaryKeys(offsets: Uint32Array): PrimaryKeys {
    return this.rows.keys.read(offsets)
  }

  timestampOf(offset: number): Timestamp {
    return this.rows.timestampOf(offset)
  }

  isVisible(offset: number, snapshot: Snapshot): boolean {
    return this.rows.isVisible(offset, snapshot)
  }

  rowCountAt(readAt: Timestamp): number {
    return this.rows.rowCountAt(readAt)
  }

  rowCountVisible(snapshot: Snapshot): number {
    return this.rows.rowCountVisible(snapshot)
  }

  hasField(fieldId: FieldId): boolean {
    return this.rows.hasField(fieldId)
  }

  field(fieldId: FieldId): FieldReader {
    return this.rows.field(fieldId)
  }

  reclaim(threadId: number): void {
    this.rows.reclaim(threadId)
  }

  [Symbol.dispose](): void {
    this.rows[Symbol.dispose]()
  }
}
