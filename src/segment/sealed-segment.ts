import { assert } from '../base/assert.ts'
import type { FieldId } from '../base/int64.ts'
import { Deletions } from './deletions.ts'
import { OwnedSegment } from './owned-segment.ts'
import { PrimaryKeyIndex } from './primary-key-index.ts'
import type { Segment } from './segment.ts'
import type { SealedSegmentHandle } from './segment-handle.ts'
import { SegmentRows } from './segment-rows.ts'

/**
 * A segment that came from binlogs: its rows no longer change, only what is deleted of them. A
 * worker makes it (load-segment.ts); the thread that then attaches the handle owns it.
 */
export class SealedSegment extends OwnedSegment {
  readonly kind = 'sealed'
  readonly #handle: SealedSegmentHandle

  private constructor(handle: SealedSegmentHandle) {
    const rows = SegmentRows.attach(handle)
    super(rows, new PrimaryKeyIndex(handle.primaryKeys, rows.keys))
    this.#handle = handle
  }

  static attach(handle: SealedSegmentHandle): SealedSegment {
    return new SealedSegment(handle)
  }

  get sizeBytes(): number {
    return this.#handle.sizeBytes
  }

  handle(): SealedSegmentHandle {
    return this.#handle
  }

  /** Whether searches of the field walk an index; they scan otherwise. */
  isIndexed(fieldId: FieldId): boolean {
    return this.#handle.indexes.some((index) => index.fieldId === fieldId)
  }

  /**
   * Takes over what was deleted of the growing segment that this one was flushed from, row for row:
   * the two can then change places at once, and no delete is missed.
   */
  adoptDeletions(twin: Segment): void {
    assert(twin.rowCount === this.rowCount, 'twins have the same rows')
    const deletions = new Deletions(twin.handle().deletions)
    for (const row of deletions.rows(deletions.count)) {
      this.rows.deletions.record(row, deletions.deletedAt(row))
    }
  }
}
