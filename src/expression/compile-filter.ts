import { assert } from '../base/assert.ts'
import type { ColumnSource, FilterColumn } from './column-source.ts'
import { askBatches, askEveryRow, askScatteredRows } from './evaluate/ask-rows.ts'
import { Scratch, type Step } from './evaluate/batch.ts'
import { compilePredicate, everyStep, inOrderOfCost } from './evaluate/compile-predicate.ts'
import { newMask } from './evaluate/mask.ts'
import { isNarrowable, narrow, scatteredCost } from './evaluate/narrow.ts'
import { bytesOfRows, newRowWords } from './evaluate/row-words.ts'
import { Slots } from './evaluate/slots.ts'
import type { FilterPlan, Predicate } from './plan.ts'
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
 * 2005.) Where the source has indexes, the rows that can pass are found first.
 */
export function compileFilter(plan: FilterPlan): RowFilter {
  const fieldIds = fieldsOf(plan)
  const steps = new Steps(new Slots(fieldIds))
  const scratch = new Scratch()
  const mask = newMask()
  const isIndexable = isNarrowable(plan.predicate)
  return (source, rowCount) => {
    const columns = fieldIds.map((fieldId) => source.column(fieldId))
    for (const column of columns) requireRows(column, rowCount)
    const isIndexed = isIndexable && source.index !== undefined
    const found = isIndexed ? narrow(plan.predicate, source, rowCount) : undefined
    const rows = found?.rows ?? newRowWords(rowCount)
    const rest = found?.rest ?? [plan.predicate]
    if (rest.length > 0) {
      const inquiry = { step: steps.every(rest), columns, rowCount, scratch, mask }
      if (found === undefined) askEveryRow(rows, inquiry)
      else if (found.passCount * scatteredCost < rowCount) askScatteredRows(rows, inquiry)
      else askBatches(rows, inquiry)
    }
    return bytesOfRows(rows, rowCount)
  }
}

/** The steps of a plan's parts, each made when it is first needed. */
class Steps {
  readonly #slots: Slots
  readonly #steps = new Map<Predicate, Step>()

  constructor(slots: Slots) {
    this.#slots = slots
  }

  /** All of the parts, one after the other. */
  every(parts: readonly Predicate[]): Step {
    const [only, ...others] = parts
    if (only !== undefined && others.length === 0) return this.#of(only)
    const steps = inOrderOfCost(parts).map((part) => this.#of(part))
    return everyStep(steps)
  }

  #of(part: Predicate): Step {
    const known = this.#steps.get(part)
    if (known !== undefined) return known
    const step = compilePredicate(part, this.#slots)
    this.#steps.set(part, step)
    return step
  }
}

function requireRows(column: FilterColumn, rowCount: number): void {
  const heldCount = 'offsets' in column ? column.offsets.length - 1 : column.values.length
  assert(heldCount >= rowCount, 'a column holds the rows that a filter is asked about')
  if ('bytes' in column) assert(column.bytes.length <= byteCountMax, 'offsets fit 31 bits')
}

const byteCountMax = 2 ** 31 - 1
