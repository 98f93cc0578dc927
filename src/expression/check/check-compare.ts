import type { ComparisonOperator, Constant, ListLiteral, Predicate, Value } from '../plan.ts'
import { FilterFault } from '../syntax/filter-fault.ts'
import type { ComparisonSymbol, SyntaxOf } from '../syntax/syntax.ts'
import type { Scope } from './check-operand.ts'
import { checkOperand } from './check-operand.ts'
import { castScalar } from './constant-list.ts'
import type { Operand } from './operand.ts'
import { classOf, requireArray, requireValue, targetOf, typeNameOf } from './operand.ts'

interface Comparison {
  readonly operator: ComparisonOperator
  readonly left: Value
  readonly right: Value
  readonly isNegated: boolean
  readonly offset: number
}

/** A comparison of two values, of which one may be a list. */
export function checkComparison(
  syntax: SyntaxOf<'comparison'>,
  scope: Scope,
  isNegated: boolean,
): Predicate {
  const { offset } = syntax
  const left = checkOperand(syntax.left, scope)
  const right = checkOperand(syntax.right, scope)
  const { operator, isSwapped, isInverse } = meanings[syntax.operator]
  const outcome = isNegated !== isInverse
  const list = listSide(left) ?? listSide(right)
  if (list !== undefined) {
    if (operator !== '==') throw new FilterFault('lists have no order', offset)
    const other = list === left ? right : left
    return checkListEqual(syntax, { list, other, isNegated: outcome })
  }
  const values = [requireValue(left, syntax.left), requireValue(right, syntax.right)] as const
  const [first, second] = isSwapped ? [values[1], values[0]] : values
  return compare({ operator, left: first, right: second, isNegated: outcome, offset })
}

/** Six operators in terms of three. */
const meanings: Readonly<Record<ComparisonSymbol, ComparisonMeaning>> = {
  '==': { operator: '==', isSwapped: false, isInverse: false },
  '!=': { operator: '==', isSwapped: false, isInverse: true },
  '<': { operator: '<', isSwapped: false, isInverse: false },
  '<=': { operator: '<=', isSwapped: false, isInverse: false },
  '>': { operator: '<', isSwapped: true, isInverse: false },
  '>=': { operator: '<=', isSwapped: true, isInverse: false },
}

interface ComparisonMeaning {
  readonly operator: ComparisonOperator
  readonly isSwapped: boolean
  readonly isInverse: boolean
}

/** `array == [1, 2]`, either way round. */
function checkListEqual(
  { offset }: SyntaxOf<'comparison'>,
  { list, other, isNegated }: { list: ListLiteral; other: Operand; isNegated: boolean },
): Predicate {
  const array = requireArray(other, offset, 'comparison with a list')
  const elements =
    array.kind === 'json'
      ? list.elements
      : list.elements.map((element) => castScalar(element, targetOf(array), offset))
  return { kind: 'listEqual', array, elements, isNegated }
}

function listSide(operand: Operand): ListLiteral | undefined {
  return operand.kind === 'constant' && operand.type === 'List' ? operand : undefined
}

/** Checks that the sides' types go together, and folds two constants. */
function compare(comparison: Comparison): Predicate {
  const { operator, left, right, isNegated, offset } = comparison
  requireComparable(comparison)
  if (left.kind === 'constant' && right.kind === 'constant') {
    return holds(operator, left, right) !== isNegated ? { kind: 'always' } : { kind: 'never' }
  }
  return {
    kind: 'compare',
    operator,
    left: left.kind === 'constant' ? castScalar(left, targetOf(right), offset) : left,
    right: right.kind === 'constant' ? castScalar(right, targetOf(left), offset) : right,
    isNegated,
  }
}

function requireComparable({ operator, left, right, offset }: Comparison): void {
  const [first, second] = [kindOfClass[classOf(left)], kindOfClass[classOf(right)]]
  if (first !== second && first !== 'json' && second !== 'json') {
    const reason = `type mismatch: ${typeNameOf(left)} and ${typeNameOf(right)} do not compare`
    throw new FilterFault(reason, offset)
  }
  if (operator !== '==' && (first === 'bool' || second === 'bool')) {
    throw new FilterFault('Bool has no order', offset)
  }
}

/** Classes that compare with each other have the same kind. */
const kindOfClass = {
  bool: 'bool',
  integer: 'number',
  float: 'number',
  text: 'text',
  json: 'json',
  array: 'array',
  list: 'list',
} as const

/** Numbers by their value, whichever type they have; text by its UTF-8 bytes. */
function holds(operator: ComparisonOperator, left: Constant, right: Constant): boolean {
  const order = compareConstants(left, right)
  switch (operator) {
    case '==':
      return order === 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
  }
}

function compareConstants(left: Constant, right: Constant): number {
  if (left.type === 'VarChar' && right.type === 'VarChar') {
    return Buffer.compare(Buffer.from(left.value), Buffer.from(right.value))
  }
  if (left.value === right.value) return 0
  // JavaScript compares a bigint with a number by value, exactly.
  return left.value < right.value ? -1 : left.value > right.value ? 1 : 0
}
