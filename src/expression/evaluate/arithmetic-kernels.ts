import { int64Min } from '../../base/int64.ts'
import type { DoubleOperator, Int64Operator } from '../plan.ts'
import { batchRowCount } from './mask.ts'

/**
 * Loops that compute on a batch's numbers, into the left operand's place. As with the comparisons,
 * the operators share a function so that it is not inlined.
 *
 * Rows without a result, because they divide by zero, overflow, or shift by what is no place in 64
 * bits, are taken out of `known`.
 */
export function computeDoubles(
  operator: DoubleOperator,
  left: Float64Array,
  right: Float64Array,
  known: Uint8Array,
): void {
  switch (operator) {
    case '+':
      for (let i = 0; i < batchRowCount; i++) left[i] = (left[i] ?? 0) + (right[i] ?? 0)
      return
    case '-':
      for (let i = 0; i < batchRowCount; i++) left[i] = (left[i] ?? 0) - (right[i] ?? 0)
      return
    case '*':
      for (let i = 0; i < batchRowCount; i++) left[i] = (left[i] ?? 0) * (right[i] ?? 0)
      return
    case '/':
      dropZeros(right, known)
      for (let i = 0; i < batchRowCount; i++) left[i] = (left[i] ?? 0) / (right[i] ?? 0)
      return
    case '%':
      dropZeros(right, known)
      for (let i = 0; i < batchRowCount; i++) left[i] = (left[i] ?? 0) % (right[i] ?? 0)
      return
    case '**':
      for (let i = 0; i < batchRowCount; i++) left[i] = (left[i] ?? 0) ** (right[i] ?? 0)
  }
}

/** Results are exact, but for shifts to the left, which drop what leaves 64 bits. */
export function computeInt64s(
  operator: Int64Operator,
  left: BigInt64Array,
  right: BigInt64Array,
  known: Uint8Array,
): void {
  switch (operator) {
    case '+':
      return add(left, right, known)
    case '-':
      return subtract(left, right, known)
    case '*':
      return multiply(left, right, known)
    case '/':
      return divide(left, right, known)
    case '%':
      return remain(left, right, known)
    case '<<':
    case '>>':
      return shift(operator, left, right, known)
    case '&':
      for (let i = 0; i < batchRowCount; i++) left[i] = (left[i] ?? 0n) & (right[i] ?? 0n)
      return
    case '^':
      for (let i = 0; i < batchRowCount; i++) left[i] = (left[i] ?? 0n) ^ (right[i] ?? 0n)
      return
    case '|':
      for (let i = 0; i < batchRowCount; i++) left[i] = (left[i] ?? 0n) | (right[i] ?? 0n)
  }
}

function dropZeros(divisors: Float64Array, known: Uint8Array): void {
  for (let i = 0; i < batchRowCount; i++) if (divisors[i] === 0) known[i] = 0
}

function add(left: BigInt64Array, right: BigInt64Array, known: Uint8Array): void {
  for (let i = 0; i < batchRowCount; i++) {
    const first = left[i] ?? 0n
    const second = right[i] ?? 0n
    const sum = BigInt.asIntN(64, first + second)
    // It overflows when both have one sign and the sum the other.
    if (BigInt.asIntN(64, (first ^ sum) & (second ^ sum)) < 0n) known[i] = 0
    left[i] = sum
  }
}

function subtract(left: BigInt64Array, right: BigInt64Array, known: Uint8Array): void {
  for (let i = 0; i < batchRowCount; i++) {
    const first = left[i] ?? 0n
    const second = right[i] ?? 0n
    const difference = BigInt.asIntN(64, first - second)
    // It overflows when the signs differ and the difference has not the first one's.
    if (BigInt.asIntN(64, (first ^ second) & (first ^ difference)) < 0n) known[i] = 0
    left[i] = difference
  }
}

function multiply(left: BigInt64Array, right: BigInt64Array, known: Uint8Array): void {
  for (let i = 0; i < batchRowCount; i++) {
    const product = (left[i] ?? 0n) * (right[i] ?? 0n)
    left[i] = product
    // The array keeps 64 bits of it.
    if (left[i] !== product) known[i] = 0
  }
}

function divide(left: BigInt64Array, right: BigInt64Array, known: Uint8Array): void {
  for (let i = 0; i < batchRowCount; i++) {
    const dividend = left[i] ?? 0n
    const divisor = right[i] ?? 0n
    // The one quotient that does not fit is that of the least number by minus one.
    if (divisor === 0n || (divisor === -1n && dividend === int64Min)) known[i] = 0
    else left[i] = dividend / divisor
  }
}

function remain(left: BigInt64Array, right: BigInt64Array, known: Uint8Array): void {
  for (let i = 0; i < batchRowCount; i++) {
    const divisor = right[i] ?? 0n
    if (divisor === 0n) known[i] = 0
    else left[i] = (left[i] ?? 0n) % divisor
  }
}

function shift(
  operator: '<<' | '>>',
  left: BigInt64Array,
  right: BigInt64Array,
  known: Uint8Array,
): void {
  for (let i = 0; i < batchRowCount; i++) {
    const places = right[i] ?? 0n
    const value = left[i] ?? 0n
    if (places < 0n || places > 63n) known[i] = 0
    else left[i] = operator === '<<' ? BigInt.asIntN(64, value << places) : value >> places
  }
}
