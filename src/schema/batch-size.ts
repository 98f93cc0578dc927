import type { Column, RowBatch } from './row-batch.ts'

/** Row id and timestamp. */
const systemBytesPerRow = 16

/** The bytes of a batch's values, the system's columns included. */
export function batchSizeBytes(batch: RowBatch): number {
  let sum = batch.rowCount * systemBytesPerRow
  for (const column of batch.columns.values()) sum += columnSizeBytes(column)
  return sum
}

export function columnSizeBytes(column: Column): number {
  switch (column.type) {
    case 'VarChar':
      return column.offsets.byteLength + column.bytes.byteLength
    case 'FloatVector':
      return column.bytes.byteLength
    default:
      return column.values.byteLength
  }
}
