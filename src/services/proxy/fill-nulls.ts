import { ElanusError } from '../../base/errors.ts'
import type { FieldSchema } from '../../schema/collection-schema.ts'
import { absentColumn, defaultOf } from '../../schema/default-column.ts'
import {
  bytesOfValues,
  isFixedColumn,
  isVectorColumn,
  rowCountOf,
  viewFixedColumn,
} from '../../schema/fixed-column.ts'
import type { Column, VarCharColumn } from '../../schema/row-batch.ts'
import { hasValue, type Validity } from '../../schema/validity.ts'

/**
 * The column with what a field keeps where a client gave null: its default, or nothing. A field that
 * must have a value and has no default refuses it: INVALID_ARGUMENT.
 */
export function withoutNulls(field: FieldSchema, column: Column, validity: Validity): Column {
  if (defaultOf(field) !== undefined) return withDefaults(field, column, validity)
  if (field.isNullable === true && !isVectorColumn(column)) return { ...column, validity }
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `field(${field.name}) is not nullable and has no default value, but row ` +
      `${firstNull(validity, rowCountOf(column))} has null`,
  )
}

function firstNull(validity: Validity, rowCount: number): number {
  let row = 0
  while (row < rowCount && hasValue(validity, row)) row += 1
  return row
}

function withDefaults(field: FieldSchema, column: Column, validity: Validity): Column {
  const absent = absentColumn(field, 1)
  if (column.type === 'VarChar' && absent.type === 'VarChar') {
    return withText(column, absent.bytes, validity)
  }
  if (isFixedColumn(column) && isFixedColumn(absent)) {
    const values = bytesOfValues(column.values)
    const value = bytesOfValues(absent.values)
    const filled = Uint8Array.from(values)
    for (let row = 0; row * value.length < filled.length; row += 1) {
      if (!hasValue(validity, row)) filled.set(value, row * value.length)
    }
    return viewFixedColumn(column.type, filled.buffer, rowCountOf(column))
  }
  return column
}

function withText(column: VarCharColumn, text: Uint8Array, validity: Validity): VarCharColumn {
  const parts: Uint8Array[] = []
  const offsets = new Uint32Array(column.offsets.length)
  for (let row = 0; row + 1 < offsets.length; row += 1) {
    const own = column.bytes.subarray(column.offsets[row], column.offsets[row + 1])
    const part = hasValue(validity, row) ? own : text
    parts.push(part)
    offsets[row + 1] = (offsets[row] ?? 0) + part.length
  }
  return { type: 'VarChar', offsets, bytes: Buffer.concat(parts) }
}
