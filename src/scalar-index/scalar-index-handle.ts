import type { FieldId } from '../base/int64.ts'
import type { JsonSteps } from '../expression/field-index.ts'
import { columnSizeBytes } from '../schema/batch-size.ts'
import type { JsonValues } from './json-values.ts'

/**
 * An index in memory that threads share. It holds row numbers only, for values are read from the
 * column; of JSON it holds the values too.
 *
 *     rows          u32 × entry count    the row of each value, in the order of the values
 *     elements      u32 × entry count    of an Array field: which element the value is
 *     positions     u32 × checkpoint count
 *     checkpoints   checkpoint count bitsets of word count u32: the rows before each position
 */
export interface ScalarIndexHandle {
  readonly fieldId: FieldId
  /** Of a JSON field: where the values were, and the values, which the column does not have apart. */
  readonly json: { readonly path: JsonSteps; readonly values: JsonValues } | undefined
  readonly rowCount: number
  readonly entryCount: number
  readonly rows: SharedArrayBuffer
  readonly elements: SharedArrayBuffer | undefined
  readonly positions: SharedArrayBuffer
  readonly checkpoints: SharedArrayBuffer
}

export function scalarIndexSizeBytes(handle: ScalarIndexHandle): number {
  const { rows, elements, positions, checkpoints, json } = handle
  const listBytes = rows.byteLength + (elements?.byteLength ?? 0)
  const valueBytes = json === undefined ? 0 : columnSizeBytes(json.values)
  return valueBytes + listBytes + positions.byteLength + checkpoints.byteLength
}
