import type { FieldId } from '../base/int64.ts'

/**
 * An index in memory that threads share. It holds row numbers only: values are read from the column.
 *
 *     rows          u32 × entry count    the row of each value, in the order of the values
 *     elements      u32 × entry count    of an Array field: which element the value is
 *     positions     u32 × checkpoint count
 *     checkpoints   checkpoint count bitsets of word count u32: the rows before each position
 */
export interface ScalarIndexHandle {
  readonly fieldId: FieldId
  readonly rowCount: number
  readonly entryCount: number
  readonly rows: SharedArrayBuffer
  readonly elements: SharedArrayBuffer | undefined
  readonly positions: SharedArrayBuffer
  readonly checkpoints: SharedArrayBuffer
}

export function scalarIndexSizeBytes(handle: ScalarIndexHandle): number {
  const { rows, elements, positions, checkpoints } = handle
  const listBytes = rows.byteLength + (elements?.byteLength ?? 0)
  return listBytes + positions.byteLength + checkpoints.byteLength
}
