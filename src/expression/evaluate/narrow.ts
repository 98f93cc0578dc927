import type { FieldId } from '../../base/int64.ts'
import type { ColumnSource } from '../column-source.ts'
import type { FieldIndex, FieldTest, FoundRows } from '../field-index.ts'
import type { NullPredicate, Predicate } from '../plan.ts'
import { type FieldLookup, fieldLookupOf, jointLookup, openSideOf } from './field-lookup.ts'
import { costOf } from './predicate-cost.ts'
import {
  clearSpare,
  complementRows,
  intersectRows,
  keepValidRows,
  newRowWords,
  type RowWords,
  uniteRows,
} from './row-words.ts'

/**
 * Answers parts of a filter from indexes, where that is cheaper than reading the columns. What comes
 * out is every row that can still pass, and the parts of the filter that these rows have yet to be
 * asked: an index may have found too many, and other parts have no index, or are cheaper to ask of
 * the few rows that another index has left.
 *
 * The rule compares nanoseconds, estimated from the constants below. An index says exactly or at most
 * how many rows it has found before it spends time on naming them, so the rule decides on facts of
 * this segment and not on statistics.
 */
export interface Narrowing {
  readonly rows: RowWords
  /** How many rows, at most. */
  readonly passCount: number
  /** All of these are still to be asked. */
  readonly rest: readonly Predicate[]
}

/** Undefined when every row has to be asked for everything. */
export function narrow(
  predicate: Predicate,
  source: ColumnSource,
  rowCount: number,
): Narrowing | undefined {
  const offer = offerOf(predicate, { source, rowCount })
  if (offer === undefined) return undefined
  const rows = newRowWords(rowCount)
  offer.addTo(rows)
  clearSpare(rows, rowCount)
  return { rows, passCount: offer.passCount, rest: offer.rest }
}

/** Whether it can be worth a try: some leaf is of a kind that an index might answer. */
export function isNarrowable(predicate: Predicate): boolean {
  switch (predicate.kind) {
    case 'and':
      return predicate.operands.some(isNarrowable)
    case 'or':
      return predicate.operands.every(isNarrowable)
    case 'isNull':
      return predicate.value.kind === 'column' || predicate.value.kind === 'array'
    default:
      return fieldLookupOf(predicate) !== undefined
  }
}

interface Ground {
  readonly source: ColumnSource
  readonly rowCount: number
}

/** What indexes can say of a predicate, and at what cost. */
interface Offer {
  /** How many rows, at most. */
  readonly passCount: number
  readonly costNs: number
  readonly rest: readonly Predicate[]
  addTo(rows: RowWords): void
}

/** Measured where the bits of a million rows lie in the second cache. */
const singleNs = 1.5
const wordNs = 0.6
const probeNs = 60
/** To ask a row that lies alone costs as much as so many that lie together. */
export const scatteredCost = 32

function offerOf(predicate: Predicate, ground: Ground): Offer | undefined {
  switch (predicate.kind) {
    case 'and':
      return offerOfEvery(predicate.operands, ground)
    case 'or':
      return offerOfAny(predicate, ground)
    case 'isNull':
      return offerOfNull(predicate, ground)
    default: {
      const lookup = fieldLookupOf(predicate)
      return lookup === undefined ? undefined : offerOfLookup(lookup, [predicate], ground)
    }
  }
}

function offerOfLookup(
  lookup: FieldLookup,
  leaves: readonly Predicate[],
  ground: Ground,
): Offer | undefined {
  const index = ground.source.index?.(lookup.fieldId, lookup.path)
  if (index === undefined) return undefined
  const scanNs = scanCostOf(leaves, ground.rowCount)
  const probesNs = probeCountOf(lookup.test) * searchNs(index)
  if (probesNs > scanNs) return undefined
  const found = index.find(lookup.test)
  if (found === undefined) return undefined
  const isExact = lookup.isExact && found.isExact
  // Of rows that were found by mistake nothing is known, so neither is of those that were not found.
  if (lookup.isNegated && !isExact) return undefined
  const offer = lookup.isNegated
    ? negated(found, lookup.fieldId, ground)
    : { passCount: found.rowCount, costNs: findNs(found, ground), addTo: addFound(found) }
  const costNs = offer.costNs + probesNs
  return costNs > scanNs ? undefined : { ...offer, costNs, rest: isExact ? [] : leaves }
}

function addFound(found: FoundRows): (rows: RowWords) => void {
  return (rows) => found.addTo(rows)
}

function negated(found: FoundRows, fieldId: FieldId, ground: Ground): Omit<Offer, 'rest'> {
  return {
    passCount: ground.rowCount - found.rowCount,
    costNs: findNs(found, ground) + 2 * wordsNs(ground),
    addTo: (rows) => {
      const others = newRowWords(ground.rowCount)
      found.addTo(others)
      complementRows(others, ground.source.column(fieldId).validity)
      uniteRows(rows, others)
    },
  }
}

/** A column knows its nulls as bits already. */
function offerOfNull({ value, isNegated }: NullPredicate, ground: Ground): Offer | undefined {
  if (value.kind !== 'column' && value.kind !== 'array') return undefined
  const { validity } = ground.source.column(value.fieldId)
  if (validity === undefined && !isNegated) {
    return { passCount: 0, costNs: 0, rest: [], addTo: () => {} }
  }
  return {
    passCount: ground.rowCount,
    costNs: 2 * wordsNs(ground),
    rest: [],
    addTo: (rows) => {
      const valid = newRowWords(ground.rowCount).fill(0xffff_ffff)
      if (validity !== undefined) keepValidRows(valid, validity)
      if (!isNegated) complementRows(valid, undefined)
      uniteRows(rows, valid)
    },
  }
}

