import { assert } from '../base/assert.ts'
import type { FieldId } from '../base/int64.ts'
import { compileFilter, type RowFilter } from '../expression/compile-filter.ts'
import type { JsonSteps } from '../expression/field-index.ts'
import type { FilterPlan } from '../expression/plan.ts'
import type { FieldSchema } from '../schema/collection-schema.ts'
import { absentColumn } from '../schema/default-column.ts'
import { isVectorColumn, slicePlainColumn } from '../schema/fixed-column.ts'
import type { PlainColumn } from '../schema/row-batch.ts'
import { type Bits, copyBits, newBits } from './bits.ts'
import type { SegmentRows } from './segment-rows.ts'

/**
 * A filter that is ready to run on this thread, and what it has found out: rows never change, so
 * that each is asked once, whatever the reads that use the filter see of it.
 */
export class CompiledFilter {
  readonly #filter: RowFilter
  readonly #addedFields: readonly FieldSchema[]
  /** They go when the segment does. */
  readonly #missed = new WeakMap<SegmentRows, MissedRows>()

  constructor(plan: FilterPlan) {
    this.#filter = compileFilter(plan)
    this.#addedFields = plan.addedFields ?? []
  }

  /**
   * The rows that do not pass, of the first `rowCount`, which are published; the bitset reaches at
   * least so far, and what it says of later rows means nothing. It is valid until the next call, and
   * is not to be changed.
   */
  missedRows(rows: SegmentRows, rowCount: number): Bits {
    const known = this.#missed.get(rows)
    if (known !== undefined && known.rowCount >= rowCount) return known.bits
    // Indexes cover all rows of a sealed segment.
    const askedCount = rows.handle.kind === 'sealed' ? rows.rowCount : rowCount
    const more = this.#evaluate(rows, known ?? { rowCount: 0, bits: newBits(0) }, askedCount)
    this.#missed.set(rows, more)
    return more.bits
  }

  /** Asks only the rows that are new: a growing segment has some more at every read. */
  #evaluate(rows: SegmentRows, known: MissedRows, rowCount: number): MissedRows {
    const from = known.rowCount & ~7
    const source = {
      column: (fieldId: FieldId) => this.#column(rows, fieldId, { from, to: rowCount }),
      ...(rows.handle.kind === 'sealed' && rows.handle.scalarIndexes.length > 0
        ? { index: (id: FieldId, path?: JsonSteps) => rows.scalarIndex(id, path) }
        : {}),
    }
    const passed = this.#filter(source, rowCount - from)
    const bits = copyBits(known.bits, rowCount)
    const first = from >> 3
    for (let at = 0; at < passed.length; at++) bits[first + at] = ~(passed[at] ?? 0)
    return { rowCount, bits }
  }

  #column(
    rows: SegmentRows,
    fieldId: FieldId,
    { from, to }: { readonly from: number; readonly to: number },
  ): PlainColumn {
    const added = rows.hasField(fieldId)
      ? undefined
      : this.#addedFields.find(({ id }) => id === fieldId)
    if (added === undefined) return slicePlainColumn(rows.plainColumn(fieldId, to), from, to)
    const column = absentColumn(added, to - from)
    assert(!isVectorColumn(column), 'no vectors are added to rows that are there')
    return column
  }
}

interface MissedRows {
  readonly rowCount: number
  readonly bits: Bits
}
