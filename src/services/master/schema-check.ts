import { ElanusError } from '../../base/errors.ts'
import type { FieldId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type { CollectionSchema, FieldSchema, KeyValues } from '../../schema/collection-schema.ts'
import { type DataTypeName, dataTypes, isVectorType } from '../../schema/data-type.ts'
import { systemFieldNames, userFieldIdMin } from '../../schema/system-fields.ts'
import { checkName } from './names.ts'

/** A schema as a client drew it: names and types are not checked yet, ids not assigned. */
export interface SchemaDraft {
  readonly name: string
  readonly description: string
  readonly fields: readonly FieldDraft[]
  readonly hasDynamicField: boolean
}

export interface FieldDraft {
  readonly name: string
  readonly description: string
  /** Milvus's number; one that is unknown or not supported is refused with its name or number. */
  readonly dataType: number
  readonly isPrimaryKey: boolean
  readonly isAutoId: boolean
  readonly isPartitionKey: boolean
  readonly isNullable: boolean
  readonly hasDefaultValue: boolean
  readonly typeParams: KeyValues
  readonly indexParams: KeyValues
}

/** The draft as a schema that the rest may trust; INVALID_ARGUMENT names what is wrong with it. */
export function checkSchema(draft: SchemaDraft, properties: KeyValues): CollectionSchema {
  if (draft.hasDynamicField) {
    throw invalid(`collection ${draft.name}: the dynamic field is not supported`)
  }
  if (draft.fields.length === 0) throw invalid(`collection ${draft.name} has no field`)
  if (draft.fields.length > limits.fieldCountMax) {
    throw invalid(
      `maximum field's number should be limited to ${limits.fieldCountMax}, got ${draft.fields.length}`,
    )
  }
  checkFieldNames(draft.fields)
  const fields = draft.fields.map((field, index) => checkField(field, index))
  checkVectors(fields)
  const primaryKey = checkPrimaryKey(draft, fields)
  return {
    name: draft.name,
    description: draft.description,
    fields,
    primaryKey,
    hasDynamicField: draft.hasDynamicField,
    properties,
  }
}

function checkFieldNames(fields: readonly FieldDraft[]): void {
  const seen = new Set<string>()
  for (const { name } of fields) {
    checkName('field', name)
    if (systemFieldNames.some((reserved) => reserved === name)) {
      throw invalid(`field name ${name} is reserved for the system`)
    }
    if (seen.has(name)) throw invalid(`duplicated field name: ${name}`)
    seen.add(name)
  }
}

function checkField(draft: FieldDraft, index: number): FieldSchema {
  const type = typeNameOf(draft)
  if (draft.isNullable) throw unsupported(draft, 'nullable')
  if (draft.hasDefaultValue) throw unsupported(draft, 'a default value')
  if (draft.isPartitionKey) throw unsupported(draft, 'a partition key')
  const common = {
    id: toId<FieldId>(userFieldIdMin + BigInt(index)),
    name: draft.name,
    description: draft.description,
    typeParams: draft.typeParams,
    indexParams: draft.indexParams,
  }
  switch (type) {
    case 'VarChar':
      return { ...common, type, lengthMax: checkLength(draft) }
    case 'FloatVector':
      return { ...common, type, dimension: checkDimension(draft) }
    default:
      return { ...common, type }
  }
}

function typeNameOf(draft: FieldDraft): DataTypeName {
  for (const name of Object.keys(dataTypes)) {
    if (isDataTypeName(name) && dataTypes[name] === draft.dataType) return name
  }
  throw invalid(
    `field ${draft.name}: data type ${draft.dataType} is not supported, ` +
      `use one of ${Object.keys(dataTypes).join(', ')}`,
  )
}

function isDataTypeName(name: string): name is DataTypeName {
  return Object.hasOwn(dataTypes, name)
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

function checkDimension(draft: FieldDraft): number {
  const given = paramOf(draft, 'dim')
  if (given === undefined) {
    throw invalid(
      `dimension is not defined in field type params of field ${draft.name}, check type param dim`,
    )
  }
  const dimension = wholeNumber(given)
  if (
    dimension === undefined ||
    dimension < limits.dimensionMin ||
    dimension > limits.dimensionMax
  ) {
    throw invalid(
      `invalid dimension: ${given} of field ${draft.name}. ` +
        `it should be in range ${limits.dimensionMin} to ${limits.dimensionMax}`,
    )
  }
  return dimension
}

function paramOf(draft: FieldDraft, key: string): string | undefined {
  return draft.typeParams.find((param) => param.key === key)?.value
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined
}

function checkVectors(fields: readonly FieldSchema[]): void {
  const vectorCount = fields.filter((field) => isVectorType(field.type)).length
  if (vectorCount === 0) throw invalid('schema does not contain vector field')
  if (vectorCount > limits.vectorFieldCountMax) {
    throw invalid(
      `maximum vector field's number should be limited to ${limits.vectorFieldCountMax}, got ${vectorCount}`,
    )
  }
}

function checkPrimaryKey(
  draft: SchemaDraft,
  fields: readonly FieldSchema[],
): CollectionSchema['primaryKey'] {
  const primaryKeys = draft.fields.filter((field) => field.isPrimaryKey)
  if (primaryKeys.length > 1) {
    throw invalid(
      `there are more than one primary key, fields ${primaryKeys.map(({ name }) => name).join(', ')}`,
    )
  }
  const [primaryKey] = primaryKeys
  if (primaryKey === undefined) throw invalid('primary key is not specified')
  const stray = draft.fields.find((field) => field.isAutoId && !field.isPrimaryKey)
  if (stray !== undefined) {
    throw invalid(`only primary field can speficy AutoID with true, field name = ${stray.name}`)
  }
  const field = fields.find(({ name }) => name === primaryKey.name)
  if (field === undefined || (field.type !== 'Int64' && field.type !== 'VarChar')) {
    throw invalid(
      `the data type of primary key should be Int64 or VarChar, field ${primaryKey.name} is ` +
        `${field?.type}`,
    )
  }
  return { fieldId: field.id, type: field.type, isAutoId: primaryKey.isAutoId }
}

function unsupported(draft: FieldDraft, what: string): ElanusError {
  return invalid(`field ${draft.name}: ${what} is not supported`)
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
