import type { Predicate, Value } from '../plan.ts'

/**
 * What a predicate costs a row, roughly, in nanoseconds as they were measured. It only orders
 * operands, so it may be wrong by much before it does harm.
 */
export function costOf(predicate: Predicate): number {
  switch (predicate.kind) {
    case 'always':
    case 'never':
      return 0
    case 'and':
    case 'or':
      return predicate.operands.reduce((sum, operand) => sum + costOf(operand), 0)
    case 'compare':
      return costOfValue(predicate.left) + costOfValue(predicate.right)
    case 'in':
      return 4 + costOfValue(predicate.value)
    case 'like':
      return 10 + costOfValue(predicate.value)
    case 'isNull':
      return predicate.value.kind === 'json' ? jsonCost : 1
    case 'contains':
    case 'listEqual':
      return predicate.array.kind === 'json' ? 2 * jsonCost : 30
  }
}

const jsonCost = 150

function costOfValue(value: Value): number {
  switch (value.kind) {
    case 'constant':
      return 0
    case 'column':
      return value.type === 'VarChar' ? 5 : 1
    case 'element':
      return 8
    case 'json':
      return jsonCost
    case 'arrayLength':
      return value.array.kind === 'json' ? 2 * jsonCost : 3
    case 'arithmetic':
      return 3 + costOfValue(value.left) + costOfValue(value.right)
  }
}
