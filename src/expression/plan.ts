import type { FieldId } from '../base/int64.ts'
import type { FieldSchema } from '../schema/collection-schema.ts'
import type { ScalarTypeName } from '../schema/data-type.ts'

/**
 * A checked filter: names are field ids, types agree, constants are folded and cast to what they
 * are compared with. Plain data, so that it crosses to a worker thread as it is.
 *
 * Negations are gone: each leaf says with `isNegated` which of its outcomes passes. A row passes a
 * leaf when the leaf is known to be true (`isNegated: false`) or known to be false (`isNegated:
 * true`); what is unknown, because a value is null or absent, passes neither. In Kleene's
 * three-valued logic De Morgan's laws hold, so pushing every NOT down to the leaves loses nothing,
 * and `and` and `or` become plain intersection and union of passing rows.
 */
export interface FilterPlan {
  readonly predicate: Predicate
  readonly primaryKeyId: FieldId
  /** Those of its fields that rows may lack, because they are older; such a row has the default. */
  readonly addedFields?: readonly FieldSchema[] | undefined
}

export type Predicate =
  | { readonly kind: 'always' }
  | { readonly kind: 'never' }
  | { readonly kind: 'and'; readonly operands: readonly Predicate[] }
  | { readonly kind: 'or'; readonly operands: readonly Predicate[] }
  | ComparePredicate
  | InPredicate
  | LikePredicate
  | NullPredicate
  | ContainsPredicate
  | ListEqualPredicate

export type ComparisonOperator = '==' | '<' | '<='

/** `>`, `>=` and `!=` are these with the sides swapped or the outcome negated. */
export interface ComparePredicate {
  readonly kind: 'compare'
  readonly operator: ComparisonOperator
  readonly left: Value
  readonly right: Value
  readonly isNegated: boolean
}

/** Known when the value is; for JSON, when the list also has a constant of the value's class. */
export interface InPredicate {
  readonly kind: 'in'
  readonly value: Value
  readonly list: ConstantList
  readonly isNegated: boolean
}

export interface LikePredicate {
  readonly kind: 'like'
  readonly value: Value
  readonly pattern: LikePattern
  readonly isNegated: boolean
}

/** Always known. A JSON path that is absent is as null as one that is JSON's null. */
export interface NullPredicate {
  readonly kind: 'isNull'
  readonly value: ColumnValue | ElementValue | ArrayColumnValue | JsonValue
  readonly isNegated: boolean
}

/** Does an array hold all, or any, of the listed elements? Unknown where there is no array. */
export interface ContainsPredicate {
  readonly kind: 'contains'
  readonly array: ArrayColumnValue | JsonValue
  readonly quantifier: 'any' | 'all'
  readonly list: ConstantList
  readonly isNegated: boolean
}

/** Is an array this very list, element by element? Unknown where there is no array. */
export interface ListEqualPredicate {
  readonly kind: 'listEqual'
  readonly array: ArrayColumnValue | JsonValue
  readonly elements: readonly Literal[]
  readonly isNegated: boolean
}

export type Value =
  | Constant
  | ColumnValue
  | ElementValue
  | JsonValue
  | ArrayLengthValue
  | ArithmeticValue

export type Constant =
  | { readonly kind: 'constant'; readonly type: 'Bool'; readonly value: boolean }
  | { readonly kind: 'constant'; readonly type: 'Int64'; readonly value: bigint }
  | { readonly kind: 'constant'; readonly type: 'Double'; readonly value: number }
  | { readonly kind: 'constant'; readonly type: 'VarChar'; readonly value: string }

export interface ListLiteral {
  readonly kind: 'constant'
  readonly type: 'List'
  readonly elements: readonly Literal[]
}

export type Literal = Constant | ListLiteral

export interface ColumnValue {
  readonly kind: 'column'
  readonly fieldId: FieldId
  readonly type: ScalarTypeName
}

/** One element of an Array field; unknown past the array's end. */
export interface ElementValue {
  readonly kind: 'element'
  readonly fieldId: FieldId
  readonly type: ScalarTypeName
  readonly index: number
}

export interface ArrayColumnValue {
  readonly kind: 'array'
  readonly fieldId: FieldId
  readonly elementType: ScalarTypeName
}

/** What lies at a path in a JSON field; unknown where nothing does, or where it is null. */
export interface JsonValue {
  readonly kind: 'json'
  readonly fieldId: FieldId
  /** Text is an object's key, a number an array's index. */
  readonly path: readonly (string | number)[]
}

/** An Int64. */
export interface ArrayLengthValue {
  readonly kind: 'arrayLength'
  readonly array: ArrayColumnValue | JsonValue
}

/** `%` is here for JSON values, which count as Doubles: Float and Double fields do not take it. */
export type DoubleOperator = '+' | '-' | '*' | '/' | '%' | '**'
export type Int64Operator = '+' | '-' | '*' | '/' | '%' | '<<' | '>>' | '&' | '^' | '|'

/**
 * Operands of another numeric type are converted to `type` first; a JSON operand that is no such
 * number makes the result unknown, and so do a zero divisor and an Int64 result that overflows.
 */
export type ArithmeticValue = { readonly kind: 'arithmetic' } & Operation

export type Operation =
  | {
      readonly type: 'Int64'
      readonly operator: Int64Operator
      readonly left: Value
      readonly right: Value
    }
  | {
      readonly type: 'Double'
      readonly operator: DoubleOperator
      readonly left: Value
      readonly right: Value
    }

/** Without repetitions, but for the mixed one; the numeric ones ascend. */
export type ConstantList =
  | { readonly type: 'Bool'; readonly values: readonly boolean[] }
  | { readonly type: 'Int64'; readonly values: BigInt64Array }
  | { readonly type: 'Double'; readonly values: Float64Array }
  | { readonly type: 'VarChar'; readonly values: readonly string[] }
  /** What JSON is matched with: classes may be mixed. */
  | { readonly type: 'Mixed'; readonly values: readonly Literal[] }

/**
 * A LIKE pattern cut at its `%`: the value must be made of the pieces in this order, with anything
 * between them. The first piece is bound to the start and the last to the end, so a leading or
 * trailing `%` shows as an empty piece. A single piece is the whole value.
 */
export interface LikePattern {
  readonly pieces: readonly (readonly LikeToken[])[]
}

/** Text stands for itself; `anyCharacter` for one Unicode character. */
export type LikeToken =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'anyCharacter' }
