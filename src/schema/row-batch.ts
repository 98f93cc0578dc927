import type { FieldId } from '../base/int64.ts'
import type { VectorTypeName } from './data-type.ts'
import type { Validity } from './validity.ts'

/**
 * Rows as columns: the currency between layers. A column's values belong to the batch and are not
 * changed once it is made. All columns of a batch have `rowCount` values.
 */
export interface RowBatch {
  readonly rowCount: number
  readonly columns: ReadonlyMap<FieldId, Column>
}

export type Column = PlainColumn | VectorColumn

/** A column that filters can read. A row without a value has some value in its place: zero, empty. */
export type PlainColumn = (ScalarColumn | JsonColumn | ArrayColumn) & Nullable

interface Nullable {
  /** Absent: every row has a value. */
  readonly validity?: Validity | undefined
}

export type ScalarColumn = FixedWidthColumn | VarCharColumn

export type FixedWidthColumn =
  | { readonly type: 'Bool'; readonly values: Uint8Array }
  | { readonly type: 'Int8'; readonly values: Int8Array }
  | { readonly type: 'Int16'; readonly values: Int16Array }
  | { readonly type: 'Int32'; readonly values: Int32Array }
  | { readonly type: 'Int64'; readonly values: BigInt64Array }
  | { readonly type: 'Float'; readonly values: Float32Array }
  | { readonly type: 'Double'; readonly values: Float64Array }

/** Row i's UTF-8 bytes lie in `bytes` from offsets[i] to offsets[i + 1]. */
export interface VarCharColumn {
  readonly type: 'VarChar'
  readonly offsets: Uint32Array
  readonly bytes: Uint8Array
}

/** Row i's JSON text, UTF-8, lies in `bytes` from offsets[i] to offsets[i + 1]. */
export interface JsonColumn {
  readonly type: 'JSON'
  readonly offsets: Uint32Array
  readonly bytes: Uint8Array
}

/** Row i's elements are `elements` from offsets[i] to offsets[i + 1]. */
export interface ArrayColumn {
  readonly type: 'Array'
  readonly offsets: Uint32Array
  readonly elements: ScalarColumn
}

/**
 * Vectors, row after row, `dimension` elements each, little-endian. Bytes and not numbers: they are a
 * view of the request as it came and start at any address.
 */
export interface VectorColumn {
  readonly type: VectorTypeName
  readonly dimension: number
  readonly bytes: Uint8Array
}

/** Primary keys of either type, as a client gives and gets them. */
export type PrimaryKeys =
  | { readonly type: 'Int64'; readonly values: BigInt64Array }
  | { readonly type: 'VarChar'; readonly values: readonly string[] }
