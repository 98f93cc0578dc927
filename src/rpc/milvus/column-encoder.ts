import { unreachable } from '../../base/assert.ts'
import { dataTypes } from '../../schema/data-type.ts'
import { isVectorColumn, rowCountOf, slicePlainColumn } from '../../schema/fixed-column.ts'
import type {
  ArrayColumn,
  Column,
  PrimaryKeys,
  ScalarColumn,
  VectorColumn,
} from '../../schema/row-batch.ts'
import { hasValue } from '../../schema/validity.ts'
import type { OutputColumn } from '../../services/proxy/proxy.ts'
import {
  ArrayArray,
  type FieldData,
  type IDs,
  type ScalarField,
  type VectorField,
} from '../generated/milvus/schema.ts'
import { encodeMessage } from '../wire/message.ts'
import { packFloats } from '../wire/packed-floats.ts'
import { packStrings } from '../wire/packed-strings.ts'
import { packInt32, packInt64 } from '../wire/packed-varints.ts'

export function fieldDataOf({ fieldId, name, column, isDynamic }: OutputColumn): FieldData {
  return {
    type: dataTypes[column.type],
    fieldName: name,
    field: valuesOf(column),
    fieldId,
    isDynamic: isDynamic === true,
    validData: flagsOf(column),
  }
}

const noBytes = new Uint8Array(0)

/** A bool a row, which is its own varint; none when every row has a value. */
function flagsOf(column: Column): Uint8Array {
  if (isVectorColumn(column) || column.validity === undefined) return noBytes
  const { validity } = column
  return new Uint8Array(rowCountOf(column)).map((_, row) => (hasValue(validity, row) ? 1 : 0))
}

function valuesOf(column: Column): FieldData['field'] {
  if (isVectorColumn(column)) return { $case: 'vectors', value: vectorsOf(column) }
  return { $case: 'scalars', value: { data: plainDataOf(column) } }
}

function vectorsOf(column: VectorColumn): VectorField {
  return { dim: BigInt(column.dimension), data: vectorDataOf(column) }
}

function vectorDataOf({ type, bytes }: VectorColumn): VectorField['data'] {
  switch (type) {
    case 'FloatVector':
      return { $case: 'floatVector', value: { data: bytes } }
    case 'BinaryVector':
      return { $case: 'binaryVector', value: bytes }
    case 'Float16Vector':
      return { $case: 'float16Vector', value: bytes }
    case 'BFloat16Vector':
      return { $case: 'bfloat16Vector', value: bytes }
    case 'Int8Vector':
      return { $case: 'int8Vector', value: bytes }
    default:
      return unreachable(type)
  }
}

function plainDataOf(column: Exclude<Column, VectorColumn>): ScalarField['data'] {
  switch (column.type) {
    case 'JSON':
      return { $case: 'jsonData', value: packStrings(column) }
    case 'Array':
      return { $case: 'arrayData', value: encodeMessage(ArrayArray, arraysOf(column)) }
    default:
      return scalarDataOf(column)
  }
}

function arraysOf({ offsets, elements }: ArrayColumn): ArrayArray {
  const data: ScalarField[] = []
  for (let row = 0; row + 1 < offsets.length; row += 1) {
    const part = slicePlainColumn(elements, offsets[row] ?? 0, offsets[row + 1] ?? 0)
    data.push({ data: plainDataOf(part) })
  }
  return { data, elementType: dataTypes[elements.type] }
}

function scalarDataOf(column: ScalarColumn): ScalarField['data'] {
  switch (column.type) {
    case 'Bool':
      // A byte of 0 or 1 is its own varint.
      return { $case: 'boolData', value: { data: column.values } }
    case 'Int8':
    case 'Int16':
    case 'Int32':
      return { $case: 'intData', value: { data: packInt32(column.values) } }
    case 'Int64':
      return { $case: 'longData', value: { data: packInt64(column.values) } }
    case 'Float':
      return { $case: 'floatData', value: { data: packFloats(column.values) } }
    case 'Double':
      return { $case: 'doubleData', value: { data: packFloats(column.values) } }
    case 'VarChar':
      return { $case: 'stringData', value: packStrings(column) }
    default:
      return unreachable(column)
  }
}

export function idsOf(keys: PrimaryKeys): IDs {
  return keys.type === 'Int64'
    ? { idField: { $case: 'intId', value: { data: packInt64(keys.values) } } }
    : { idField: { $case: 'strId', value: { data: [...keys.values] } } }
}
