import type { FieldId } from '../base/int64.ts'
import type { PrimaryKeys } from '../schema/row-batch.ts'
import type { ArrayColumnValue, FilterPlan, Predicate, Value } from './plan.ts'

/** The fields whose columns the filter reads, each once. */
export function fieldsOf(plan: FilterPlan): readonly FieldId[] {
  const fields = new Set<FieldId>()
  addFieldsOfPredicate(plan.predicate, fields)
  return [...fields]
}

/**
 * The values that a field has in every row that can pass; undefined when it may have any. Each comes
 * once; there may be none.
 */
export function valuesOf(plan: FilterPlan, fieldId: FieldId): PrimaryKeys | undefined {
  return valuesOfPredicate(plan.predicate, fieldId)
}

function valuesOfPredicate(predicate: Predicate, fieldId: FieldId): PrimaryKeys | undefined {
  switch (predicate.kind) {
    case 'in':
    case 'compare':
      return primaryKeysOf({ predicate, primaryKeyId: fieldId })
    case 'and': {
      // One operand that says it is enough: what the others take away does no harm.
      const known = predicate.operands.map((operand) => valuesOfPredicate(operand, fieldId))
      return known
        .filter((keys) => keys !== undefined)
        .toSorted((left, right) => left.values.length - right.values.length)[0]
    }
    case 'or': {
      const known = predicate.operands.map((operand) => valuesOfPredicate(operand, fieldId))
      const all = known.filter((keys) => keys !== undefined)
      return all.length === known.length ? united(all) : undefined
    }
    case 'always':
    case 'never':
    case 'like':
    case 'isNull':
    case 'contains':
    case 'listEqual':
      return undefined
  }
}

function united(all: readonly PrimaryKeys[]): PrimaryKeys | undefined {
  const [first] = all
  if (first?.type === 'Int64') {
    const values = all.flatMap((keys) => (keys.type === 'Int64' ? [...keys.values] : []))
    return { type: 'Int64', values: BigInt64Array.from(new Set(values)) }
  }
  const texts = all.flatMap((keys) => (keys.type === 'VarChar' ? keys.values : []))
  return first && { type: 'VarChar', values: [...new Set(texts)] }
}

/**
 * The keys that a filter like `key in [1, 2]` or `key == 1 or key == 2` asks for, when that is all
 * that it asks: then rows can be found without a scan. Each key once; there may be none.
 */
export function primaryKeysOf({ predicate, primaryKeyId }: FilterPlan): PrimaryKeys | undefined {
  switch (predicate.kind) {
    case 'in': {
      const { value, list, isNegated } = predicate
      if (isNegated || value.kind !== 'column' || value.fieldId !== primaryKeyId) return undefined
      return list.type === 'Int64' || list.type === 'VarChar' ? list : undefined
    }
    case 'compare': {
      const { operator, left, right, isNegated } = predicate
      if (operator !== '==' || isNegated) return undefined
      return keyOfEquality(left, right, primaryKeyId) ?? keyOfEquality(right, left, primaryKeyId)
    }
    case 'always':
    case 'never':
    case 'and':
    case 'or':
    case 'like':
    case 'isNull':
    case 'contains':
    case 'listEqual':
      return undefined
  }
}

function keyOfEquality(key: Value, constant: Value, keyId: FieldId): PrimaryKeys | undefined {
  if (key.kind !== 'column' || key.fieldId !== keyId) return undefined
  if (constant.kind !== 'constant') return undefined
  switch (constant.type) {
    case 'Int64':
      return { type: 'Int64', values: BigInt64Array.of(constant.value) }
    case 'VarChar':
      return { type: 'VarChar', values: [constant.value] }
    case 'Bool':
    case 'Double':
      return undefined
  }
}

function addFieldsOfPredicate(predicate: Predicate, fields: Set<FieldId>): void {
  switch (predicate.kind) {
    case 'always':
    case 'never':
      return
    case 'and':
    case 'or':
      for (const operand of predicate.operands) addFieldsOfPredicate(operand, fields)
      return
    case 'compare':
      addFieldsOfValue(predicate.left, fields)
      addFieldsOfValue(predicate.right, fields)
      return
    case 'in':
    case 'like':
    case 'isNull':
      addFieldsOfValue(predicate.value, fields)
      return
    case 'contains':
    case 'listEqual':
      addFieldsOfValue(predicate.array, fields)
  }
}

function addFieldsOfValue(value: Value | ArrayColumnValue, fields: Set<FieldId>): void {
  switch (value.kind) {
    case 'constant':
      return
    case 'column':
    case 'element':
    case 'json':
    case 'array':
      fields.add(value.fieldId)
      return
    case 'arrayLength':
      addFieldsOfValue(value.array, fields)
      return
    case 'arithmetic':
      addFieldsOfValue(value.left, fields)
      addFieldsOfValue(value.right, fields)
  }
}
