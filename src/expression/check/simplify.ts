import type { ColumnValue, Constant, ConstantList, Predicate } from '../plan.ts'
import { constantListOf } from './constant-list.ts'
import { classOf } from './operand.ts'

/** Rows that pass all of them. */
export function conjunction(operands: readonly Predicate[]): Predicate {
  return combine('and', operands)
}

/** Rows that pass any of them. */
export function disjunction(operands: readonly Predicate[]): Predicate {
  return combine('or', operands)
}

function combine(kind: 'and' | 'or', operands: readonly Predicate[]): Predicate {
  const [neutral, dominant] = kind === 'and' ? ['always', 'never'] : ['never', 'always']
  const flat = operands
    .flatMap((operand) => (operand.kind === kind ? operand.operands : [operand]))
    .filter((operand) => operand.kind !== neutral)
  if (flat.some((operand) => operand.kind === dominant)) {
    return kind === 'and' ? { kind: 'never' } : { kind: 'always' }
  }
  const merged = mergeEqualities(kind, flat)
  const [first, ...rest] = merged
  if (first === undefined) return kind === 'and' ? { kind: 'always' } : { kind: 'never' }
  return rest.length === 0 ? first : { kind, operands: merged }
}

/**
 * Makes one list of `a == 1 or a == 2 or a in [3]`, and of `a != 1 and a != 2`: programs write long
 * ones, and a list is looked up where a chain is walked.
 */
function mergeEqualities(kind: 'and' | 'or', operands: readonly Predicate[]): Predicate[] {
  const isNegated = kind === 'and'
  const groups = new Map<bigint, Equality[]>()
  const merged: Predicate[] = []
  for (const operand of operands) {
    const equality = equalityOf(operand)
    if (equality === undefined || equality.isNegated !== isNegated) {
      merged.push(operand)
      continue
    }
    const group = groups.get(equality.column.fieldId)
    if (group === undefined) groups.set(equality.column.fieldId, [equality])
    else group.push(equality)
  }
  for (const group of groups.values()) merged.push(mergeGroup(group))
  return merged
}

/** A leaf that compares a field with constants and with nothing else. */
interface Equality {
  readonly column: ColumnValue
  readonly constants: readonly Constant[]
  readonly isNegated: boolean
  readonly predicate: Predicate
}

function equalityOf(predicate: Predicate): Equality | undefined {
  if (predicate.kind === 'in') {
    const { value, list, isNegated } = predicate
    if (value.kind !== 'column') return undefined
    return { column: value, constants: constantsOf(list), isNegated, predicate }
  }
  if (predicate.kind !== 'compare' || predicate.operator !== '==') return undefined
  const { left, right, isNegated } = predicate
  const [column, constant] = left.kind === 'column' ? [left, right] : [right, left]
  if (column.kind !== 'column' || constant.kind !== 'constant') return undefined
  return { column, constants: [constant], isNegated, predicate }
}

function mergeGroup(group: readonly Equality[]): Predicate {
  const [first, ...rest] = group
  if (first === undefined) return { kind: 'always' }
  if (rest.length === 0) return first.predicate
  const { column, isNegated } = first
  const constants = group.flatMap((equality) => equality.constants)
  return { kind: 'in', value: column, list: constantListOf(constants, classOf(column)), isNegated }
}

/** The list's constants, one by one; a list for a column is never mixed. */
function constantsOf(list: ConstantList): readonly Constant[] {
  switch (list.type) {
    case 'Bool':
      return list.values.map((value) => ({ kind: 'constant', type: 'Bool', value }))
    case 'Int64':
      return Array.from(list.values, (value) => ({ kind: 'constant', type: 'Int64', value }))
    case 'Double':
      return Array.from(list.values, (value) => ({ kind: 'constant', type: 'Double', value }))
    case 'VarChar':
      return list.values.map((value) => ({ kind: 'constant', type: 'VarChar', value }))
    case 'Mixed':
      return []
  }
}
