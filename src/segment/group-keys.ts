import { ElanusError } from '../base/errors.ts'
import type { FieldId } from '../base/int64.ts'
import type { FieldSchema } from '../schema/collection-schema.ts'
import { absentColumn } from '../schema/default-column.ts'
import { isVectorColumn } from '../schema/fixed-column.ts'
import type { PlainColumn } from '../schema/row-batch.ts'
import { hasValue } from '../schema/validity.ts'
import type { SegmentRows } from './segment-rows.ts'

/** What rows are grouped by. Values of one field: equal ones are the same group, and none is one too. */
export type GroupKey = bigint | number | string | undefined

/** Reads the group of rows before `rowCount`; INVALID_ARGUMENT for a field that makes no groups. */
export function groupKeys(
  rows: SegmentRows,
  fieldId: FieldId,
  rowCount: number,
  absentKey: GroupKey,
): (row: number) => GroupKey {
  if (!rows.hasField(fieldId)) return () => absentKey
  return keysWithNulls(rows.plainColumn(fieldId, rowCount), fieldId)
}

/** The group of rows that are older than the field and were stored without it. */
export function keyOfAbsent(field: FieldSchema): GroupKey {
  const column = absentColumn(field, 1)
  return isVectorColumn(column) ? undefined : keysWithNulls(column, field.id)(0)
}

function keysWithNulls(column: PlainColumn, fieldId: FieldId): (row: number) => GroupKey {
  const keyOf = keysOf(column, fieldId)
  const { validity } = column
  if (validity === undefined) return keyOf
  return (row) => (hasValue(validity, row) ? keyOf(row) : undefined)
}

function keysOf(column: PlainColumn, fieldId: FieldId): (row: number) => GroupKey {
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
    case 'JSON':
    case 'Array':
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `Cannot group by field ${fieldId}: it is ${column.type}`,
      )
  }
}