/** Every operand must be answered, or all rows are to be asked anyway. */
function offerOfAny(
  predicate: Extract<Predicate, { kind: 'or' }>,
  ground: Ground,
): Offer | undefined {
  const offers: Offer[] = []
  for (const operand of predicate.operands) {
    const offer = offerOf(operand, ground)
    if (offer === undefined) return undefined
    offers.push(offer)
  }
  const costNs = sumOf(offers, (offer) => offer.costNs)
  if (costNs > scanCostOf([predicate], ground.rowCount)) return undefined
  return {
    passCount: Math.min(
      ground.rowCount,
      sumOf(offers, (offer) => offer.passCount),
    ),
    costNs,
    rest: offers.every(({ rest }) => rest.length === 0) ? [] : [predicate],
    addTo: (rows) => {
      for (const offer of offers) offer.addTo(rows)
    },
  }
}

/**
 * Begins with what leaves the fewest rows. From there on an index has to be cheaper than asking these
 * rows.
 */
function offerOfEvery(operands: readonly Predicate[], ground: Ground): Offer | undefined {
  const parts = partsOf(operands, ground).toSorted((a, b) => passCountOf(a) - passCountOf(b))
  const taken: Offer[] = []
  const rest: Predicate[] = []
  let passCount = ground.rowCount
  for (const { leaves, offer } of parts) {
    const askedCount = Math.min(ground.rowCount, passCount * scatteredCost)
    if (offer === undefined || offer.costNs > scanCostOf(leaves, askedCount)) {
      rest.push(...leaves)
      continue
    }
    taken.push(offer)
    rest.push(...offer.rest)
    passCount = Math.min(passCount, offer.passCount)
  }
  if (taken.length === 0) return undefined
  return {
    passCount,
    costNs: sumOf(taken, ({ costNs }) => costNs) + (taken.length - 1) * wordsNs(ground),
    rest,
    addTo: (rows) => addIntersection(rows, taken, ground),
  }
}

function addIntersection(rows: RowWords, offers: readonly Offer[], ground: Ground): void {
  const [first, ...others] = offers
  if (first !== undefined && others.length === 0) return first.addTo(rows)
  const common = newRowWords(ground.rowCount)
  first?.addTo(common)
  for (const offer of others) {
    const more = newRowWords(ground.rowCount)
    offer.addTo(more)
    intersectRows(common, more)
  }
  uniteRows(rows, common)
}

interface Part {
  readonly leaves: readonly Predicate[]
  readonly offer: Offer | undefined
}

/** Operands with what indexes say of them; a lower and an upper bound of one field make one part. */
function partsOf(operands: readonly Predicate[], ground: Ground): readonly Part[] {
  const groups: Group[] = []
  const halves = new Map<string, Group>()
  for (const leaf of operands) {
    const lookup = fieldLookupOf(leaf)
    const side = lookup === undefined ? undefined : openSideOf(lookup)
    const partner = side === undefined ? undefined : halves.get(`${nameOf(lookup)} ${side}`)
    if (lookup === undefined || partner?.lookup === undefined) {
      const group = { leaves: [leaf], lookup }
      groups.push(group)
      if (side !== undefined) halves.set(`${nameOf(lookup)} ${oppositeOf[side]}`, group)
      continue
    }
    halves.delete(`${nameOf(lookup)} ${side}`)
    partner.leaves.push(leaf)
    partner.lookup = jointLookup(partner.lookup, lookup)
  }
  return groups.map((group) => ({ leaves: group.leaves, offer: offerOfGroup(group, ground) }))
}

/** Of what a lookup is: a field, or a path in one. */
function nameOf(lookup: FieldLookup | undefined): string {
  return `${lookup?.fieldId} ${JSON.stringify(lookup?.path)}`
}

interface Group {
  readonly leaves: Predicate[]
  lookup: FieldLookup | undefined
}

const oppositeOf = { from: 'to', to: 'from' } as const

function offerOfGroup({ leaves, lookup }: Group, ground: Ground): Offer | undefined {
  if (lookup !== undefined) return offerOfLookup(lookup, leaves, ground)
  const [leaf] = leaves
  return leaf === undefined ? undefined : offerOf(leaf, ground)
}

function passCountOf({ offer }: Part): number {
  return offer?.passCount ?? Number.POSITIVE_INFINITY
}

function scanCostOf(predicates: readonly Predicate[], rowCount: number): number {
  return rowCount * sumOf(predicates, costOf)
}

function findNs({ singleCount, bitsetCount }: FoundRows, ground: Ground): number {
  return singleCount * singleNs + bitsetCount * wordsNs(ground)
}

function wordsNs({ rowCount }: Ground): number {
  return (rowCount / 32) * wordNs
}

function searchNs({ entryCount }: FieldIndex): number {
  return Math.log2(entryCount + 1) * probeNs
}

function probeCountOf(test: FieldTest): number {
  return 'list' in test ? 2 * test.list.values.length : 2
}

function sumOf<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0)
}
