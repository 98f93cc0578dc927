import type { CollectionSchema, FieldSchema } from '../../schema/collection-schema.ts'
import { type DataTypeName, dataTypes } from '../../schema/data-type.ts'
import type { FieldDraft, SchemaDraft } from '../master/schema-check.ts'
import {
  DataType,
  type FieldSchema as WireField,
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
  FloatVector: DataType.VECTOR_FLOAT,
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
  }
}

/**
 * A wire schema as a draft, unchecked. The oldest form marks no primary key where ids are automatic:
 * then the row id is the key, and gets a field of its own to be it.
 */
export function draftOf(wire: WireSchema): SchemaDraft {
  const isKeyless = wire.autoID && !wire.fields.some((field) => field.isPrimaryKey)
  const fields = wire.fields.map((field) => fieldDraft(field, wire.autoID))
  return {
    name: wire.name,
    description: wire.description,
    fields: isKeyless ? [rowIdField, ...fields] : fields,
    hasDynamicField: wire.enableDynamicField,
  }
}

const draftDefaults = {
  isPartitionKey: false,
  isNullable: false,
  hasDefaultValue: false,
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
    isPrimaryKey: field.isPrimaryKey,
    isAutoId: field.autoID || (isSchemaAutoId && field.isPrimaryKey),
    typeParams: field.typeParams,
    indexParams: field.indexParams,
  }
}
