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
  const validityBytes = 'validity' in column ? (column.validity?.byteLength ?? 0) : 0
  return validityBytes + valuesSizeBytes(column)
}

function valuesSizeBytes(column: Column): number {
  switch (column.type) {
    case 'VarChar':
    case 'JSON':
      return column.offsets.byteLength + column.bytes.byteLength
    case 'Array':
      return column.offsets.byteLength + columnSizeBytes(column.elements)
    default:
      return 'bytes' in column ? column.bytes.byteLength : column.values.byteLength
  }
}
