import { present } from '../../base/assert.ts'
import type { FieldId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import {
  type CollectionSchema,
  type FieldSchema,
  isDynamicField,
  type ScalarValue,
} from '../../schema/collection-schema.ts'
import { type DataTypeName, dataTypes } from '../../schema/data-type.ts'
import { defaultOf } from '../../schema/default-column.ts'
import { checkSchema, type FieldDraft, type SchemaDraft } from '../master/schema-check.ts'
import {
  DataType,
  type FieldSchema as WireField,
  type ScalarValue as WireScalarValue,
  type CollectionSchema as WireSchema,
} from './schema-messages.ts'

const wireTypes: Readonly<Record<DataTypeName, DataType>> = {
  Bool: DataType.BOOL,
  Int8: DataType.INT8,
  Int16: DataType.INT16,
  Int32: DataType.INT32,
  Int64: DataType.INT64,
  Float: DataType.FLOAT,
  Double: DataType.DOUBLE,
  VarChar: DataType.VARCHAR,
  Array: DataType.ARRAY,
  JSON: DataType.JSON,
  BinaryVector: DataType.VECTOR_BINARY,
  FloatVector: DataType.VECTOR_FLOAT,
  Float16Vector: DataType.VECTOR_FLOAT16,
  BFloat16Vector: DataType.VECTOR_BFLOAT16,
  Int8Vector: DataType.VECTOR_INT8,
}

/** A schema as the wire has it. The system's own fields are not shown. */
export function wireSchema(schema: CollectionSchema): WireSchema {
  return {
    name: schema.name,
    description: schema.description,
    autoID: schema.primaryKey.isAutoId,
    fields: schema.fields.map((field) => wireField(field, schema)),
    enableDynamicField: schema.hasDynamicField,
  }
}

function wireField(field: FieldSchema, schema: CollectionSchema): WireField {
  const isPrimaryKey = field.id === schema.primaryKey.fieldId
  return {
    fieldID: field.id,
    name: field.name,
    isPrimaryKey,
    description: field.description,
    dataType: wireTypes[field.type],
    typeParams: [...field.typeParams],
    indexParams: [...field.indexParams],
    autoID: isPrimaryKey && schema.primaryKey.isAutoId,
    elementType: field.type === 'Array' ? wireTypes[field.elementType] : DataType.NONE,
    defaultValue: wireValue(defaultOf(field)),
    isDynamic: isDynamicField(schema, field),
    isPartitionKey: field.id === schema.partitionKeyId,
    nullable: field.isNullable === true,
  }
}

function wireValue(value: ScalarValue | undefined): WireScalarValue | undefined {
  switch (value?.kind) {
    case undefined:
      return undefined
    case 'bool':
      return { value: { $case: 'boolValue', value: value.value } }
    case 'integer':
      return { value: { $case: 'integerValue', value: value.value } }
    case 'number':
      return { value: { $case: 'numberValue', value: value.value } }
    case 'text':
      return { value: { $case: 'textValue', value: value.value } }
  }
}

function valueOf(wire: WireScalarValue | undefined): ScalarValue | undefined {
  switch (wire?.value?.$case) {
    case undefined:
      return undefined
    case 'boolValue':
      return { kind: 'bool', value: wire.value.value }
    case 'integerValue':
      return { kind: 'integer', value: wire.value.value }
    case 'numberValue':
      return { kind: 'number', value: wire.value.value }
    case 'textValue':
      return { kind: 'text', value: wire.value.value }
  }
}

/**
 * A wire schema as a draft, unchecked. The oldest form marks no primary key where ids are automatic:
 * then the row id is the key, and gets a field of its own to be it.
 */
export function draftOf(wire: WireSchema): SchemaDraft {
  const isKeyless = wire.autoID && !wire.fields.some((field) => field.isPrimaryKey)
  // The dynamic field is the server's own, whatever a client sends of it.
  const given = wire.fields.filter((field) => !field.isDynamic)
  const fields = given.map((field) => fieldDraft(field, wire.autoID))
  return {
    name: wire.name,
    description: wire.description,
    fields: isKeyless ? [rowIdField, ...fields] : fields,
    hasDynamicField: wire.enableDynamicField,
  }
}

/** A schema that the master has checked, as another process sees it: with its ids, in its order. */
export function schemaOf(wire: WireSchema): CollectionSchema {
  const limitsOfAll = { vectorFieldCountMax: limits.vectorFieldCountConfigurableMax }
  const schema = checkSchema(draftOf(wire), [], limitsOfAll)
  // Fields that came later do not have the ids and places that a new schema would give them.
  const byName = new Map(schema.fields.map((field) => [field.name, field]))
  const fields = wire.fields.map(({ name, fieldID }) => {
    const field = present(byName.get(name), 'a checked schema has every field')
    return { ...field, id: toId<FieldId>(fieldID) }
  })
  const idOf = (id: FieldId): FieldId => {
    const name = schema.fields.find((field) => field.id === id)?.name
    return fields.find((field) => field.name === name)?.id ?? id
  }
  const { primaryKey, partitionKeyId } = schema
  return {
    ...schema,
    fields,
    primaryKey: { ...primaryKey, fieldId: idOf(primaryKey.fieldId) },
    ...(partitionKeyId === undefined ? {} : { partitionKeyId: idOf(partitionKeyId) }),
  }
}

const draftDefaults = {
  isPartitionKey: false,
  isNullable: false,
  typeParams: [],
  indexParams: [],
} as const

const rowIdField: FieldDraft = {
  ...draftDefaults,
  name: 'row_id',
  description: 'The row id, which is the primary key',
  dataType: dataTypes.Int64,
  isPrimaryKey: true,
  isAutoId: true,
}

function fieldDraft(field: WireField, isSchemaAutoId: boolean): FieldDraft {
  return {
    ...draftDefaults,
    name: field.name,
    description: field.description,
    // The first Milvus called it STRING.
    dataType: field.dataType === DataType.STRING ? dataTypes.VarChar : field.dataType,
    elementType: field.elementType,
    isPartitionKey: field.isPartitionKey,
    isNullable: field.nullable,
    defaultValue: valueOf(field.defaultValue),
    isPrimaryKey: field.isPrimaryKey,
    isAutoId: field.autoID || (isSchemaAutoId && field.isPrimaryKey),
    typeParams: field.typeParams,
    indexParams: field.indexParams,
  }
}
