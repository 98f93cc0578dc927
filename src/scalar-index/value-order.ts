import { assert } from '../base/assert.ts'
import type { FieldBound } from '../expression/field-index.ts'
import type { ScalarColumn } from '../schema/row-batch.ts'

/** The sign of the value at a place in a column, less a constant; NaN is above every constant. */
export type SignAt = (place: number) => number

type Constant = FieldBound['value']

/**
 * How a column's values stand to a constant of their class. An Int64 is compared as the whole number
 * that it is, any other number as a Double, as the scan does. Undefined for NaN, to which nothing is
 * equal and which nothing precedes.
 */
export function signsTo(column: ScalarColumn, constant: Constant): SignAt | undefined {
  switch (column.type) {
    case 'VarChar':
      assert(typeof constant === 'string', 'text is compared with text')
      return signsToText(column, new TextEncoder().encode(constant))
    case 'Int64': {
      assert(typeof constant === 'bigint', 'an Int64 is compared with Int64s')
      const { values } = column
      return (place) => signOf(values[place] ?? 0n, constant)
    }
    default: {
      assert(typeof constant !== 'string', 'numbers are compared with numbers')
      const bound = Number(constant)
      const { values } = column
      if (Number.isNaN(bound)) return undefined
      return (place) => signOf(values[place] ?? 0, bound)
    }
  }
}

/** Stands above every number but NaN; undefined where there is no such thing. */
export function signsToNan(column: ScalarColumn): SignAt | undefined {
  if (column.type !== 'Float' && column.type !== 'Double') return undefined
  const { values } = column
  return (place) => (Number.isNaN(values[place]) ? 1 : -1)
}

/** Below zero for texts before all that begin so, zero for these, above zero behind them. */
export function signsToPrefix(column: ScalarColumn, prefix: string): SignAt {
  assert(column.type === 'VarChar', 'text has prefixes')
  const { offsets, bytes } = column
  const wanted = new TextEncoder().encode(prefix)
  return (place) => {
    const from = offsets[place] ?? 0
    const to = Math.min(offsets[place + 1] ?? 0, from + wanted.length)
    return compareBytes(bytes, from, to, wanted)
  }
}

function signsToText(
  { offsets, bytes }: Extract<ScalarColumn, { type: 'VarChar' }>,
  text: Uint8Array,
): SignAt {
  return (place) => compareBytes(bytes, offsets[place] ?? 0, offsets[place + 1] ?? 0, text)
}

function compareBytes(bytes: Uint8Array, from: number, to: number, other: Uint8Array): number {
  const shared = Math.min(to - from, other.length)
  for (let at = 0; at < shared; at++) {
    const difference = (bytes[from + at] ?? 0) - (other[at] ?? 0)
    if (difference !== 0) return difference
  }
  return to - from - other.length
}

function signOf<T extends number | bigint>(value: T, constant: T): number {
  if (value < constant) return -1
  return value > constant || Number.isNaN(value) ? 1 : 0
}

/** The first of `count` ascending things whose sign is not below zero; `count` when there is none. */
export function firstNotBelow(count: number, signAt: SignAt): number {
  return firstWhere(count, (at) => signAt(at) >= 0)
}

/** The first of `count` ascending things whose sign is above zero; `count` when there is none. */
export function firstAbove(count: number, signAt: SignAt): number {
  return firstWhere(count, (at) => signAt(at) > 0)
}

function firstWhere(count: number, holds: (at: number) => boolean): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
