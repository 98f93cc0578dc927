import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { dynamicFieldName } from '../../schema/collection-schema.ts'
import {
  type DataTypeName,
  dataTypeOf,
  isVectorType,
  type VectorTypeName,
  vectorRowSizeBytes,
} from '../../schema/data-type.ts'
import { type Validity, validityOf } from '../../schema/validity.ts'
import type { NamedColumn, WireColumn } from '../../services/proxy/proxy.ts'
import { DataType, type FieldData, type VectorField } from '../generated/milvus/schema.ts'
import { unpackBool } from '../wire/packed-varints.ts'
import { scalarColumn, valueCountOf } from './scalar-decoder.ts'
import { spread } from './spread-values.ts'

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
  return fields.map((field) => namedColumn(field, rowCount))
}

function namedColumn(field: FieldData, rowCount: number): NamedColumn {
  // Some clients leave the name of the dynamic field out.
  const name = field.isDynamic ? dynamicFieldName : field.fieldName
  const typeName = typeNameOf(field)
  try {
    if (isVectorType(typeName)) return { name, column: vectorColumn(field, typeName, rowCount) }
    return { name, ...plainColumn(field, typeName, rowCount) }
  } catch (cause) {
    if (!(cause instanceof ElanusError)) throw cause
    throw new ElanusError(
      cause.code,
      `the num_rows or the data of field (${name}) does not fit ${rowCount} rows ` +
        `of ${typeName}: ${cause.message}`,
      { cause },
    )
  }
}

function typeNameOf(field: FieldData): DataTypeName {
  const typeName = dataTypeOf(field.type)
  if (typeName !== undefined) return typeName
  const name = Object.entries(DataType).find(([, number]) => number === field.type)?.[0]
  throw new ElanusError(
    'UNIMPLEMENTED',
    `Data type ${name ?? field.type} (field ${field.fieldName}) is not supported yet`,
  )
}

function vectorColumn(field: FieldData, typeName: VectorTypeName, rowCount: number): WireColumn {
  const vectors = field.field?.$case === 'vectors' ? field.field.value : undefined
  if (vectors === undefined) throw wrong('it holds no vectors')
  if (validityIn(field, rowCount) !== undefined) throw wrong('vector type not support null')
  // A dimension beyond the limit is wrong whatever the schema says, and would lose its exact value.
  if (vectors.dim < 1n || vectors.dim > 8n * BigInt(limits.dimensionMax)) {
    throw wrong(`invalid dimension: ${vectors.dim}`)
  }
  const dimension = Number(vectors.dim)
  const bytes = bytesOfVectors(vectors, typeName)
  const sizeBytes = rowCount * vectorRowSizeBytes(typeName, dimension)
  if (bytes.byteLength !== sizeBytes) {
    throw wrong(`it holds ${bytes.byteLength} bytes, not ${sizeBytes}`)
  }
  return { kind: 'vector', typeName, dimension, bytes }
}

const vectorCases = {
  BinaryVector: 'binaryVector',
  FloatVector: 'floatVector',
  Float16Vector: 'float16Vector',
  BFloat16Vector: 'bfloat16Vector',
  Int8Vector: 'int8Vector',
} as const satisfies Record<VectorTypeName, string>

function bytesOfVectors({ data }: VectorField, typeName: VectorTypeName): Uint8Array {
  if (data === undefined || data.$case !== vectorCases[typeName]) {
    throw wrong(`it holds ${data?.$case ?? 'no vectors'}`)
  }
  return data.$case === 'floatVector' ? data.value.data : data.value
}

/** Values for each row, or, of rows of which some have none, for those that have one. */
function plainColumn(
  field: FieldData,
  typeName: DataTypeName,
  rowCount: number,
): Pick<NamedColumn, 'column' | 'validity'> {
  const data = field.field?.$case === 'scalars' ? field.field.value.data : undefined
  const flags = flagsIn(field, rowCount)
  const validity = flags && validityOf(rowCount, (row) => flags[row] === 1)
  if (flags === undefined || validity === undefined) {
    return { column: scalarColumn(data, typeName, rowCount) }
  }
  // Clients send zeros in the place of nulls; some leave those out.
  if (valueCountOf(data) === rowCount) {
    return { column: scalarColumn(data, typeName, rowCount), validity }
  }
  const validCount = flags.reduce((sum, flag) => sum + flag, 0)
  const packed = scalarColumn(data, typeName, validCount)
  return { column: spread(packed, flags), validity }
}

function validityIn(field: FieldData, rowCount: number): Validity | undefined {
  const flags = flagsIn(field, rowCount)
  return flags && validityOf(rowCount, (row) => flags[row] === 1)
}

/** One byte a row, 0 where it has no value; undefined when the client does not say. */
function flagsIn(field: FieldData, rowCount: number): Uint8Array | undefined {
  const newer = field.field?.value.validData
  const packed = field.validData.length > 0 ? field.validData : newer
  if (packed === undefined || packed.length === 0) return undefined
  return unpackBool(packed, rowCount)
}

function wrong(what: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', what)
}
