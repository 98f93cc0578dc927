import { unreachable } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { DataTypeName } from '../../schema/data-type.ts'
import type { NamedColumn, WireColumn } from '../../services/proxy/proxy.ts'
import { DataType, type FieldData } from '../generated/milvus/schema.ts'
import { unpackStrings } from '../wire/packed-strings.ts'
import { unpackBool, unpackInt32, unpackInt64 } from '../wire/packed-varints.ts'
import { refuseUnsupported } from './serve.ts'

const float32SizeBytes = Float32Array.BYTES_PER_ELEMENT
const float64SizeBytes = Float64Array.BYTES_PER_ELEMENT

/**
 * The columns of an insert, each with `rowCount` values; vectors and floats are views of the request.
 * INVALID_ARGUMENT names the field that has another number of values, or of another type than it
 * says.
 */
export function columnsOf(fields: readonly FieldData[], rowCount: number): NamedColumn[] {
  if (rowCount > limits.batchRowCountMax) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot insert ${rowCount} rows at once: the most is ${limits.batchRowCountMax}`,
    )
  }
  return fields.map((field) => ({ name: field.fieldName, column: columnOf(field, rowCount) }))
}

function columnOf(field: FieldData, rowCount: number): WireColumn {
  refuseUnsupported({
    [`Dynamic field (${field.fieldName})`]: field.isDynamic,
    [`Null (field ${field.fieldName})`]: field.validData.includes(0),
  })
  const typeName = typeNames[field.type]
  if (typeName === undefined) {
    const name = Object.entries(DataType).find(([, number]) => number === field.type)?.[0]
    throw new ElanusError(
      'UNIMPLEMENTED',
      `Data type ${name ?? field.type} (field ${field.fieldName}) is not supported yet`,
    )
  }
  try {
    return typeName === 'FloatVector'
      ? vectorColumn(field, rowCount)
      : scalarColumn(field, typeName, rowCount)
  } catch (cause) {
    if (!(cause instanceof ElanusError)) throw cause
    throw new ElanusError(
      cause.code,
      `the num_rows or the data of field (${field.fieldName}) does not fit ${rowCount} rows ` +
        `of ${typeName}: ${cause.message}`,
      { cause },
    )
  }
}

const typeNames: Readonly<Partial<Record<number, DataTypeName>>> = {
  [DataType.Bool]: 'Bool',
  [DataType.Int8]: 'Int8',
  [DataType.Int16]: 'Int16',
  [DataType.Int32]: 'Int32',
  [DataType.Int64]: 'Int64',
  [DataType.Float]: 'Float',
  [DataType.Double]: 'Double',
  [DataType.VarChar]: 'VarChar',
  [DataType.FloatVector]: 'FloatVector',
}

function vectorColumn(field: FieldData, rowCount: number): WireColumn {
  const vectors = field.field?.$case === 'vectors' ? field.field.value : undefined
  if (vectors?.data?.$case !== 'floatVector') throw wrong('it holds no float vectors')
  // A dimension beyond the limit is wrong whatever the schema says, and would lose its exact value.
  if (vectors.dim < 1n || vectors.dim > BigInt(limits.dimensionMax)) {
    throw wrong(`invalid dimension: ${vectors.dim}`)
  }
  const dimension = Number(vectors.dim)
  const { data: bytes } = vectors.data.value
  checkSize(bytes, rowCount * dimension * float32SizeBytes)
  return { kind: 'floatVector', typeName: 'FloatVector', dimension, bytes }
}

function scalarColumn(field: FieldData, typeName: DataTypeName, rowCount: number): WireColumn {
  const data = field.field?.$case === 'scalars' ? field.field.value.data : undefined
  switch (data?.$case) {
    case 'boolData':
      return { kind: 'bool', typeName, values: unpackBool(data.value.data, rowCount) }
    case 'intData':
      return { kind: 'int32', typeName, values: unpackInt32(data.value.data, rowCount) }
    case 'longData':
      return { kind: 'int64', typeName, values: unpackInt64(data.value.data, rowCount) }
    case 'floatData':
      checkSize(data.value.data, rowCount * float32SizeBytes)
      return { kind: 'float', typeName, bytes: data.value.data }
    case 'doubleData':
      checkSize(data.value.data, rowCount * float64SizeBytes)
      return { kind: 'double', typeName, bytes: data.value.data }
    case 'stringData':
      return { kind: 'string', typeName, ...unpackStrings(data.value, rowCount) }
    case undefined:
      throw wrong('it holds no scalars of a type that is supported')
    default:
      return unreachable(data)
  }
}

function checkSize(bytes: Uint8Array, sizeBytes: number): void {
  if (bytes.byteLength !== sizeBytes) {
    throw wrong(`it holds ${bytes.byteLength} bytes, not ${sizeBytes}`)
  }
}

function wrong(what: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', what)
}
