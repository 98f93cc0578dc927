import type { Constant, ConstantList } from './plan.ts'

/**
 * Finds the rows of one field by their values, without a look at each row. A segment has one where
 * its collection asks for it; a filter uses it where that is cheaper than reading the column, and
 * passes the same rows with it as without.
 */
export interface FieldIndex {
  /** Values that are kept in order: a search for one halves them. */
  readonly entryCount: number
  /** Undefined where it has no answer to such a test. */
  find(test: FieldTest): FoundRows | undefined
}

/** Where in a JSON field: an object's key or an array's index at each step. */
export type JsonSteps = readonly (string | number)[]

/** What is asked of the values of a field. Constants are of the field's class: number, text, Bool. */
export type FieldTest =
  | {
      readonly kind: 'between'
      readonly from: FieldBound | undefined
      readonly to: FieldBound | undefined
    }
  | { readonly kind: 'in'; readonly list: FieldTestList }
  /** Text that begins so. */
  | { readonly kind: 'prefix'; readonly text: string }
  /** Arrays that hold any, or all, of the constants. */
  | {
      readonly kind: 'contains'
      readonly quantifier: 'any' | 'all'
      readonly list: FieldTestList
    }

export type FieldTestList = Exclude<ConstantList, { readonly type: 'Mixed' }>

export interface FieldBound {
  readonly value: Constant['value']
  readonly isInclusive: boolean
}

/** The rows whose value passes a test. A row without a value is never among them. */
export interface FoundRows {
  /** When not: all of them are found, and others too. */
  readonly isExact: boolean
  /** How many there are, or are at most. */
  readonly rowCount: number
  /** Bits that are set one by one, and bitsets that are added whole: what `addTo` costs. */
  readonly singleCount: number
  readonly bitsetCount: number
  /** Sets their bits: bit i % 32 of word i / 32 is row i's. */
  addTo(words: Uint32Array): void
}
