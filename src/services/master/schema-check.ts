import { ElanusError } from '../../base/errors.ts'
import type { FieldId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import {
  type CollectionSchema,
  dynamicFieldName,
  type FieldSchema,
  isVectorField,
  type JsonField,
  type KeyValues,
  type ScalarValue,
} from '../../schema/collection-schema.ts'
import { systemFieldNames, userFieldIdMin } from '../../schema/system-fields.ts'
import { checkField } from './field-check.ts'
import { checkName } from './names.ts'
import { checkIsolation } from './properties.ts'

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
  /** Of an Array, as the type itself. */
  readonly elementType?: number | undefined
  readonly isPrimaryKey: boolean
  readonly isAutoId: boolean
  readonly isPartitionKey: boolean
  readonly isNullable: boolean
  readonly defaultValue?: ScalarValue | undefined
  readonly typeParams: KeyValues
  readonly indexParams: KeyValues
}

export interface SchemaLimits {
  readonly vectorFieldCountMax: number
}

/** INVALID_ARGUMENT for limits beyond those of the whole. */
export function checkSchemaLimits({ vectorFieldCountMax: count }: SchemaLimits): void {
  const most = limits.vectorFieldCountConfigurableMax
  if (Number.isInteger(count) && count >= 1 && count <= most) return
  throw invalid(`vectorFieldCountMax is ${count}: it is a whole number from 1 to ${most}`)
}

/** The draft as a schema that the rest may trust; INVALID_ARGUMENT names what is wrong with it. */
export function checkSchema(
  draft: SchemaDraft,
  properties: KeyValues,
  { vectorFieldCountMax }: SchemaLimits = limits,
): CollectionSchema {
  if (draft.fields.length === 0) throw invalid(`collection ${draft.name} has no field`)
  checkFieldCount(draft.fields.length)
  checkFieldNames(draft.fields)
  const fields = draft.fields.map((field, index) => checkField(field, fieldIdAt(index)))
  checkVectorCount(fields, vectorFieldCountMax)
  const partitionKeyId = checkPartitionKey(draft, fields)
  const dynamicField = draft.hasDynamicField ? [dynamicFieldOf(fieldIdAt(fields.length))] : []
  const schema = {
    name: draft.name,
    description: draft.description,
    fields: [...fields, ...dynamicField],
    primaryKey: checkPrimaryKey(draft, fields),
    hasDynamicField: draft.hasDynamicField,
    ...(partitionKeyId === undefined ? {} : { partitionKeyId }),
    properties,
  }
  checkIsolation(schema)
  return schema
}

function fieldIdAt(index: number): FieldId {
  return toId<FieldId>(userFieldIdMin + BigInt(index))
}

/** Holds the keys that no field has: a JSON object in each row. */
export function dynamicFieldOf(id: FieldId): JsonField {
  const description = 'dynamic schema'
  return { type: 'JSON', id, name: dynamicFieldName, description, typeParams: [], indexParams: [] }
}

export function checkFieldCount(count: number): void {
  if (count <= limits.fieldCountMax) return
  throw invalid(`maximum field's number should be limited to ${limits.fieldCountMax}, got ${count}`)
}

function checkFieldNames(fields: readonly FieldDraft[]): void {
  const seen = new Set<string>()
  for (const { name } of fields) {
    checkFieldName(name)
    if (seen.has(name)) throw invalid(`duplicated field name: ${name}`)
    seen.add(name)
  }
}

export function checkFieldName(name: string): void {
  checkName('field', name)
  if (systemFieldNames.some((reserved) => reserved === name)) {
    throw invalid(`field name ${name} is reserved for the system`)
  }
}

function checkVectorCount(fields: readonly FieldSchema[], countMax: number): void {
  const vectorCount = fields.filter(isVectorField).length
  if (vectorCount === 0) throw invalid('schema does not contain vector field')
  if (vectorCount > countMax) {
    throw invalid(
      `maximum vector field's number should be limited to ${countMax}, got ${vectorCount}`,
    )
  }
}

function checkPartitionKey(
  draft: SchemaDraft,
  fields: readonly FieldSchema[],
): FieldId | undefined {
  const [partitionKey, second] = draft.fields.filter((field) => field.isPartitionKey)
  if (partitionKey === undefined) return undefined
  if (second !== undefined) {
    throw invalid(
      `there are more than one partition key, field name = ${partitionKey.name}, ${second.name}`,
    )
  }
  if (partitionKey.isPrimaryKey) throw invalid('the partition key field must not be primary field')
  const field = fields.find(({ name }) => name === partitionKey.name)
  if (field?.type !== 'Int64' && field?.type !== 'VarChar') {
    throw invalid(
      `the data type of partition key should be Int64 or VarChar, field ${partitionKey.name} is ` +
        `${field?.type}`,
    )
  }
  return field.id
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
  if (field?.type !== 'Int64' && field?.type !== 'VarChar') {
    throw invalid(
      `the data type of primary key should be Int64 or VarChar, field ${primaryKey.name} is ` +
        `${field?.type}`,
    )
  }
  return { fieldId: field.id, type: field.type, isAutoId: primaryKey.isAutoId }
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
