import { assert } from '../base/assert.ts'
import type {
  FieldBound,
  FieldIndex,
  FieldTest,
  FieldTestList,
  FoundRows,
} from '../expression/field-index.ts'
import type { PlainColumn, ScalarColumn } from '../schema/row-batch.ts'
import type { ScalarIndexHandle } from './scalar-index-handle.ts'
import {
  firstAbove,
  firstNotBelow,
  type SignAt,
  signsTo,
  signsToNan,
  signsToPrefix,
} from './value-order.ts'

/** Opens an index on this thread, over the column that it was built on. */
export function openScalarIndex(handle: ScalarIndexHandle, column: PlainColumn): FieldIndex {
  const { json } = handle
  if (json !== undefined) return castIndex(new ScalarIndex(handle, json.values), json.values)
  assert(column.type !== 'JSON', 'an index of JSON has the values')
  return new ScalarIndex(handle, column.type === 'Array' ? column.elements : column)
}

/**
 * An index over values of one class from rows that may have any. Numbers in it are Doubles, in rows
 * of any length: a bound is rounded as they were, so it lets its own value in, and what is found may
 * be too much.
 */
function castIndex(index: FieldIndex, values: ScalarColumn): FieldIndex {
  return {
    entryCount: index.entryCount,
    find(test) {
      if (!isOfClass(test, values)) return undefined
      const found = index.find(test.kind === 'between' ? widened(test) : test)
      return found && { ...found, isExact: false, addTo: (words) => found.addTo(words) }
    },
  }
}

function isOfClass(test: FieldTest, { type }: ScalarColumn): boolean {
  switch (test.kind) {
    case 'between':
      return [test.from, test.to].every((bound) => bound === undefined || classOf(bound) === type)
    case 'in':
      return test.list.type === type || (type === 'Double' && test.list.type === 'Int64')
    case 'prefix':
      return type === 'VarChar'
    case 'contains':
      return false
  }
}

function classOf({ value }: FieldBound): 'Bool' | 'VarChar' | 'Double' {
  if (typeof value === 'boolean') return 'Bool'
  return typeof value === 'string' ? 'VarChar' : 'Double'
}

function widened(test: Extract<FieldTest, { kind: 'between' }>): FieldTest {
  const wide = (bound: FieldBound | undefined) => bound && { ...bound, isInclusive: true }
  return { kind: 'between', from: wide(test.from), to: wide(test.to) }
}

/** Entries from `from` to before `to`, in the order of their values. */
interface Range {
  readonly from: number
  readonly to: number
}

class ScalarIndex implements FieldIndex {
  readonly entryCount: number
  readonly #isArray: boolean
  readonly #values: ScalarColumn
  readonly #rows: Uint32Array
  /** Where in the column each entry's value is. */
  readonly #places: Uint32Array
  readonly #positions: Uint32Array
  readonly #checkpoints: Uint32Array
  readonly #wordCount: number

  constructor(handle: ScalarIndexHandle, values: ScalarColumn) {
    this.entryCount = handle.entryCount
    this.#values = values
    this.#rows = new Uint32Array(handle.rows)
    this.#isArray = handle.elements !== undefined
    this.#places = handle.elements === undefined ? this.#rows : new Uint32Array(handle.elements)
    this.#positions = new Uint32Array(handle.positions)
    this.#checkpoints = new Uint32Array(handle.checkpoints)
    this.#wordCount = Math.ceil(handle.rowCount / 32)
  }

