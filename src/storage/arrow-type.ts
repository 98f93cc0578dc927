import {
  Bool,
  type DataType,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  Utf8,
} from 'apache-arrow'
import { present, unreachable } from '../base/assert.ts'
import {
  type ScalarTypeName,
  type VectorTypeName,
  vectorRowSizeBytes,
} from '../schema/data-type.ts'
import { type BinlogColumn, columnMetadataOf } from './binlog-header.ts'

/**
 * Our types as Arrow's.
 *
 *     Bool            Bool, one bit a value
 *     Int8 … Int64    Int of that width, signed
 *     Float, Double   FloatingPoint, single and double
 *     VarChar, JSON   Utf8
 *     Array           List of the element's type
 *     FloatVector     FixedSizeList of the dimension, of single FloatingPoint
 *     Float16Vector   FixedSizeList of the dimension, of half FloatingPoint
 *     Int8Vector      FixedSizeList of the dimension, of signed 8-bit Int
 *     BFloat16Vector  FixedSizeBinary of two bytes a dimension: Arrow has no such number
 *     BinaryVector    FixedSizeBinary of one bit a dimension
 */
export function arrowTypeOf(column: BinlogColumn): DataType {
  switch (column.type) {
    case 'JSON':
      return new Utf8()
    case 'Array':
      return listType(present(column.elementType, 'an array column has an element type'))
    case 'BinaryVector':
    case 'FloatVector':
    case 'Float16Vector':
    case 'BFloat16Vector':
    case 'Int8Vector':
      return vectorType(column.type, present(column.dimension, 'a vector column has a dimension'))
    default:
      return scalarType(column.type)
  }
}

export function arrowFieldOf(column: BinlogColumn): Field {
  const { name, isNullable = false } = column
  return new Field(name, arrowTypeOf(column), isNullable, columnMetadataOf(column))
}

export function listType(elementType: ScalarTypeName): List {
  return new List(new Field('item', scalarType(elementType), false))
}

function vectorType(type: VectorTypeName, dimension: number): DataType {
  switch (type) {
    case 'FloatVector':
      return vectorOf(dimension, new Float32())
    case 'Float16Vector':
      return vectorOf(dimension, new Float16())
    case 'Int8Vector':
      return vectorOf(dimension, new Int8())
    case 'BFloat16Vector':
    case 'BinaryVector':
      return new FixedSizeBinary(vectorRowSizeBytes(type, dimension))
    default:
      return unreachable(type)
  }
}

export function vectorOf<Element extends DataType>(
  dimension: number,
  element: Element,
): FixedSizeList<Element> {
  return new FixedSizeList(dimension, new Field('item', element, false))
}

export function scalarType(type: ScalarTypeName): DataType {
  switch (type) {
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
    default:
      return unreachable(type)
  }
}
