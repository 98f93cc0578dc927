import {
  Bool,
  type Data,
  type DataType,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  makeData,
  Type,
  Utf8,
  util,
} from 'apache-arrow'
import { present, unreachable } from '../base/assert.ts'
import { type FixedTypeName, fixedWidthBytes, viewFixedColumn } from '../schema/fixed-column.ts'
import type { Column, FloatVectorColumn, VarCharColumn } from '../schema/row-batch.ts'
import { type BinlogColumn, columnMetadataOf } from './binlog-header.ts'

/**
 * Our columns as Arrow's and back. No value is nullable.
 *
 *     Bool           Bool, one bit a value
 *     Int8 … Int64   Int of that width, signed
 *     Float, Double  FloatingPoint, single and double
 *     VarChar        Utf8
 *     FloatVector    FixedSizeList of the dimension, of single FloatingPoint
 */
export function arrowFieldOf(column: BinlogColumn): Field {
  return new Field(column.name, arrowTypeOf(column), false, columnMetadataOf(column))
}

export function arrowTypeOf(column: BinlogColumn): DataType {
  switch (column.type) {
    case 'Bool':
      return new Bool()
    case 'Int8':
      return new Int8()
    case 'Int16':
      return new Int16()
    case 'Int32':
      return new Int32()
    case 'Int64':
      return new Int64()
    case 'Float':
      return new Float32()
    case 'Double':
      return new Float64()
    case 'VarChar':
      return new Utf8()
    case 'FloatVector':
      return vectorType(present(column.dimension, 'a vector column has a dimension'))
    default:
      return unreachable(column.type)
  }
}

/** Shares the column's memory where Arrow lays values out as we do. */
export function toArrow(column: Column): Data {
  switch (column.type) {
    case 'Bool':
      return makeData({
        type: new Bool(),
        length: column.values.length,
        data: packBits(column.values),
      })
    case 'Int8':
      return makeData({ type: new Int8(), data: column.values })
    case 'Int16':
      return makeData({ type: new Int16(), data: column.values })
    case 'Int32':
      return makeData({ type: new Int32(), data: column.values })
    case 'Int64':
      return makeData({ type: new Int64(), data: column.values })
    case 'Float':
      return makeData({ type: new Float32(), data: column.values })
    case 'Double':
      return makeData({ type: new Float64(), data: column.values })
    case 'VarChar':
      return varCharToArrow(column)
    case 'FloatVector':
      return vectorToArrow(column)
    default:
      return unreachable(column)
  }
}

/**
 * One column of a record batch that was read, its values sharing the batch's memory. Throws an Error
 * that says what does not fit: the type, nulls, or buffers that are too short for the rows.
 */
export function fromArrow(data: Data, column: BinlogColumn, rowCount: number): Column {
  const isExpected = util.compareTypes(data.type, arrowTypeOf(column))
  check(isExpected, `column ${column.name} is ${Type[data.typeId]} and should be ${column.type}`)
  check(data.nullCount === 0, `it has ${data.nullCount} nulls`)
  check(data.length === rowCount && data.offset === 0, `it has ${data.length} rows of ${rowCount}`)
  switch (column.type) {
    case 'VarChar':
      return varCharFromArrow(data, rowCount)
    case 'FloatVector':
      return vectorFromArrow(data, present(column.dimension, 'a vector has one'), rowCount)
    case 'Bool': {
      const bits = bytesOf(data.values, Math.ceil(rowCount / 8))
      return { type: 'Bool', values: unpackBits(bits, rowCount) }
    }
    case 'Int8':
    case 'Int16':
    case 'Int32':
    case 'Int64':
    case 'Float':
    case 'Double':
      return fixedFromArrow(column.type, data, rowCount)
    default:
      return unreachable(column.type)
  }
}