  find(test: FieldTest): FoundRows | undefined {
    if ((test.kind === 'contains') !== this.#isArray) return undefined
    switch (test.kind) {
      case 'between':
        return this.#found([this.#between(test.from, test.to)])
      case 'in':
        return this.#holds(test.list) ? this.#found(this.#equalToAny(test.list)) : undefined
      case 'prefix':
        return this.#found([this.#range(signsToPrefix(this.#values, test.text))])
      case 'contains':
        return this.#contains(test)
    }
  }

  #contains({ quantifier, list }: Extract<FieldTest, { kind: 'contains' }>): FoundRows | undefined {
    if (!this.#holds(list)) return undefined
    const ranges = this.#equalToAny(list)
    if (quantifier === 'any' || ranges.length === 1) return this.#found(ranges)
    // Rows with the rarest of them are few enough to be asked for the others.
    const [rarest] = ranges.toSorted((a, b) => a.to - a.from - (b.to - b.from))
    return rarest === undefined ? undefined : { ...this.#found([rarest]), isExact: false }
  }

  /** Constants of another class are for the scan to judge. */
  #holds(list: FieldTestList): boolean {
    if (this.#values.type === 'VarChar') return list.type === 'VarChar'
    if (this.#values.type === 'Int64') return list.type === 'Int64'
    return list.type !== 'VarChar'
  }

  #equalToAny(list: FieldTestList): readonly Range[] {
    const ranges: Range[] = []
    for (const value of list.values) ranges.push(this.#equalTo(value))
    return ranges
  }

  #equalTo(value: FieldBound['value']): Range {
    const sign = signsTo(this.#values, value)
    return sign === undefined ? noEntries : this.#range(sign)
  }

  /** The entries whose sign is zero. */
  #range(signAt: SignAt): Range {
    const sign = this.#byEntry(signAt)
    return {
      from: firstNotBelow(this.entryCount, sign),
      to: firstAbove(this.entryCount, sign),
    }
  }

  #between(from: FieldBound | undefined, to: FieldBound | undefined): Range {
    const start = from === undefined ? 0 : this.#edge(from, !from.isInclusive)
    const end = to === undefined ? this.#numberCount() : this.#edge(to, to.isInclusive)
    if (start === undefined || end === undefined || start >= end) return noEntries
    return { from: start, to: end }
  }

  /** Where the entries above the bound begin, or those that are not below it. */
  #edge({ value }: FieldBound, isBehindEqual: boolean): number | undefined {
    const signAt = signsTo(this.#values, value)
    if (signAt === undefined) return undefined
    const search = isBehindEqual ? firstAbove : firstNotBelow
    return search(this.entryCount, this.#byEntry(signAt))
  }

  /** Entries that compare: behind them are those that are no number. */
  #numberCount(): number {
    const signAt = signsToNan(this.#values)
    return signAt === undefined
      ? this.entryCount
      : firstAbove(this.entryCount, this.#byEntry(signAt))
  }

  #byEntry(signAt: SignAt): SignAt {
    const places = this.#places
    return (entry) => signAt(places[entry] ?? 0)
  }

  #found(ranges: readonly Range[]): FoundRows {
    const parts = ranges.filter(({ from, to }) => from < to).map((range) => this.#cover(range))
    const sum = (valueOf: (part: Cover) => number): number =>
      parts.reduce((total, part) => total + valueOf(part), 0)
    return {
      isExact: true,
      rowCount: sum(({ range }) => range.to - range.from),
      singleCount: sum(({ singles }) =>
        singles.reduce((count, { from, to }) => count + to - from, 0),
      ),
      bitsetCount: sum(({ bitsets }) => (bitsets === undefined ? 0 : 2)),
      addTo: (words) => {
        for (const part of parts) this.#add(words, part)
      },
    }
  }

  /** The widest bitsets within a range, and what they leave. */
  #cover(range: Range): Cover {
    const low = this.#checkpointFrom(range.from)
    const high = this.#checkpointUpTo(range.to)
    const from = this.#positionOf(low)
    const to = this.#positionOf(high)
    if (from >= to || from < range.from || to > range.to || to - from < this.#wordCount) {
      return { range, bitsets: undefined, singles: [range] }
    }
    const singles = [
      { from: range.from, to: from },
      { from: to, to: range.to },
    ].filter((single) => single.from < single.to)
    return { range, bitsets: { low, high }, singles }
  }

  /** The first checkpoint at an entry or behind it; -1 is the one before all entries. */
  #checkpointFrom(entry: number): number {
    if (entry === 0) return -1
    return firstNotBelow(this.#positions.length, (at) => (this.#positions[at] ?? 0) - entry)
  }

  #checkpointUpTo(entry: number): number {
    return firstAbove(this.#positions.length, (at) => (this.#positions[at] ?? 0) - entry) - 1
  }

  #positionOf(checkpoint: number): number {
    return checkpoint === -1 ? 0 : (this.#positions[checkpoint] ?? Number.POSITIVE_INFINITY)
  }

  #add(words: Uint32Array, { bitsets, singles }: Cover): void {
    if (bitsets !== undefined) this.#addBetween(words, bitsets)
    const rows = this.#rows
    for (const { from, to } of singles) {
      for (let entry = from; entry < to; entry++) {
        const row = rows[entry] ?? 0
        words[row >> 5] = (words[row >> 5] ?? 0) | (1 << (row & 31))
      }
    }
  }

  /** Rows that came into the bitsets behind one checkpoint and up to another. */
  #addBetween(words: Uint32Array, { low, high }: NonNullable<Cover['bitsets']>): void {
    const upper = this.#bitset(high)
    if (low === -1) {
      for (let i = 0; i < upper.length; i++) words[i] = (words[i] ?? 0) | (upper[i] ?? 0)
      return
    }
    const lower = this.#bitset(low)
    for (let i = 0; i < upper.length; i++) {
      words[i] = (words[i] ?? 0) | ((upper[i] ?? 0) & ~(lower[i] ?? 0))
    }
  }

  #bitset(checkpoint: number): Uint32Array {
    const start = checkpoint * this.#wordCount
    return this.#checkpoints.subarray(start, start + this.#wordCount)
  }
}

const noEntries: Range = { from: 0, to: 0 }

/** A range as what is in one bitset and not in the other, and entries that are taken one by one. */
interface Cover {
  readonly range: Range
  readonly bitsets: { readonly low: number; readonly high: number } | undefined
  readonly singles: readonly Range[]
}
