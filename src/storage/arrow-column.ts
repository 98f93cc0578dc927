import {
  Bool,
  type Data,
  type DataType,
  FixedSizeBinary,
  Float16,
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
import { type VectorTypeName, vectorRowSizeBytes } from '../schema/data-type.ts'
import {
  type FixedTypeName,
  fixedWidthBytes,
  isVectorColumn,
  rowCountOf,
  sliceFixedColumn,
  viewFixedColumn,
} from '../schema/fixed-column.ts'
import type {
  ArrayColumn,
  Column,
  FixedWidthColumn,
  JsonColumn,
  ScalarColumn,
  VarCharColumn,
  VectorColumn,
} from '../schema/row-batch.ts'
import { nullCount, type Validity, validitySizeBytes } from '../schema/validity.ts'
import { arrowTypeOf, listType, scalarType, vectorOf } from './arrow-type.ts'
import type { BinlogColumn } from './binlog-header.ts'

/** A column as Arrow's; shares its memory where Arrow lays values out as we do. */
export function toArrow(column: Column): Data {
  if (isVectorColumn(column)) return vectorToArrow(column)
  const nulls = nullsOf(column.validity, rowCountOf(column))
  switch (column.type) {
    case 'JSON':
      return textToArrow(column, nulls)
    case 'Array':
      return arrayToArrow(column, nulls)
    default:
      return scalarsToArrow(column, nulls)
  }
}

interface Nulls {
  readonly nullCount: number
  readonly nullBitmap?: Validity | undefined
}

function nullsOf(validity: Validity | undefined, rowCount: number): Nulls {
  const count = nullCount(validity, rowCount)
  return count === 0 ? noNulls : { nullCount: count, nullBitmap: validity }
}

const noNulls: Nulls = { nullCount: 0 }

function scalarsToArrow(column: ScalarColumn, nulls: Nulls): Data {
  switch (column.type) {
    case 'Bool': {
      const data = packBits(column.values)
      return makeData({ type: new Bool(), length: column.values.length, data, ...nulls })
    }
    case 'Int8':
      return makeData({ type: new Int8(), data: column.values, ...nulls })
    case 'Int16':
      return makeData({ type: new Int16(), data: column.values, ...nulls })
    case 'Int32':
      return makeData({ type: new Int32(), data: column.values, ...nulls })
    case 'Int64':
      return makeData({ type: new Int64(), data: column.values, ...nulls })
    case 'Float':
      return makeData({ type: new Float32(), data: column.values, ...nulls })
    case 'Double':
      return makeData({ type: new Float64(), data: column.values, ...nulls })
    case 'VarChar':
      return textToArrow(column, nulls)
    default:
      return unreachable(column)
  }
}

function textToArrow(column: VarCharColumn | JsonColumn, nulls: Nulls): Data {
  const { offsets, bytes } = column
  const data = bytes.subarray(offsets[0], offsets.at(-1))
  const valueOffsets = fromZero(offsets)
  return makeData({ type: new Utf8(), length: offsets.length - 1, valueOffsets, data, ...nulls })
}

function arrayToArrow({ offsets, elements }: ArrayColumn, nulls: Nulls): Data {
  const child = scalarsToArrow(
    sliceScalars(elements, offsets[0] ?? 0, offsets.at(-1) ?? 0),
    noNulls,
  )
  const valueOffsets = fromZero(offsets)
  const type = listType(elements.type)
  return makeData({ type, length: offsets.length - 1, valueOffsets, child, ...nulls })
}

function sliceScalars(column: ScalarColumn, from: number, to: number): ScalarColumn {
  if (column.type !== 'VarChar') return sliceFixedColumn(column, from, to)
  return { ...column, offsets: column.offsets.subarray(from, to + 1) }
}

function fromZero(offsets: Uint32Array): Int32Array {
  const first = offsets[0] ?? 0
  return Int32Array.from(offsets, (offset) => offset - first)
}

function vectorToArrow(column: VectorColumn): Data {
  const { type, dimension, bytes } = column
  const length = rowCountOf(column)
  switch (type) {
    case 'FloatVector': {
      const values = new Float32Array(...alignedParts(bytes, Float32Array.BYTES_PER_ELEMENT))
      return vectorData(length, dimension, makeData({ type: new Float32(), data: values }))
    }
    case 'Float16Vector': {
      const values = new Uint16Array(...alignedParts(bytes, Uint16Array.BYTES_PER_ELEMENT))
      return vectorData(length, dimension, makeData({ type: new Float16(), data: values }))
    }
    case 'Int8Vector': {
      const values = new Int8Array(...alignedParts(bytes, Int8Array.BYTES_PER_ELEMENT))
      return vectorData(length, dimension, makeData({ type: new Int8(), data: values }))
    }
    case 'BFloat16Vector':
    case 'BinaryVector': {
      const binary = new FixedSizeBinary(vectorRowSizeBytes(type, dimension))
      return makeData({ type: binary, length, data: bytes })
    }
    default:
      return unreachable(type)
  }
}

function vectorData<Element extends DataType>(
  length: number,
  dimension: number,
  child: Data<Element>,
): Data {
  return makeData({ type: vectorOf(dimension, child.type), length, child })
}

/** Where a typed array lies that sees these bytes; they are copied only if they start at an odd place. */
function alignedParts(
  bytes: Uint8Array,
  widthBytes: number,
): [buffer: ArrayBufferLike, byteOffset: number, length: number] {
  const aligned = bytes.byteOffset % widthBytes === 0 ? bytes : new Uint8Array(bytes)
  return [aligned.buffer, aligned.byteOffset, aligned.length / widthBytes]
}

/**
 * One column of a record batch that was read, its values sharing the batch's memory. Throws an Error
 * that says what does not fit: the type, nulls where none may be, or buffers too short for the rows.
 */
export function fromArrow(data: Data, column: BinlogColumn, rowCount: number): Column {
  const { name, type } = column
  requireType(data, arrowTypeOf(column), name)
  check(data.length === rowCount && data.offset === 0, `it has ${data.length} rows of ${rowCount}`)
  const validity = validityFromArrow(data, column, rowCount)
  switch (type) {
    case 'JSON':
      return { type, ...textFromArrow(data, rowCount), validity }
    case 'Array': {
      const elementType = present(column.elementType, 'an array column has an element type')
      return { ...arrayFromArrow(data, elementType, rowCount), validity }
    }
    case 'BinaryVector':
    case 'FloatVector':
    case 'Float16Vector':
    case 'BFloat16Vector':
    case 'Int8Vector': {
      const dimension = present(column.dimension, 'a vector column has a dimension')
      return vectorFromArrow(data, { type, dimension }, rowCount)
    }
    default:
      return { ...scalarsFromArrow(data, type, rowCount), validity }
  }
}

function requireType(data: Data, expected: DataType, name: string): void {
  const isExpected = util.compareTypes(data.type, expected)
  const found = Type[data.typeId]
  check(isExpected, `column ${name} is ${found} and should be ${Type[expected.typeId]}`)
}

function validityFromArrow(
  data: Data,
  column: BinlogColumn,
  rowCount: number,
): Validity | undefined {
  if (data.nullCount === 0) return undefined
  check(column.isNullable === true, `it has ${data.nullCount} nulls`)
  return bytesOf(data.nullBitmap, validitySizeBytes(rowCount))
}

function scalarsFromArrow(data: Data, type: ScalarColumn['type'], rowCount: number): ScalarColumn {
  switch (type) {
    case 'VarChar':
      return { type, ...textFromArrow(data, rowCount) }
    case 'Bool':
      return {
        type,
        values: unpackBits(bytesOf(data.values, validitySizeBytes(rowCount)), rowCount),
      }
    default:
      return fixedFromArrow(type, data, rowCount)
  }
}

function fixedFromArrow(type: FixedTypeName, data: Data, rowCount: number): FixedWidthColumn {
  const bytes = bytesOf(data.values, rowCount * fixedWidthBytes[type])
  // A typed array may start only at a multiple of its width; Arrow aligns its buffers to eight bytes.
  check(bytes.byteOffset % fixedWidthBytes[type] === 0, 'its values are not aligned')
  return viewFixedColumn(type, bytes.buffer, rowCount, bytes.byteOffset)
}

function textFromArrow(
  data: Data,
  rowCount: number,
): { readonly offsets: Uint32Array; readonly bytes: Uint8Array } {
  const offsets = offsetsFromArrow(data, rowCount)
  return { offsets, bytes: bytesOf(data.values, offsets.at(-1) ?? 0) }
}

function arrayFromArrow(
  data: Data,
  elementType: ScalarColumn['type'],
  rowCount: number,
): ArrayColumn {
  const offsets = offsetsFromArrow(data, rowCount)
  const elementCount = offsets.at(-1) ?? 0
  const [child] = data.children
  check(child !== undefined, 'it has no elements')
  requireType(child, scalarType(elementType), 'item')
  check(child.nullCount === 0 && child.offset === 0, 'its elements have nulls')
  check(child.length === elementCount, `it has ${child.length} elements of ${elementCount}`)
  return { type: 'Array', offsets, elements: scalarsFromArrow(child, elementType, elementCount) }
}

function offsetsFromArrow(data: Data, rowCount: number): Uint32Array {
  const offsetBytes = bytesOf(data.valueOffsets, (rowCount + 1) * Uint32Array.BYTES_PER_ELEMENT)
  check(offsetBytes.byteOffset % Uint32Array.BYTES_PER_ELEMENT === 0, 'its offsets are not aligned')
  const offsets = new Uint32Array(offsetBytes.buffer, offsetBytes.byteOffset, rowCount + 1)
  let last = 0
  for (const offset of offsets) {
    check(offset >= last, 'its values overlap')
    last = offset
  }
  check(offsets[0] === 0, 'its values do not start at zero')
  return offsets
}

function vectorFromArrow(
  data: Data,
  { type, dimension }: { readonly type: VectorTypeName; readonly dimension: number },
  rowCount: number,
): VectorColumn {
  const sizeBytes = rowCount * vectorRowSizeBytes(type, dimension)
  if (type === 'BinaryVector' || type === 'BFloat16Vector') {
    check(data.nullCount === 0, 'its vectors have nulls')
    return { type, dimension, bytes: bytesOf(data.values, sizeBytes) }
  }
  const [child] = data.children
  check(child !== undefined, 'it has no values')
  check(
    data.nullCount === 0 && child.nullCount === 0 && child.offset === 0,
    'its vectors have nulls',
  )
  check(child.length === rowCount * dimension, `it has ${child.length} values`)
  return { type, dimension, bytes: bytesOf(child.values, sizeBytes) }
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