function fixedFromArrow(type: FixedTypeName, data: Data, rowCount: number): Column {
  const bytes = bytesOf(data.values, rowCount * fixedWidthBytes[type])
  // A typed array may start only at a multiple of its width; Arrow aligns its buffers to eight bytes.
  check(bytes.byteOffset % fixedWidthBytes[type] === 0, 'its values are not aligned')
  return viewFixedColumn(type, bytes.buffer, rowCount, bytes.byteOffset)
}

function varCharToArrow(column: VarCharColumn): Data {
  const { offsets, bytes } = column
  const rowCount = offsets.length - 1
  const from = offsets[0] ?? 0
  const valueOffsets = new Int32Array(rowCount + 1)
  for (let row = 0; row <= rowCount; row++) valueOffsets[row] = (offsets[row] ?? 0) - from
  return makeData({
    type: new Utf8(),
    length: rowCount,
    valueOffsets,
    data: bytes.subarray(from, offsets[rowCount]),
  })
}

function varCharFromArrow(data: Data, rowCount: number): VarCharColumn {
  const offsetBytes = bytesOf(data.valueOffsets, (rowCount + 1) * Uint32Array.BYTES_PER_ELEMENT)
  check(offsetBytes.byteOffset % Uint32Array.BYTES_PER_ELEMENT === 0, 'its offsets are not aligned')
  const offsets = new Uint32Array(offsetBytes.buffer, offsetBytes.byteOffset, rowCount + 1)
  let last = 0
  for (const offset of offsets) {
    check(offset >= last, 'its values overlap')
    last = offset
  }
  check(offsets[0] === 0, 'its values do not start at zero')
  return { type: 'VarChar', offsets, bytes: bytesOf(data.values, last) }
}

function vectorType(dimension: number): FixedSizeList<Float32> {
  return new FixedSizeList(dimension, new Field('item', new Float32(), false))
}

function vectorToArrow(column: FloatVectorColumn): Data {
  const { dimension, bytes } = column
  // Arrow sees floats where we see bytes; they are copied only if they lie at an odd address.
  const isAligned = bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0
  const aligned = isAligned ? bytes : new Uint8Array(bytes)
  const valueCount = aligned.length / Float32Array.BYTES_PER_ELEMENT
  const values = new Float32Array(aligned.buffer, aligned.byteOffset, valueCount)
  const child = makeData({ type: new Float32(), data: values })
  return makeData({ type: vectorType(dimension), length: valueCount / dimension, child })
}

function vectorFromArrow(data: Data, dimension: number, rowCount: number): FloatVectorColumn {
  const [child] = data.children
  check(child !== undefined, 'it has no values')
  check(child.nullCount === 0 && child.offset === 0, 'its vectors have nulls')
  check(child.length === rowCount * dimension, `it has ${child.length} values`)
  const bytes = bytesOf(child.values, rowCount * dimension * Float32Array.BYTES_PER_ELEMENT)
  return { type: 'FloatVector', dimension, bytes }
}

/** The first bytes of a buffer, which Arrow may have left absent when it is empty. */
function bytesOf(buffer: unknown, sizeBytes: number): Uint8Array {
  if (buffer === undefined && sizeBytes === 0) return new Uint8Array(0)
  check(ArrayBuffer.isView(buffer), 'a buffer is missing')
  check(buffer.byteLength >= sizeBytes, `a buffer has ${buffer.byteLength} bytes of ${sizeBytes}`)
  return new Uint8Array(buffer.buffer, buffer.byteOffset, sizeBytes)
}

function check(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem)
}

function packBits(values: Uint8Array): Uint8Array {
  const bits = new Uint8Array((values.length + 7) >> 3)
  for (let row = 0; row < values.length; row++) {
    if (values[row] !== 0) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7))
  }
  return bits
}

function unpackBits(bits: Uint8Array, rowCount: number): Uint8Array {
  const values = new Uint8Array(rowCount)
  for (let row = 0; row < rowCount; row++) values[row] = ((bits[row >> 3] ?? 0) >> (row & 7)) & 1
  return values
}
