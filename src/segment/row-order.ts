import type { FieldSchema } from '../schema/collection-schema.ts'
import { compareValues, type RowValue, RowValues } from './row-values.ts'
import type { SegmentRows } from './segment-rows.ts'

/** By which fields rows are put in order, the first counting most. */
export type RowOrder = readonly OrderTerm[]

export interface OrderTerm {
  /** Of plain values. */
  readonly field: FieldSchema
  readonly isDescending: boolean
  /** Whether rows that have no value come before those that have one. */
  readonly isNullFirst: boolean
}

/** Compares rows of segments, each told by its place in the list and its offset. */
export function rowComparator(
  segments: readonly SegmentRows[],
  order: RowOrder,
): (left: RowPlace, right: RowPlace) => number {
  const rowCounts = segments.map(({ rowCount }) => rowCount)
  const terms = order.map((term) => ({
    term,
    values: new RowValues(segments, term.field, rowCounts),
  }))
  return (left, right) => {
    for (const { term, values } of terms) {
      const compared = compareTerm(
        term,
        values.at(left.segmentIndex, left.offset),
        values.at(right.segmentIndex, right.offset),
      )
      if (compared !== 0) return compared
    }
    return 0
  }
}

export interface RowPlace {
  readonly segmentIndex: number
  readonly offset: number
}

export function compareTerm(
  { isDescending, isNullFirst }: Omit<OrderTerm, 'field'>,
  left: RowValue,
  right: RowValue,
): number {
  if (left === undefined || right === undefined) {
    if (left === right) return 0
    return (left === undefined) === isNullFirst ? -1 : 1
  }
  return isDescending ? -compareValues(left, right) : compareValues(left, right)
}
