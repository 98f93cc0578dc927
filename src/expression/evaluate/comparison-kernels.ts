import type { ComparisonOperator } from '../plan.ts'
import { batchRowCount } from './mask.ts'

/**
 * Loops that compare a batch's numbers, each for one operator and one type of array. A loop that
 * meets one type only is compiled to straight machine code and takes about a nanosecond a row; one
 * that met them all would take twenty. `+` makes 1 or 0 of an outcome without a branch, which data
 * in no order would make the processor guess wrong.
 *
 * The operators share a function so that it is too large to be inlined: V8's middle tier inlines
 * small functions into their callers, where it would box every number until the caller, which runs
 * once a batch, is found worth optimizing. Measured, that is the first second of a thread's life at
 * 30 to 80 nanoseconds a row.
 */
export function compareDoubles(
  operator: ComparisonOperator,
  left: Float64Array,
  right: Float64Array,
  matches: Uint8Array,
): void {
  switch (operator) {
    case '==':
      for (let i = 0; i < batchRowCount; i++) matches[i] = +((left[i] ?? 0) === (right[i] ?? 0))
      return
    case '<':
      for (let i = 0; i < batchRowCount; i++) matches[i] = +((left[i] ?? 0) < (right[i] ?? 0))
      return
    case '<=':
      for (let i = 0; i < batchRowCount; i++) matches[i] = +((left[i] ?? 0) <= (right[i] ?? 0))
  }
}

export function compareInt64s(
  operator: ComparisonOperator,
  left: BigInt64Array,
  right: BigInt64Array,
  matches: Uint8Array,
): void {
  switch (operator) {
    case '==':
      for (let i = 0; i < batchRowCount; i++) matches[i] = +((left[i] ?? 0n) === (right[i] ?? 0n))
      return
    case '<':
      for (let i = 0; i < batchRowCount; i++) matches[i] = +((left[i] ?? 0n) < (right[i] ?? 0n))
      return
    case '<=':
      for (let i = 0; i < batchRowCount; i++) matches[i] = +((left[i] ?? 0n) <= (right[i] ?? 0n))
  }
}

/** Which outcomes of comparing an Int64 with a Double match, each 1 or 0. */
export interface MixedOutcomes {
  readonly less: number
  readonly equal: number
  readonly greater: number
}

/** By value, with no rounding of either; NaN is neither less, nor equal, nor greater. */
export function compareMixed(
  int64s: BigInt64Array,
  doubles: Float64Array,
  { less, equal, greater }: MixedOutcomes,
  matches: Uint8Array,
): void {
  for (let i = 0; i < batchRowCount; i++) {
    const integer = int64s[i] ?? 0n
    const double = doubles[i] ?? 0
    // JavaScript compares a bigint with a number exactly.
    if (integer < double) matches[i] = less
    else if (integer > double) matches[i] = greater
    else matches[i] = Number.isNaN(double) ? 0 : equal
  }
}
