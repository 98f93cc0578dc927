import type { CollectionSchema, FieldSchema } from '../../schema/collection-schema.ts'
import { dataTypes } from '../../schema/data-type.ts'
import type { FieldDraft, SchemaDraft } from '../../services/proxy/proxy.ts'
import {
  CollectionSchema as CollectionSchemaMessage,
  DataType,
  type FieldSchema as FieldSchemaMessage,
} from '../generated/milvus/schema.ts'
import { decodeMessage } from '../wire/message.ts'
import { refuseUnsupported } from './serve.ts'

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
    fields: schema.fields.map((field) => fieldDraftOf(field, schema.autoID)),
    hasDynamicField: schema.enableDynamicField,
  }
}

function fieldDraftOf(field: FieldSchemaMessage, isSchemaAutoId: boolean): FieldDraft {
  refuseUnsupported({
    [`Clustering key (field ${field.name})`]: field.isClusteringKey,
    [`Function output (field ${field.name})`]: field.isFunctionOutput,
    [`External field (field ${field.name})`]: field.externalField !== '',
    [`Dynamic field (field ${field.name})`]: field.isDynamic,
  })
  return {
    name: field.name,
    description: field.description,
    dataType: field.dataType,
    isPrimaryKey: field.isPrimaryKey,
    isAutoId: field.autoID || (isSchemaAutoId && field.isPrimaryKey),
    isPartitionKey: field.isPartitionKey,
    isNullable: field.nullable,
    hasDefaultValue: field.defaultValue !== undefined,
    typeParams: field.typeParams,
    indexParams: field.indexParams,
  }
}

export function schemaMessageOf(schema: CollectionSchema): CollectionSchemaMessage {
  return {
    name: schema.name,
    description: schema.description,
    autoID: schema.primaryKey.isAutoId,
    fields: schema.fields.map((field) => fieldMessageOf(field, schema)),
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
    elementType: DataType.None,
    isDynamic: false,
    isPartitionKey: false,
    isClusteringKey: false,
    nullable: false,
    isFunctionOutput: false,
    externalField: '',
  }
}
