import { assert } from '../base/assert.ts'
import type { ColumnSource, FilterColumn } from './column-source.ts'
import type { Batch } from './evaluate/batch.ts'
import { Scratch } from './evaluate/batch.ts'
import { compilePredicate } from './evaluate/compile-predicate.ts'
import { batchRowCount, fillMask, newMask, packMask } from './evaluate/mask.ts'
import { Slots } from './evaluate/slots.ts'
import type { FilterPlan } from './plan.ts'
import { fieldsOf } from './plan-facts.ts'

/**
 * Which of the first `rowCount` rows pass: bit i % 8 of byte i / 8 is set when row i does. The
 * bitset is new, of ceil(rowCount / 8) bytes, and its spare bits are clear.
 */
export type RowFilter = (columns: ColumnSource, rowCount: number) => Uint8Array

/**
 * Makes a plan ready to run: once for each thread that runs it, on any number of segments. The
 * filter keeps scratch memory of some kilobytes for each level of the plan.
 *
 * Rows are evaluated in batches, a column at a time: each leaf of the plan is a loop over the
 * batch's values. (Boncz, Zukowski and Nes, "MonetDB/X100: hyper-pipelining query execution",
 * 2005.)
 */
export function compileFilter(plan: FilterPlan): RowFilter {
  const fieldIds = fieldsOf(plan)
  const step = compilePredicate(plan.predicate, new Slots(fieldIds))
  const scratch = new Scratch()
  const mask = newMask()
  return (source, rowCount) => {
    const columns = fieldIds.map((fieldId) => source.column(fieldId))
    for (const column of columns) requireRows(column, rowCount)
    const bits = new Uint8Array(Math.ceil(rowCount / 8))
    for (let start = 0; start < rowCount; start += batchRowCount) {
      const count = Math.min(batchRowCount, rowCount - start)
      const batch: Batch = { columns, start, count, scratch }
      fillMask(mask, count)
      step(batch, mask)
      packMask(mask, bits, start)
    }
    return bits
  }
}

function requireRows(column: FilterColumn, rowCount: number): void {
  const heldCount = 'offsets' in column ? column.offsets.length - 1 : column.values.length
  assert(heldCount >= rowCount, 'a column holds the rows that a filter is asked about')
  if ('bytes' in column) assert(column.bytes.length <= byteCountMax, 'offsets fit 31 bits')
}

const byteCountMax = 2 ** 31 - 1
