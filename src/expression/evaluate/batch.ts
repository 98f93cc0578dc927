import { assert, present } from '../../base/assert.ts'
import type { ScalarTypeName } from '../../schema/data-type.ts'
import type { ArrayColumn, FilterColumn, JsonColumn, ScalarColumn } from '../column-source.ts'
import type { Mask } from './mask.ts'
import { batchRowCount, keepOutcome, keepValid, newMask } from './mask.ts'

/** A run of rows under evaluation: `count` of them from row `start`. */
export interface Batch {
  /** In the order of the plan's fields; steps know their column by its place here. */
  readonly columns: readonly FilterColumn[]
  readonly start: number
  readonly count: number
  readonly scratch: Scratch
}

/** Takes the rows that do not pass out of the mask. */
export type Step = (batch: Batch, mask: Mask) => void

/**
 * Decides a leaf. `known` comes in with the rows that are asked for and goes out without those
 * where the leaf is unknown; `matches` gets 1 or 0 for each row that stays known, the others may
 * have either.
 */
export type Matcher = (batch: Batch, known: Mask, matches: Mask) => void

/** Keeps the rows that are known to match or, negated, known not to. */
export function stepOf(match: Matcher, isNegated: boolean): Step {
  return (batch, mask) => {
    const { scratch } = batch
    const mark = scratch.mark()
    const known = scratch.mask()
    known.words.set(mask.words)
    const matches = scratch.mask()
    match(batch, known, matches)
    keepOutcome(mask, { matches, known, isNegated })
    scratch.reset(mark)
  }
}

/**
 * Numbers of a batch, 8 bytes each, read as Double, as Int64, or as pairs of 32-bit words, the low
 * one first.
 */
export interface Lanes {
  readonly doubles: Float64Array
  readonly int64s: BigInt64Array
  readonly words: Int32Array
}

/**
 * Lent arrays, as a stack: what is taken after a mark is given back by a reset to it. Its size is
 * bounded by the depth of the plan, not by its length.
 */
export class Scratch {
  readonly #masks = new Stack(newMask)
  readonly #lanes = new Stack(newLanes)

  mask(): Mask {
    return this.#masks.take()
  }

  lanes(): Lanes {
    return this.#lanes.take()
  }

  mark(): ScratchMark {
    return { masks: this.#masks.top, lanes: this.#lanes.top }
  }

  reset(mark: ScratchMark): void {
    this.#masks.top = mark.masks
    this.#lanes.top = mark.lanes
  }
}

interface ScratchMark {
  readonly masks: number
  readonly lanes: number
}

class Stack<T> {
  readonly #items: T[] = []
  readonly #create: () => T
  top = 0

  constructor(create: () => T) {
    this.#create = create
  }

  take(): T {
    if (this.top === this.#items.length) this.#items.push(this.#create())
    const item = present(this.#items[this.top], 'a stack holds what is below its top')
    this.top += 1
    return item
  }
}

function newLanes(): Lanes {
  const doubles = new Float64Array(batchRowCount)
  return {
    doubles,
    int64s: new BigInt64Array(doubles.buffer),
    words: new Int32Array(doubles.buffer),
  }
}

/** The column at a place, which has the type that the plan says. */
export function scalarColumnAt(batch: Batch, slot: number, type: ScalarTypeName): ScalarColumn {
  const column = columnAt(batch, slot)
  assert(column.type !== 'JSON' && column.type !== 'Array', 'a scalar field has a scalar column')
  assert(column.type === type, "a column has its field's type")
  return column
}

export function jsonColumnAt(batch: Batch, slot: number): JsonColumn {
  const column = columnAt(batch, slot)
  assert(column.type === 'JSON', 'a JSON field has a JSON column')
  return column
}

export function arrayColumnAt(
  batch: Batch,
  slot: number,
  elementType: ScalarTypeName,
): ArrayColumn {
  const column = columnAt(batch, slot)
  assert(column.type === 'Array', 'an Array field has an Array column')
  assert(column.elements.type === elementType, "an array's elements have its field's type")
  return column
}

/** Takes the batch's rows that are null in a column out of the known ones. */
export function keepNotNull(known: Mask, batch: Batch, slot: number): void {
  const { validity } = columnAt(batch, slot)
  if (validity !== undefined) keepValid(known, validity, batch.start)
}

function columnAt(batch: Batch, slot: number): FilterColumn {
  return present(batch.columns[slot], 'a filter has the columns that it names')
}
