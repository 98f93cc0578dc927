import type { ScalarTypeName } from '../../schema/data-type.ts'
import { fixedWidthBytes, viewFixedColumn } from '../../schema/fixed-column.ts'
import type { Column } from '../../schema/row-batch.ts'
import { validityOf } from '../../schema/validity.ts'
import type { RowValue } from '../../segment/row-values.ts'

/** Values as a column of the type; those that are absent are null. */
export function columnOfValues(type: ScalarTypeName, values: readonly RowValue[]): Column {
  const validity = validityOf(values.length, (row) => values[row] !== undefined)
  if (type === 'VarChar') return { ...textColumn(values), validity }
  const buffer = new ArrayBuffer(values.length * fixedWidthBytes[type])
  const column = viewFixedColumn(type, buffer, values.length)
  for (const [row, value = 0] of values.entries()) {
    if (column.type === 'Int64') column.values[row] = BigInt(value)
    else column.values[row] = Number(value)
  }
  return { ...column, validity }
}

function textColumn(values: readonly RowValue[]): Extract<Column, { readonly type: 'VarChar' }> {
  const parts = values.map((value = '') => Buffer.from(String(value), 'latin1'))
  const offsets = new Uint32Array(parts.length + 1)
  for (const [row, part] of parts.entries()) offsets[row + 1] = (offsets[row] ?? 0) + part.length
  return { type: 'VarChar', offsets, bytes: Buffer.concat(parts) }
}
