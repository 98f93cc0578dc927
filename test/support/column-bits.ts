import {
  bytesOfValues,
  isFixedColumn,
  isVectorColumn,
  rowCountOf,
  slicePlainColumn,
} from '../../src/schema/fixed-column.ts'
import type { Column } from '../../src/schema/row-batch.ts'
import { hasValue } from '../../src/schema/validity.ts'

/**
 * What a column says, to the bit, however its parts lie in memory: not-a-numbers and negative zeros
 * differ, unused bytes do not. Whatever stands in the place of a missing value says nothing.
 */
export function bitsOf(column: Column | undefined): unknown {
  if (column === undefined) return undefined
  if (isVectorColumn(column)) {
    const { type, dimension, bytes } = column
    return { type, dimension, bits: Buffer.from(bytes).toString('hex') }
  }
  const rows = Array.from({ length: rowCountOf(column) }, (_, row) => {
    if (!hasValue(column.validity, row)) return null
    return bitsOfRow(column, row)
  })
  return { type: column.type, rows }
}

function bitsOfRow(column: Exclude<Column, { dimension: number }>, row: number): unknown {
  if (isFixedColumn(column)) {
    const width = column.values.BYTES_PER_ELEMENT
    return Buffer.from(bytesOfValues(column.values))
      .subarray(row * width, (row + 1) * width)
      .toString('hex')
  }
  const from = column.offsets[row] ?? 0
  const to = column.offsets[row + 1] ?? 0
  if (column.type === 'Array') return bitsOf(slicePlainColumn(column.elements, from, to))
  return Buffer.from(column.bytes.subarray(from, to)).toString('hex')
}
