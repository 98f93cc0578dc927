import type { FieldId } from '../base/int64.ts'

/**
 * Rows as columns: the currency between layers. A column's values belong to the batch and are not
 * changed once it is made. All columns of a batch have `rowCount` values.
 */
export interface RowBatch {
  readonly rowCount: number
  readonly columns: ReadonlyMap<FieldId, Column>
}

export type Column =
  | { readonly type: 'Bool'; readonly values: Uint8Array }
  | { readonly type: 'Int8'; readonly values: Int8Array }
  | { readonly type: 'Int16'; readonly values: Int16Array }
  | { readonly type: 'Int32'; readonly values: Int32Array }
  | { readonly type: 'Int64'; readonly values: BigInt64Array }
  | { readonly type: 'Float'; readonly values: Float32Array }
  | { readonly type: 'Double'; readonly values: Float64Array }
  | VarCharColumn
  | FloatVectorColumn

/** Row i's UTF-8 bytes lie in `bytes` from offsets[i] to offsets[i + 1]. */
export interface VarCharColumn {
  readonly type: 'VarChar'
  readonly offsets: Uint32Array
  readonly bytes: Uint8Array
}

/**
 * Little-endian float32, row after row, `dimension` each. Bytes and not floats: they are a view of
 * the request as it came and start at any address.
 */
export interface FloatVectorColumn {
  readonly type: 'FloatVector'
  readonly dimension: number
  readonly bytes: Uint8Array
}

/** Primary keys of either type, as a client gives and gets them. */
export type PrimaryKeys =
  | { readonly type: 'Int64'; readonly values: BigInt64Array }
  | { readonly type: 'VarChar'; readonly values: readonly string[] }
