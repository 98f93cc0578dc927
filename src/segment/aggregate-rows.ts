import { ElanusError } from '../base/errors.ts'
import { int64Max, int64Min } from '../base/int64.ts'
import { limits } from '../base/limits.ts'
import type { FieldSchema } from '../schema/collection-schema.ts'
import type { CompiledFilter } from './compiled-filter.ts'
import { forEachVisible } from './hidden-rows.ts'
import { compareValues, type RowValue, RowValues } from './row-values.ts'
import type { SegmentRows } from './segment-rows.ts'
import type { Snapshot } from './snapshot.ts'

export const aggregateNames = ['count', 'sum', 'min', 'max', 'avg'] as const
export type AggregateName = (typeof aggregateNames)[number]

export interface Aggregate {
  readonly name: AggregateName
  /** Undefined: of rows, and not of values. */
  readonly field: FieldSchema | undefined
}

export interface Aggregation {
  /** None: all rows are one group, which is there also when no row is. */
  readonly groupBy: readonly FieldSchema[]
  readonly aggregates: readonly Aggregate[]
}

/** What rows with equal values come to, in the order of the fields and of the aggregates. */
export interface RowGroup {
  readonly keys: readonly RowValue[]
  /** A count, and a sum of whole numbers, is a bigint; undefined where no row has a value. */
  readonly results: readonly RowValue[]
}

/**
 * Groups of the visible rows of all segments that pass the filter, in the order in which they were
 * met. INVALID_ARGUMENT when there are too many, or a sum does not fit 64 bits.
 */
export function aggregateRows(
  segments: readonly SegmentRows[],
  snapshot: Snapshot,
  filter: CompiledFilter | undefined,
  aggregation: Aggregation,
): readonly RowGroup[] {
  const rowCounts = segments.map(({ rowCount }) => rowCount)
  const valuesOf = (field: FieldSchema) => new RowValues(segments, field, rowCounts)
  const groups = new Groups(
    aggregation.groupBy.map(valuesOf),
    aggregation.aggregates.map(({ name, field }) => ({ name, values: field && valuesOf(field) })),
  )
  for (const [segmentIndex, rows] of segments.entries()) {
    forEachVisible(rows, { snapshot, filter }, (row) => groups.add(segmentIndex, row))
  }
  return groups.finish()
}

interface Measure {
  readonly name: AggregateName
  readonly values: RowValues | undefined
}

interface Group {
  readonly keys: readonly RowValue[]
  readonly tallies: readonly Tally[]
}

class Groups {
  readonly #groupBy: readonly RowValues[]
  readonly #measures: readonly Measure[]
  readonly #groups = new Map<RowValue, Group>()
  readonly #budget = new TextBudget()

  constructor(groupBy: readonly RowValues[], measures: readonly Measure[]) {
    this.#groupBy = groupBy
    this.#measures = measures
    if (groupBy.length === 0) this.#open(undefined, [])
  }

  add(segmentIndex: number, row: number): void {
    const keys = this.#groupBy.map((values) => values.at(segmentIndex, row))
    const key = keys.length > 1 ? joined(keys) : keys[0]
    const { tallies } = this.#groups.get(key) ?? this.#open(key, keys)
    for (const [index, { values }] of this.#measures.entries()) {
      if (values === undefined) tallies[index]?.addRow()
      else tallies[index]?.add(values.at(segmentIndex, row))
    }
  }

  finish(): readonly RowGroup[] {
    return Array.from(this.#groups.values(), ({ keys, tallies }) => ({
      keys,
      results: tallies.map((tally) => tally.finish()),
    }))
  }

  #open(key: RowValue, keys: readonly RowValue[]): Group {
    if (this.#groups.size >= limits.groupCountMax) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `Cannot group the rows: there are more than ${limits.groupCountMax} groups, ` +
          'use a narrower filter',
      )
    }
    for (const value of keys) this.#budget.take(textLength(value))
    const tallies = this.#measures.map(({ name }) => new Tally(name, this.#budget))
    const group = { keys, tallies }
    this.#groups.set(key, group)
    return group
  }
}

/** Texts that groups hold: bounded, for they may be many and long. */
class TextBudget {
  #length = 0

  take(length: number): void {
    this.#length += length
    if (this.#length <= limits.groupTextLengthMax) return
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot group the rows: the texts of their groups are longer than ` +
        `${limits.groupTextLengthMax} bytes, use a narrower filter`,
    )
  }
}

function textLength(value: RowValue): number {
  return typeof value === 'string' ? value.length : 0
}

/** One text for several values: their types, lengths and texts. */
function joined(keys: readonly RowValue[]): string {
  return keys
    .map((key) => {
      const text = String(key)
      return `${typeof key}${text.length}:${text}`
    })
    .join('')
}

/** Whole numbers up to here add up exactly as doubles. */
const exactMax = 2 ** 52

class Tally {
  readonly #name: AggregateName
  readonly #budget: TextBudget
  #count = 0
  #best: RowValue
  #sum = 0
  #wholeSum = 0n
  #isWhole = true

  constructor(name: AggregateName, budget: TextBudget) {
    this.#name = name
    this.#budget = budget
  }

  addRow(): void {
    this.#count += 1
  }

  add(value: RowValue): void {
    if (value === undefined) return
    this.#count += 1
    if (this.#name === 'min' || this.#name === 'max') this.#keepBest(value)
    else if (this.#name === 'sum' || this.#name === 'avg') this.#addUp(value)
  }

  finish(): RowValue {
    switch (this.#name) {
      case 'count':
        return BigInt(this.#count)
      case 'min':
      case 'max':
        return this.#best
      case 'sum':
        return this.#count === 0 ? undefined : this.#total()
      case 'avg':
        return this.#count === 0 ? undefined : Number(this.#total()) / this.#count
    }
  }

  #keepBest(value: RowValue): void {
    const order = this.#best === undefined ? -1 : compareValues(value, this.#best)
    if (this.#best === undefined || (this.#name === 'min' ? order < 0 : order > 0)) {
      this.#budget.take(textLength(value) - textLength(this.#best))
      this.#best = value
    }
  }

  #addUp(value: RowValue): void {
    if (typeof value === 'bigint') this.#wholeSum += value
    else if (typeof value === 'number') {
      this.#sum += value
      if (!Number.isInteger(value)) this.#isWhole = false
      if (this.#isWhole && Math.abs(this.#sum) > exactMax) this.#carry()
    }
  }

  #carry(): void {
    if (!Number.isSafeInteger(this.#sum)) {
      this.#isWhole = false
      return
    }
    this.#wholeSum += BigInt(this.#sum)
    this.#sum = 0
  }

  /** A bigint where every value was whole: the caller knows what its field's type makes of it. */
  #total(): bigint | number {
    if (!this.#isWhole) return Number(this.#wholeSum) + this.#sum
    const total = this.#wholeSum + BigInt(this.#sum)
    if (this.#name === 'avg' || (total >= int64Min && total <= int64Max)) return total
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot add up the values: ${total} does not fit 64 bits`,
    )
  }
}
