import type { Operation, Value } from '../plan.ts'
import { FilterFault } from '../syntax/filter-fault.ts'
import type { SyntaxOf } from '../syntax/syntax.ts'
import { foldDouble, foldInt64 } from './fold-constants.ts'
import { classOf, typeNameOf } from './operand.ts'

type OperatorSyntax = SyntaxOf<'unary'> | SyntaxOf<'binary'>

/** A sign or `~` before a checked operand: `-x` is `x * -1`, `~x` is `x ^ -1`. */
export function checkUnary(syntax: SyntaxOf<'unary'>, operand: Value): Value {
  const { operator, offset } = syntax
  switch (operator) {
    case 'not':
      throw new FilterFault('expected a value, met a condition', offset)
    case '+':
      requireNumbers([operand], syntax)
      return operand
    case '-':
      requireNumbers([operand], syntax)
      return combine(sum('*', operand, minusOne), offset)
    case '~':
      requireNumbers([operand], syntax)
      requireNoFloat([operand], syntax)
      return combine({ type: 'Int64', operator: '^', left: operand, right: minusOne }, offset)
  }
}

const minusOne = { kind: 'constant', type: 'Int64', value: -1n } as const

/** An arithmetic operator between checked operands. */
export function checkBinary(syntax: SyntaxOf<'binary'>, left: Value, right: Value): Value {
  const { operator, offset } = syntax
  requireNumbers([left, right], syntax)
  switch (operator) {
    case '+':
    case '-':
    case '*':
      return combine(sum(operator, left, right), offset)
    case '/':
      requireNotZero(right, offset)
      return combine(sum(operator, left, right), offset)
    case '%':
      requireNoFloat([left, right], syntax)
      requireNotZero(right, offset)
      return combine(sum(operator, left, right), offset)
    case '**':
      return combine({ type: 'Double', operator, left, right }, offset)
    case '<<':
    case '>>':
    case '&':
    case '^':
    case '|':
      requireNoFloat([left, right], syntax)
      return combine({ type: 'Int64', operator, left, right }, offset)
  }
}

/**
 * Integers give an integer. A JSON number may be a fraction in one row and none in the next, so
 * with one of those all is computed in Doubles: 5 / 2 must not be 2 beside 5.5 / 2 that is 2.75.
 */
function sum(operator: '+' | '-' | '*' | '/' | '%', left: Value, right: Value): Operation {
  const isInteger = classOf(left) === 'integer' && classOf(right) === 'integer'
  return isInteger
    ? { type: 'Int64', operator, left, right }
    : { type: 'Double', operator, left, right }
}

/** The operation, or its result if both sides are constant. */
function combine(operation: Operation, offset: number): Value {
  const { left, right } = operation
  if (left.kind !== 'constant' || right.kind !== 'constant') {
    return { kind: 'arithmetic', ...operation }
  }
  if (operation.type === 'Int64') {
    const value = foldInt64(operation.operator, BigInt(left.value), BigInt(right.value))
    if (value !== undefined) return { kind: 'constant', type: 'Int64', value }
  } else {
    const value = foldDouble(operation.operator, Number(left.value), Number(right.value))
    if (value !== undefined) return { kind: 'constant', type: 'Double', value }
  }
  throw new FilterFault('arithmetic overflow between constants', offset)
}

function requireNumbers(operands: readonly Value[], { operator, offset }: OperatorSyntax): void {
  for (const operand of operands) {
    if (['integer', 'float', 'json'].includes(classOf(operand))) continue
    throw new FilterFault(`'${operator}' takes numbers, met ${typeNameOf(operand)}`, offset)
  }
}

function requireNoFloat(operands: readonly Value[], { operator, offset }: OperatorSyntax): void {
  for (const operand of operands) {
    if (classOf(operand) !== 'float') continue
    throw new FilterFault(`'${operator}' takes integers, met ${typeNameOf(operand)}`, offset)
  }
}

function requireNotZero(divisor: Value, offset: number): void {
  if (divisor.kind === 'constant' && Number(divisor.value) === 0) {
    throw new FilterFault('division by zero', offset)
  }
}
