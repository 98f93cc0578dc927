import {
  type Bits,
  countBits,
  forEachClear,
  newBits,
  setBitsBefore,
  setBitsFrom,
  uniteBits,
} from './bits.ts'
import type { CompiledFilter } from './compiled-filter.ts'
import type { SegmentRows } from './segment-rows.ts'
import type { Snapshot } from './snapshot.ts'

/** What a read looks for: the rows of a moment, all or those that pass a filter. */
export interface RowScope {
  readonly snapshot: Snapshot
  readonly filter: CompiledFilter | undefined
}

/**
 * The rows that a read is not to find, of the first `rowCount`, which are published: those that came
 * later or have expired, that were deleted, or that do not pass the filter. Undefined when there are
 * none. The bitset reaches at least so far; it is valid until the next call with the same segment,
 * and is not to be changed.
 */
export function hiddenRows(
  rows: SegmentRows,
  { snapshot, filter }: RowScope,
  rowCount: number,
): Bits | undefined {
  const rowTo = Math.min(rowCount, rows.rowCountAt(snapshot.readAt))
  const rowFrom = rows.rowCountAt(snapshot.visibleAfter)
  const deleted = rows.exclusion.deletedAt(snapshot.readAt, rowCount)
  const missed = filter?.missedRows(rows, rowCount)
  const isWhole = rowFrom === 0 && rowTo === rowCount
  if (isWhole && missed === undefined) return deleted
  if (isWhole && deleted === undefined) return missed
  const bits = newBits(rowCount)
  if (missed !== undefined) uniteBits(bits, missed)
  if (deleted !== undefined) uniteBits(bits, deleted)
  setBitsBefore(bits, Math.min(rowFrom, rowCount))
  setBitsFrom(bits, rowTo)
  return bits
}

/** How many rows a read finds. */
export function countVisible(rows: SegmentRows, scope: RowScope): number {
  const { rowCount } = rows
  const hidden = hiddenRows(rows, scope, rowCount)
  return hidden === undefined ? rowCount : rowCount - countBits(hidden, rowCount)
}

/** Calls back with each row that a read finds, in their order. */
export function forEachVisible(
  rows: SegmentRows,
  scope: RowScope,
  visit: (row: number) => void,
): void {
  const rowCount = rows.rowCountAt(scope.snapshot.readAt)
  const hidden = hiddenRows(rows, scope, rowCount)
  if (hidden !== undefined) {
    forEachClear(hidden, rowCount, visit)
    return
  }
  for (let row = 0; row < rowCount; row++) visit(row)
}
