import { assert } from '../../base/assert.ts'
import type { FieldId } from '../../base/int64.ts'
import type { FieldBound, FieldTest, FieldTestList } from '../field-index.ts'
import type {
  ComparePredicate,
  ConstantList,
  ContainsPredicate,
  LikePattern,
  LikePredicate,
  Predicate,
  Value,
} from '../plan.ts'

/** A leaf of a plan as an index of its field is asked for it. */
export interface FieldLookup {
  readonly fieldId: FieldId
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
    case 'in': {
      const { value, list, isNegated } = predicate
      if (value.kind !== 'column' || !isFieldList(list)) return undefined
      return { fieldId: value.fieldId, test: { kind: 'in', list }, isExact: true, isNegated }
    }
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

function lookupOfCompare(predicate: ComparePredicate): FieldLookup | undefined {
  const { operator, left, right, isNegated } = predicate
  if (left.kind === 'column' && right.kind === 'constant') {
    const to = boundOf(right.value, operator !== '<')
    const from = operator === '==' ? to : undefined
    return betweenLookup(left, { from, to }, isNegated)
  }
  if (right.kind === 'column' && left.kind === 'constant') {
    const from = boundOf(left.value, operator !== '<')
    const to = operator === '==' ? from : undefined
    return betweenLookup(right, { from, to }, isNegated)
  }
  return undefined
}

function boundOf(value: FieldBound['value'], isInclusive: boolean): FieldBound {
  return { value, isInclusive }
}

function betweenLookup(
  { fieldId }: Extract<Value, { kind: 'column' }>,
  bounds: { readonly from: FieldBound | undefined; readonly to: FieldBound | undefined },
  isNegated: boolean,
): FieldLookup {
  return { fieldId, test: { kind: 'between', ...bounds }, isExact: true, isNegated }
}

function lookupOfLike({ value, pattern, isNegated }: LikePredicate): FieldLookup | undefined {
  if (value.kind !== 'column') return undefined
  const text = prefixOf(pattern)
  if (text === '') return undefined
  const { fieldId } = value
  const isExact = isPrefixOnly(pattern)
  return { fieldId, test: { kind: 'prefix', text }, isExact, isNegated }
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
  if (array.kind !== 'array' || !isFieldList(list)) return undefined
  const test = { kind: 'contains', quantifier, list } as const
  return { fieldId: array.fieldId, test, isExact: true, isNegated }
}

function isFieldList(list: ConstantList): list is FieldTestList {
  return list.type !== 'Mixed'
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
