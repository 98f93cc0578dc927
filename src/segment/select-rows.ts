import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { CompiledFilter } from './compiled-filter.ts'
import { countVisible, forEachVisible } from './hidden-rows.ts'
import { type RowOrder, type RowPlace, rowComparator } from './row-order.ts'
import type { RowReferences } from './segment.ts'
import type { SegmentRows } from './segment-rows.ts'
import type { Snapshot } from './snapshot.ts'

export interface RowSelection extends Snapshot {
  /** Keys to pass over. */
  readonly offset: number
  readonly limit: number
  /** Undefined or empty: by primary key. */
  readonly order?: RowOrder | undefined
}

/**
 * A page of the visible rows of all segments that pass the filter, in the order that is asked for and
 * then of their primary keys: Int64 by number, VarChar by bytes. A key with several such rows comes
 * once, as the first of them in that order, and of equals as its newest.
 *
 * Candidates are gathered until there are twice as many as are wanted, then sorted and cut in half;
 * from then on a row is compared with the last one that was kept, and most end there.
 */
export function selectRows(
  segments: readonly SegmentRows[],
  selection: RowSelection,
  filter?: CompiledFilter,
): RowReferences {
  const { offset, limit } = selection
  const candidates = new Candidates(segments, selection.order ?? [], offset + limit)
  for (const [segmentIndex, rows] of segments.entries()) {
    forEachVisible(rows, { snapshot: selection, filter }, (row) => {
      if (candidates.mayTake(segmentIndex, row)) candidates.take(segmentIndex, row)
    })
  }
  const kept = candidates.finish().slice(offset)
  return {
    segmentIndexes: Uint32Array.from(kept, (row) => row.segmentIndex),
    offsets: Uint32Array.from(kept, (row) => row.offset),
  }
}

/** How many visible rows of all segments pass the filter. */
export function countRows(
  segments: readonly SegmentRows[],
  snapshot: Snapshot,
  filter: CompiledFilter | undefined,
): number {
  return segments.reduce((sum, rows) => sum + countVisible(rows, { snapshot, filter }), 0)
}

/**
 * Every visible row of all segments that passes the filter, segment after segment. INVALID_ARGUMENT
 * when there are more than one answer holds.
 */
export function matchRows(
  segments: readonly SegmentRows[],
  snapshot: Snapshot,
  filter: CompiledFilter | undefined,
): RowReferences {
  const rowCount = countRows(segments, snapshot, filter)
  if (rowCount > limits.foundRowCountMax) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot find ${rowCount} rows at once: the most is ${limits.foundRowCountMax}, ` +
        'use a narrower filter',
    )
  }
  const segmentIndexes = new Uint32Array(rowCount)
  const offsets = new Uint32Array(rowCount)
  let at = 0
  for (const [segmentIndex, rows] of segments.entries()) {
    forEachVisible(rows, { snapshot, filter }, (row) => {
      segmentIndexes[at] = segmentIndex
      offsets[at] = row
      at += 1
    })
  }
  return { segmentIndexes, offsets }
}

type Candidate = RowPlace

class Candidates {
  readonly #segments: readonly SegmentRows[]
  readonly #wanted: number
  readonly #isOrdered: boolean
  readonly #compareOrder: (left: Candidate, right: Candidate) => number
  #rows: Candidate[] = []
  /** The last row that can still be wanted, once there are enough before it. */
  #last: Candidate | undefined

  constructor(segments: readonly SegmentRows[], order: RowOrder, wanted: number) {
    this.#segments = segments
    this.#wanted = wanted
    this.#isOrdered = order.length > 0
    this.#compareOrder = rowComparator(segments, order)
  }

  mayTake(segmentIndex: number, offset: number): boolean {
    return this.#last === undefined || this.#compareRows({ segmentIndex, offset }, this.#last) <= 0
  }

  take(segmentIndex: number, offset: number): void {
    this.#rows.push({ segmentIndex, offset })
    if (this.#rows.length >= 2 * this.#wanted + 16) this.#cut()
  }

  finish(): readonly Candidate[] {
    this.#cut()
    return this.#rows
  }

  #cut(): void {
    const sorted = this.#rows.sort((left, right) => this.#compare(left, right))
    const distinct = this.#isOrdered ? this.#firstOfKeys(sorted) : this.#withoutRepeats(sorted)
    this.#rows = distinct.slice(0, this.#wanted)
    if (distinct.length >= this.#wanted) this.#last = this.#rows.at(-1)
  }

  /** In the order of keys, rows of one key lie together. */
  #withoutRepeats(sorted: readonly Candidate[]): Candidate[] {
    return sorted.filter((row, index) => {
      const before = sorted[index - 1]
      return before === undefined || this.#compareKeys(before, row) !== 0
    })
  }

  #firstOfKeys(sorted: readonly Candidate[]): Candidate[] {
    const seen = new Set<bigint | string>()
    return sorted.filter((row) => {
      const key = this.#rowsOf(row).keys.keyAt(row.offset)
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
  }

  /** The newest row of a key first. */
  #compare(left: Candidate, right: Candidate): number {
    const order = this.#compareRows(left, right)
    if (order !== 0) return order
    const leftTimestamp = this.#rowsOf(left).timestampOf(left.offset)
    const rightTimestamp = this.#rowsOf(right).timestampOf(right.offset)
    if (leftTimestamp !== rightTimestamp) return leftTimestamp > rightTimestamp ? -1 : 1
    return right.segmentIndex - left.segmentIndex || right.offset - left.offset
  }

  #compareRows(left: Candidate, right: Candidate): number {
    const order = this.#isOrdered ? this.#compareOrder(left, right) : 0
    return order === 0 ? this.#compareKeys(left, right) : order
  }

  #compareKeys(left: Candidate, right: Candidate): number {
    const leftKeys = this.#rowsOf(left).keys
    const rightKeys = this.#rowsOf(right).keys
    if (leftKeys.type === 'Int64' && rightKeys.type === 'Int64') {
      const leftKey = leftKeys.keyAt(left.offset)
      const rightKey = rightKeys.keyAt(right.offset)
      return leftKey < rightKey ? -1 : leftKey > rightKey ? 1 : 0
    }
    assert(leftKeys.type === 'VarChar' && rightKeys.type === 'VarChar', 'keys are of one type')
    return compareSpans(leftKeys.span(left.offset), rightKeys.span(right.offset))
  }

  #rowsOf(row: Candidate): SegmentRows {
    const rows = this.#segments[row.segmentIndex]
    assert(rows !== undefined, 'a candidate lies in a segment')
    return rows
  }
}

interface Span {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
}

function compareSpans(left: Span, right: Span): number {
  const size = Math.min(left.to - left.from, right.to - right.from)
  for (let at = 0; at < size; at++) {
    const order = (left.bytes[left.from + at] ?? 0) - (right.bytes[right.from + at] ?? 0)
    if (order !== 0) return order
  }
  return left.to - left.from - (right.to - right.from)
}
