import {
  type CollectionSchema,
  type FieldSchema,
  isDynamicField,
} from '../../schema/collection-schema.ts'
import { dataTypes } from '../../schema/data-type.ts'
import type { FieldDraft, SchemaDraft } from '../../services/proxy/proxy.ts'
import {
  CollectionSchema as CollectionSchemaMessage,
  DataType,
  type FieldSchema as FieldSchemaMessage,
} from '../generated/milvus/schema.ts'
import { decodeMessage } from '../wire/message.ts'
import { refuseUnsupported } from './serve.ts'
import { scalarValueOf, valueFieldOf } from './value-codec.ts'

/** The schema of a CreateCollection, which comes as bytes within it; not checked yet. */
export function draftOf(bytes: Uint8Array): SchemaDraft {
  const schema = decodeMessage(CollectionSchemaMessage, 'the schema of the collection', bytes)
  refuseUnsupported({
    'Functions in a schema': schema.functions.length > 0,
    'Array of structs': schema.structArrayFields.length > 0,
    'External collection': schema.externalSource !== '' || schema.externalSpec !== '',
    'Namespace in a schema': schema.enableNamespace,
  })
  return {
    name: schema.name,
    description: schema.description,
    // The dynamic field is the server's own, whatever a client sends of it.
    fields: schema.fields
      .filter((field) => !field.isDynamic)
      .map((field) => fieldDraftOf(field, schema.autoID)),
    hasDynamicField: schema.enableDynamicField,
  }
}

export function fieldDraftOf(field: FieldSchemaMessage, isSchemaAutoId: boolean): FieldDraft {
  refuseUnsupported({
    [`Clustering key (field ${field.name})`]: field.isClusteringKey,
    [`Function output (field ${field.name})`]: field.isFunctionOutput,
    [`External field (field ${field.name})`]: field.externalField !== '',
  })
  return {
    name: field.name,
    description: field.description,
    dataType: field.dataType,
    elementType: field.elementType,
    isPrimaryKey: field.isPrimaryKey,
    isAutoId: field.autoID || (isSchemaAutoId && field.isPrimaryKey),
    isPartitionKey: field.isPartitionKey,
    isNullable: field.nullable,
    defaultValue: scalarValueOf(field.defaultValue),
    typeParams: field.typeParams,
    indexParams: field.indexParams,
  }
}

export function schemaMessageOf(schema: CollectionSchema): CollectionSchemaMessage {
  return {
    name: schema.name,
    description: schema.description,
    autoID: schema.primaryKey.isAutoId,
    fields: schema.fields
      .filter((field) => !isDynamicField(schema, field))
      .map((field) => fieldMessageOf(field, schema)),
    enableDynamicField: schema.hasDynamicField,
    properties: [...schema.properties],
    functions: [],
    dbName: '',
    structArrayFields: [],
    version: 0,
    externalSource: '',
    externalSpec: '',
    enableNamespace: false,
  }
}

function fieldMessageOf(field: FieldSchema, schema: CollectionSchema): FieldSchemaMessage {
  const isPrimaryKey = field.id === schema.primaryKey.fieldId
  return {
    fieldID: field.id,
    name: field.name,
    isPrimaryKey,
    description: field.description,
    dataType: dataTypes[field.type],
    typeParams: [...field.typeParams],
    indexParams: [...field.indexParams],
    autoID: isPrimaryKey && schema.primaryKey.isAutoId,
    elementType: field.type === 'Array' ? dataTypes[field.elementType] : DataType.None,
    defaultValue: valueFieldOf(field),
    isDynamic: false,
    isPartitionKey: field.id === schema.partitionKeyId,
    isClusteringKey: false,
    nullable: field.isNullable === true,
    isFunctionOutput: false,
    externalField: '',
  }
}
