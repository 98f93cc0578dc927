import { assert } from '../../base/assert.ts'
import type { FieldId } from '../../base/int64.ts'
import type { FieldTest, FieldTestList, JsonSteps } from '../field-index.ts'
import type {
  ComparePredicate,
  ConstantList,
  ContainsPredicate,
  InPredicate,
  LikePattern,
  LikePredicate,
  Predicate,
  Value,
} from '../plan.ts'

/** A leaf of a plan as an index of its field is asked for it. */
export interface FieldLookup {
  readonly fieldId: FieldId
  /** Of a JSON field: where the value is. */
  readonly path: JsonSteps | undefined
  readonly test: FieldTest
  /** Whether the rows that are found are those that the leaf says are true, and no more. */
  readonly isExact: boolean
  /** Whether the rows pass that are known not to be found. */
  readonly isNegated: boolean
}

/** Undefined for a leaf that needs a look at each row, and for what is no leaf. */
export function fieldLookupOf(predicate: Predicate): FieldLookup | undefined {
  switch (predicate.kind) {
    case 'compare':
      return lookupOfCompare(predicate)
    case 'in':
      return lookupOfIn(predicate)
    case 'like':
      return lookupOfLike(predicate)
    case 'contains':
      return lookupOfContains(predicate)
    case 'always':
    case 'never':
    case 'and':
    case 'or':
    case 'isNull':
    case 'listEqual':
      return undefined
  }
}

/** What an index can be on. Of JSON it may find too many rows: numbers there are of any size. */
type Place = Pick<FieldLookup, 'fieldId' | 'path' | 'isExact'>

function placeOf(value: Value): Place | undefined {
  switch (value.kind) {
    case 'column':
      return { fieldId: value.fieldId, path: undefined, isExact: true }
    case 'json':
      return { fieldId: value.fieldId, path: value.path, isExact: false }
    case 'constant':
    case 'element':
    case 'arrayLength':
    case 'arithmetic':
      return undefined
  }
}

function lookupOfCompare(predicate: ComparePredicate): FieldLookup | undefined {
  const { operator, left, right, isNegated } = predicate
  const isInclusive = operator !== '<'
  const leftPlace = placeOf(left)
  if (leftPlace !== undefined && right.kind === 'constant') {
    const to = { value: right.value, isInclusive }
    const from = operator === '==' ? to : undefined
    return { ...leftPlace, test: { kind: 'between', from, to }, isNegated }
  }
  const rightPlace = placeOf(right)
  if (rightPlace !== undefined && left.kind === 'constant') {
    const from = { value: left.value, isInclusive }
    const to = operator === '==' ? from : undefined
    return { ...rightPlace, test: { kind: 'between', from, to }, isNegated }
  }
  return undefined
}

function lookupOfIn({ value, list, isNegated }: InPredicate): FieldLookup | undefined {
  const place = placeOf(value)
  const values = fieldListOf(list)
  if (place === undefined || values === undefined) return undefined
  return { ...place, test: { kind: 'in', list: values }, isNegated }
}

/** Undefined for constants of several classes. */
function fieldListOf(list: ConstantList): FieldTestList | undefined {
  if (list.type !== 'Mixed') return list
  const constants = list.values.map((literal) => (literal.type === 'List' ? [] : literal.value))
  if (constants.every((value) => typeof value === 'string')) {
    return { type: 'VarChar', values: constants }
  }
  if (constants.every((value) => typeof value === 'boolean')) {
    return { type: 'Bool', values: constants }
  }
  const numbers = constants.filter(isNumber)
  if (numbers.length < constants.length) return undefined
  return { type: 'Double', values: Float64Array.from(numbers, Number) }
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function lookupOfLike({ value, pattern, isNegated }: LikePredicate): FieldLookup | undefined {
  const place = placeOf(value)
  const text = prefixOf(pattern)
  if (place === undefined || text === '') return undefined
  const isExact = place.isExact && isPrefixOnly(pattern)
  return { ...place, test: { kind: 'prefix', text }, isExact, isNegated }
}

/** What every text that matches begins with. */
function prefixOf({ pieces }: LikePattern): string {
  const first = pieces[0]?.[0]
  return first?.kind === 'text' ? first.text : ''
}

/** `text%` */
function isPrefixOnly({ pieces }: LikePattern): boolean {
  return pieces.length === 2 && pieces[0]?.length === 1 && pieces[1]?.length === 0
}

function lookupOfContains(predicate: ContainsPredicate): FieldLookup | undefined {
  const { array, quantifier, list, isNegated } = predicate
  if (array.kind !== 'array' || list.type === 'Mixed') return undefined
  const { fieldId } = array
  const test = { kind: 'contains', quantifier, list } as const
  return { fieldId, path: undefined, test, isExact: true, isNegated }
}

/** Which bound a lookup lacks, when it has the other: a second lookup may have it. */
export function openSideOf({ test, isNegated }: FieldLookup): 'from' | 'to' | undefined {
  if (isNegated || test.kind !== 'between') return undefined
  if (test.from === undefined) return 'from'
  return test.to === undefined ? 'to' : undefined
}

/**
 * Two lookups of a field as one, of which each has the bound that the other lacks: each alone may
 * find half of the rows, both together a few.
 */
export function jointLookup(one: FieldLookup, other: FieldLookup): FieldLookup {
  assert(one.test.kind === 'between' && other.test.kind === 'between', 'bounds are joined')
  const from = one.test.from ?? other.test.from
  const to = one.test.to ?? other.test.to
  return { ...one, test: { kind: 'between', from, to } }
}
