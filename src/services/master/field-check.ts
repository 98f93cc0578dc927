import { ElanusError } from '../../base/errors.ts'
import type { FieldId } from '../../base/int64.ts'
import { int64Max, int64Min } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type { FieldSchema, ScalarValue } from '../../schema/collection-schema.ts'
import {
  type DataTypeName,
  dataTypeOf,
  dataTypes,
  isScalarType,
  isVectorType,
  type ScalarTypeName,
} from '../../schema/data-type.ts'
import type { FieldDraft } from './schema-check.ts'

/** One field, without what it means to others; INVALID_ARGUMENT names what is wrong with it. */
export function checkField(draft: FieldDraft, id: FieldId): FieldSchema {
  const type = typeOf(draft)
  checkNullable(draft, type)
  const { name, description, typeParams, indexParams } = draft
  const isNullable = draft.isNullable ? { isNullable: true } : {}
  const common = { id, name, description, typeParams, indexParams, ...isNullable }
  if (isVectorType(type)) return { ...common, type, dimension: checkDimension(draft, type) }
  if (type === 'JSON') return { ...common, type }
  if (type === 'Array') return { ...common, type, ...checkArray(draft) }
  const lengthMax = type === 'VarChar' ? checkLength(draft) : 0
  const { defaultValue } = draft
  if (defaultValue !== undefined) checkDefault(draft, { type, lengthMax }, defaultValue)
  const withDefault = defaultValue === undefined ? common : { ...common, defaultValue }
  return type === 'VarChar' ? { ...withDefault, type, lengthMax } : { ...withDefault, type }
}

function typeOf(draft: FieldDraft): DataTypeName {
  const type = dataTypeOf(draft.dataType)
  if (type !== undefined) return type
  throw invalid(
    `field ${draft.name}: data type ${draft.dataType} is not supported, ` +
      `use one of ${Object.keys(dataTypes).join(', ')}`,
  )
}

function checkNullable(draft: FieldDraft, type: DataTypeName): void {
  const { name, isNullable, isPrimaryKey, isPartitionKey, defaultValue } = draft
  const hasDefault = defaultValue !== undefined
  if (isPrimaryKey && isNullable) throw invalid(`primary field not support null, name: ${name}`)
  if (isPrimaryKey && hasDefault) {
    throw invalid(`primary field not support default_value, name: ${name}`)
  }
  if (isPartitionKey && isNullable) {
    throw invalid(`partition key field not support nullable, name: ${name}`)
  }
  if (isVectorType(type) && isNullable) {
    throw invalid(`vector type not support null, type: ${type}, name: ${name}`)
  }
  if (!isScalarType(type) && hasDefault) {
    throw invalid(`type not support default_value, type: ${type}, name: ${name}`)
  }
}

interface PlainType {
  readonly type: ScalarTypeName
  readonly lengthMax: number
}

function checkDefault(draft: FieldDraft, { type, lengthMax }: PlainType, value: ScalarValue): void {
  const expected = kindsOf[type]
  if (value.kind !== expected) {
    throw invalid(
      `type (${type}) of field (${draft.name}) is not equal to the type(${value.kind}) of default_value`,
    )
  }
  if (value.kind === 'integer') checkIntegerDefault(draft, type, value.value)
  if (value.kind === 'number' && !Number.isFinite(value.value)) {
    throw invalid(
      `default_value ${value.value} of field (${draft.name}) is not a number or infinite`,
    )
  }
  if (value.kind !== 'text') return
  const length = Buffer.byteLength(value.value, 'utf8')
  if (length <= lengthMax) return
  throw invalid(
    `the length (${length}) of string exceeds max length (${lengthMax}), field: ${draft.name}`,
  )
}

function checkIntegerDefault(draft: FieldDraft, type: ScalarTypeName, value: bigint): void {
  const [least, greatest] = rangeOf(type)
  if (value >= least && value <= greatest) return
  throw invalid(
    `[${value}] of default_value is out of range of ${type} of field (${draft.name}): ` +
      `${least} to ${greatest}`,
  )
}

function rangeOf(type: ScalarTypeName): readonly [bigint, bigint] {
  switch (type) {
    case 'Int8':
      return [-128n, 127n]
    case 'Int16':
      return [-32_768n, 32_767n]
    case 'Int32':
      return [-2_147_483_648n, 2_147_483_647n]
    default:
      return [int64Min, int64Max]
  }
}

const kindsOf: Readonly<Record<ScalarTypeName, ScalarValue['kind']>> = {
  Bool: 'bool',
  Int8: 'integer',
  Int16: 'integer',
  Int32: 'integer',
  Int64: 'integer',
  Float: 'number',
  Double: 'number',
  VarChar: 'text',
}

function checkArray(draft: FieldDraft): {
  readonly elementType: ScalarTypeName
  readonly capacityMax: number
  readonly lengthMax?: number
} {
  const elementType = dataTypeOf(draft.elementType ?? 0)
  if (elementType === undefined || !isScalarType(elementType)) {
    throw invalid(
      `element type ${elementType ?? draft.elementType ?? 0} is not supported, ` +
        `field: ${draft.name}`,
    )
  }
  const given = paramOf(draft, 'max_capacity')
  if (given === undefined) {
    throw invalid(`type param(max_capacity) should be specified for array field ${draft.name}`)
  }
  const capacityMax = wholeNumber(given)
  if (capacityMax === undefined || capacityMax < 1 || capacityMax > limits.arrayCapacityMax) {
    throw invalid(
      `the maximum capacity specified for the field(${draft.name}) should be in ` +
        `(0, ${limits.arrayCapacityMax}], but got ${given}`,
    )
  }
  if (elementType !== 'VarChar') return { elementType, capacityMax }
  return { elementType, capacityMax, lengthMax: checkLength(draft) }
}

function checkLength(draft: FieldDraft): number {
  const given = paramOf(draft, 'max_length')
  if (given === undefined) {
    throw invalid(`type param(max_length) should be specified for the field(${draft.name})`)
  }
  const length = wholeNumber(given)
  if (length === undefined || length < 1 || length > limits.varCharLengthMax) {
    throw invalid(
      `the maximum length specified for the field(${draft.name}) should be in ` +
        `(0, ${limits.varCharLengthMax}], but got ${given}`,
    )
  }
  return length
}

function checkDimension(draft: FieldDraft, type: DataTypeName): number {
  const given = paramOf(draft, 'dim')
  if (given === undefined) {
    throw invalid(
      `dimension is not defined in field type params of field ${draft.name}, check type param dim`,
    )
  }
  const dimension = wholeNumber(given)
  // Eight bits take the place of one number.
  const scale = type === 'BinaryVector' ? 8 : 1
  const most = limits.dimensionMax * scale
  if (dimension === undefined || dimension < limits.dimensionMin || dimension > most) {
    throw invalid(
      `invalid dimension: ${given} of field ${draft.name}. ` +
        `it should be in range ${limits.dimensionMin} to ${most}`,
    )
  }
  if (dimension % scale === 0) return dimension
  throw invalid(
    `invalid dimension: ${given} of field ${draft.name}. bin vector dimension should be multiple of 8`,
  )
}

function paramOf(draft: FieldDraft, key: string): string | undefined {
  return draft.typeParams.find((param) => param.key === key)?.value
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
