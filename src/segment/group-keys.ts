import { ElanusError } from '../base/errors.ts'
import type { FieldId } from '../base/int64.ts'
import type { SegmentRows } from './segment-rows.ts'

/** What rows are grouped by. Values of one field: equal ones are the same group. */
export type GroupKey = bigint | number | string

/** Reads the group of rows before `rowCount`; INVALID_ARGUMENT for a field that makes no groups. */
export function groupKeys(
  rows: SegmentRows,
  fieldId: FieldId,
  rowCount: number,
): (row: number) => GroupKey {
  const column = rows.scalarColumn(fieldId, rowCount)
  switch (column.type) {
    case 'Bool':
    case 'Int8':
    case 'Int16':
    case 'Int32':
    case 'Int64': {
      const { values } = column
      return (row) => values[row] ?? 0
    }
    case 'VarChar': {
      const { offsets, bytes } = column
      // Not as text: a group is told by its bytes, and these need no decoding.
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      return (row) => buffer.toString('latin1', offsets[row], offsets[row + 1])
    }
    case 'Float':
    case 'Double':
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `Cannot group by field ${fieldId}: it is ${column.type}`,
      )
  }
}
