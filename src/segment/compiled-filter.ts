import type { FieldId } from '../base/int64.ts'
import type { FilterColumn } from '../expression/column-source.ts'
import { compileFilter, type RowFilter } from '../expression/compile-filter.ts'
import type { FilterPlan } from '../expression/plan.ts'
import { type Bits, copyBits, newBits } from './bits.ts'
import type { SegmentRows } from './segment-rows.ts'

/**
 * A filter that is ready to run on this thread, and what it has found out: rows never change, so
 * that each is asked once, whatever the reads that use the filter see of it.
 */
export class CompiledFilter {
  readonly #filter: RowFilter
  /** They go when the segment does. */
  readonly #missed = new WeakMap<SegmentRows, MissedRows>()

  constructor(plan: FilterPlan) {
    this.#filter = compileFilter(plan)
  }

  /**
   * The rows that do not pass, of the first `rowCount`, which are published; the bitset reaches at
   * least so far, and what it says of later rows means nothing. It is valid until the next call, and
   * is not to be changed.
   */
  missedRows(rows: SegmentRows, rowCount: number): Bits {
    const known = this.#missed.get(rows)
    if (known !== undefined && known.rowCount >= rowCount) return known.bits
    const more = this.#evaluate(rows, known ?? { rowCount: 0, bits: newBits(0) }, rowCount)
    this.#missed.set(rows, more)
    return more.bits
  }

  /** Asks only the rows that are new: a growing segment has some more at every read. */
  #evaluate(rows: SegmentRows, known: MissedRows, rowCount: number): MissedRows {
    const from = known.rowCount & ~7
    const source = {
      column: (fieldId: FieldId) => columnFrom(rows.scalarColumn(fieldId, rowCount), from),
    }
    const passed = this.#filter(source, rowCount - from)
    const bits = copyBits(known.bits, rowCount)
    const first = from >> 3
    for (let at = 0; at < passed.length; at++) bits[first + at] = ~(passed[at] ?? 0)
    return { rowCount, bits }
  }
}

interface MissedRows {
  readonly rowCount: number
  readonly bits: Bits
}

/** The column without its first rows; shares the memory. */
function columnFrom(column: ReturnType<SegmentRows['scalarColumn']>, from: number): FilterColumn {
  if (from === 0) return column
  switch (column.type) {
    case 'Bool':
      return { ...column, values: column.values.subarray(from) }
    case 'Int8':
      return { ...column, values: column.values.subarray(from) }
    case 'Int16':
      return { ...column, values: column.values.subarray(from) }
    case 'Int32':
      return { ...column, values: column.values.subarray(from) }
    case 'Int64':
      return { ...column, values: column.values.subarray(from) }
    case 'Float':
      return { ...column, values: column.values.subarray(from) }
    case 'Double':
      return { ...column, values: column.values.subarray(from) }
    case 'VarChar':
      return { ...column, offsets: column.offsets.subarray(from) }
  }
}
