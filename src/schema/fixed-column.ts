import { unreachable } from '../base/assert.ts'
import type { DataTypeName } from './data-type.ts'
import { vectorRowSizeBytes } from './data-type.ts'
import type { Column, FixedWidthColumn, PlainColumn, VectorColumn } from './row-batch.ts'
import { sliceValidity } from './validity.ts'

/** A column whose values all have one width, so that a row's place is a multiplication. */
export type FixedColumn = FixedWidthColumn & Pick<PlainColumn, 'validity'>
export type FixedTypeName = FixedColumn['type']

export const fixedWidthBytes: Readonly<Record<FixedTypeName, number>> = {
  Bool: 1,
  Int8: 1,
  Int16: 2,
  Int32: 4,
  Int64: 8,
  Float: 4,
  Double: 8,
}

export function isFixedType(type: DataTypeName): type is FixedTypeName {
  return type in fixedWidthBytes
}

export function isFixedColumn(column: Column): column is FixedColumn {
  return 'values' in column
}

export function isVectorColumn(column: Column): column is VectorColumn {
  return 'dimension' in column
}

/**
 * A column of `rowCount` values in a buffer; shares the memory. Numbers are the machine's, which is
 * little-endian (base/crc32c.ts asserts it).
 */
export function viewFixedColumn(
  type: FixedTypeName,
  buffer: ArrayBufferLike,
  rowCount: number,
  byteOffset = 0,
): FixedWidthColumn {
  switch (type) {
    case 'Bool':
      return { type, values: new Uint8Array(buffer, byteOffset, rowCount) }
    case 'Int8':
      return { type, values: new Int8Array(buffer, byteOffset, rowCount) }
    case 'Int16':
      return { type, values: new Int16Array(buffer, byteOffset, rowCount) }
    case 'Int32':
      return { type, values: new Int32Array(buffer, byteOffset, rowCount) }
    case 'Int64':
      return { type, values: new BigInt64Array(buffer, byteOffset, rowCount) }
    case 'Float':
      return { type, values: new Float32Array(buffer, byteOffset, rowCount) }
    case 'Double':
      return { type, values: new Float64Array(buffer, byteOffset, rowCount) }
    default:
      return unreachable(type)
  }
}

/** The values' bytes; shares the memory. */
export function bytesOfValues(values: FixedColumn['values']): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** Rows [from, to) of a column of fixed width; shares the memory, its validity left behind. */
export function sliceFixedColumn(
  column: FixedWidthColumn,
  from: number,
  to: number,
): FixedWidthColumn {
  switch (column.type) {
    case 'Bool':
      return { type: column.type, values: column.values.subarray(from, to) }
    case 'Int8':
      return { type: column.type, values: column.values.subarray(from, to) }
    case 'Int16':
      return { type: column.type, values: column.values.subarray(from, to) }
    case 'Int32':
      return { type: column.type, values: column.values.subarray(from, to) }
    case 'Int64':
      return { type: column.type, values: column.values.subarray(from, to) }
    case 'Float':
      return { type: column.type, values: column.values.subarray(from, to) }
    case 'Double':
      return { type: column.type, values: column.values.subarray(from, to) }
    default:
      return unreachable(column)
  }
}

/** Rows [from, to) of a column that is no vector; shares the memory. */
export function slicePlainColumn(column: PlainColumn, from: number, to: number): PlainColumn {
  const validity = sliceValidity(column.validity, from, to)
  switch (column.type) {
    case 'VarChar':
    case 'JSON':
    case 'Array':
      return { ...column, offsets: column.offsets.subarray(from, to + 1), validity }
    default:
      return { ...sliceFixedColumn(column, from, to), validity }
  }
}

/** Rows [from, to); shares the memory. */
export function sliceColumn(column: Column, from: number, to: number): Column {
  if (!isVectorColumn(column)) return slicePlainColumn(column, from, to)
  const rowSizeBytes = vectorRowSizeBytes(column.type, column.dimension)
  return { ...column, bytes: column.bytes.subarray(from * rowSizeBytes, to * rowSizeBytes) }
}

/** How many rows a column has. */
export function rowCountOf(column: Column): number {
  if (isVectorColumn(column)) {
    return column.bytes.length / vectorRowSizeBytes(column.type, column.dimension)
  }
  return 'offsets' in column ? column.offsets.length - 1 : column.values.length
}
