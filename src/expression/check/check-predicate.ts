import type { Literal, Predicate } from '../plan.ts'
import { FilterFault } from '../syntax/filter-fault.ts'
import type { Syntax, SyntaxOf } from '../syntax/syntax.ts'
import { checkComparison } from './check-compare.ts'
import type { Scope } from './check-operand.ts'
import { checkLiteral, checkOperand, checkValue } from './check-operand.ts'
import { checkReference } from './check-reference.ts'
import { listOf } from './constant-list.ts'
import { functionOf } from './functions.ts'
import { parseLikePattern } from './like-pattern.ts'
import type { Operand } from './operand.ts'
import { classOf, requireArray, targetOf, typeNameOf } from './operand.ts'
import { conjunction, disjunction } from './simplify.ts'

/** Checks a condition; `isNegated` when its being false is what passes. */
export function checkPredicate(syntax: Syntax, scope: Scope, isNegated: boolean): Predicate {
  switch (syntax.kind) {
    case 'logical': {
      const operands = syntax.operands.map((operand) => checkPredicate(operand, scope, isNegated))
      // De Morgan: what must be false of an `and` is false of any of its operands.
      return (syntax.operator === 'and') !== isNegated
        ? conjunction(operands)
        : disjunction(operands)
    }
    case 'unary':
      if (syntax.operator !== 'not') return checkTruth(syntax, scope, isNegated)
      return checkPredicate(syntax.operand, scope, !isNegated)
    case 'comparison':
      return (
        checkConditionEqual(syntax, scope, isNegated) ?? checkComparison(syntax, scope, isNegated)
      )
    case 'in':
      return checkIn(syntax, scope, isNegated !== syntax.isNegated)
    case 'like':
      return checkLike(syntax, scope, isNegated)
    case 'exists':
      return checkExists(syntax, scope, isNegated)
    case 'isNull':
      return checkIsNull(syntax, scope, isNegated !== syntax.isNegated)
    case 'call':
      return checkContains(syntax, scope, isNegated)
    case 'literal':
    case 'template':
    case 'list':
    case 'reference':
    case 'binary':
      return checkTruth(syntax, scope, isNegated)
  }
}

/** A Bool that stands as a condition: a field, an element, or a constant. */
function checkTruth(syntax: Syntax, scope: Scope, isNegated: boolean): Predicate {
  const value = checkValue(syntax, scope)
  if (value.kind === 'constant' && value.type === 'Bool') {
    return value.value !== isNegated ? { kind: 'always' } : { kind: 'never' }
  }
  if (classOf(value) === 'bool') {
    const right = { kind: 'constant', type: 'Bool', value: true } as const
    return { kind: 'compare', operator: '==', left: value, right, isNegated }
  }
  throw new FilterFault(
    `expected a condition, met a value of type ${typeNameOf(value)}`,
    syntax.offset,
  )
}

/** `(a > 1) == true`: a condition that is compared with a constant. Undefined: nothing such. */
function checkConditionEqual(
  { operator, left, right, offset }: SyntaxOf<'comparison'>,
  scope: Scope,
  isNegated: boolean,
): Predicate | undefined {
  const condition = isCondition(left) ? left : right
  if (!isCondition(condition)) return undefined
  const other = checkOperand(condition === left ? right : left, scope)
  const isEquality = operator === '==' || operator === '!='
  if (!isEquality || other.kind !== 'constant' || other.type !== 'Bool') {
    const reason =
      condition.kind === 'unary'
        ? `'not' binds tighter than '${operator}': write not (…)`
        : `a condition compares with true or false only, by == or !=`
    throw new FilterFault(reason, offset)
  }
  const isInverse = other.value === (operator === '!=')
  return checkPredicate(condition, scope, isNegated !== isInverse)
}

function isCondition(syntax: Syntax): boolean {
  switch (syntax.kind) {
    case 'comparison':
    case 'logical':
    case 'in':
    case 'like':
    case 'exists':
    case 'isNull':
      return true
    case 'call':
      return functionOf(syntax).kind === 'contains'
    case 'unary':
      return syntax.operator === 'not'
    case 'literal':
    case 'template':
    case 'list':
    case 'reference':
    case 'binary':
      return false
  }
}

function checkIn(syntax: SyntaxOf<'in'>, scope: Scope, isNegated: boolean): Predicate {
  const value = checkValue(syntax.value, scope)
  if (value.kind === 'constant') {
    throw new FilterFault(`'in' takes a field on its left`, syntax.offset)
  }
  const elements = requireList(checkOperand(syntax.list, scope), syntax.list.offset)
  const list = listOf(elements, targetOf(value), syntax.list.offset)
  return { kind: 'in', value, list, isNegated }
}

function requireList(operand: Operand, offset: number): readonly Literal[] {
  if (operand.kind === 'constant' && operand.type === 'List') return operand.elements
  throw new FilterFault(`expected a list like [1, 2], met ${typeNameOf(operand)}`, offset)
}

function checkLike(syntax: SyntaxOf<'like'>, scope: Scope, isNegated: boolean): Predicate {
  const value = checkValue(syntax.value, scope)
  const isText = classOf(value) === 'text' || classOf(value) === 'json'
  if (!isText || value.kind === 'constant') {
    const reason = `'like' takes a VarChar or JSON field, not ${typeNameOf(value)}`
    throw new FilterFault(reason, syntax.offset)
  }
  const pattern = checkLiteral(syntax.pattern, scope)
  if (pattern.type !== 'VarChar') {
    const reason = `'like' takes a pattern in quotes, not ${typeNameOf(pattern)}`
    throw new FilterFault(reason, syntax.pattern.offset)
  }
  return { kind: 'like', value, pattern: parseLikePattern(pattern.value, syntax.offset), isNegated }
}

function checkExists(syntax: SyntaxOf<'exists'>, scope: Scope, isNegated: boolean): Predicate {
  const value = checkOperand(syntax.operand, scope)
  if (value.kind !== 'json' || value.path.length === 0) {
    throw new FilterFault(`'exists' takes a key of a JSON field`, syntax.offset)
  }
  return { kind: 'isNull', value, isNegated: !isNegated }
}

function checkIsNull(syntax: SyntaxOf<'isNull'>, scope: Scope, isNegated: boolean): Predicate {
  const value = checkReference(syntax.operand, scope.schema)
  return { kind: 'isNull', value, isNegated }
}

/** json_contains, array_contains and theirs: each takes either kind of field. */
function checkContains(syntax: SyntaxOf<'call'>, scope: Scope, isNegated: boolean): Predicate {
  const called = functionOf(syntax)
  const [first, second] = syntax.arguments
  if (called.kind !== 'contains' || first === undefined || second === undefined) {
    return checkTruth(syntax, scope, isNegated)
  }
  const array = requireArray(checkOperand(first, scope), first.offset, syntax.name)
  const literal = checkLiteral(second, scope)
  const elements = called.quantifier === 'one' ? [literal] : requireList(literal, second.offset)
  const target = targetOf(array)
  const list = listOf(elements, target, second.offset)
  const quantifier = called.quantifier === 'one' ? 'any' : called.quantifier
  return { kind: 'contains', array, quantifier, list, isNegated }
}
