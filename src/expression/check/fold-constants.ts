import { int64Max, int64Min } from '../../base/int64.ts'
import type { DoubleOperator, Int64Operator } from '../plan.ts'

/**
 * Arithmetic on constants, by the rules that rows are computed with. Undefined where a row would be
 * unknown: the result overflows, or a divisor is zero, or a shift is by no place in 64 bits.
 */
export function foldInt64(
  operator: Int64Operator,
  left: bigint,
  right: bigint,
): bigint | undefined {
  switch (operator) {
    case '+':
      return inRange(left + right)
    case '-':
      return inRange(left - right)
    case '*':
      return inRange(left * right)
    case '/':
      return right === 0n ? undefined : inRange(left / right)
    case '%':
      return right === 0n ? undefined : left % right
    case '<<':
      return right < 0n || right > 63n ? undefined : BigInt.asIntN(64, left << right)
    case '>>':
      return right < 0n || right > 63n ? undefined : left >> right
    case '&':
      return left & right
    case '^':
      return left ^ right
    case '|':
      return left | right
  }
}

/** As `foldInt64`; a result that is not finite counts as overflow. */
export function foldDouble(
  operator: DoubleOperator,
  left: number,
  right: number,
): number | undefined {
  const result = compute(operator, left, right)
  return Number.isFinite(result) ? result : undefined
}

function compute(operator: DoubleOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
    case '**':
      return left ** right
  }
}

function inRange(value: bigint): bigint | undefined {
  return value < int64Min || value > int64Max ? undefined : value
}
