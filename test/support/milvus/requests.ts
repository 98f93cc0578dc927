import { PlaceholderGroup, PlaceholderType } from '../../../src/rpc/generated/milvus/common.ts'
import type {
  CreateCollectionRequest,
  InsertRequest,
  QueryRequest,
  SearchRequest,
} from '../../../src/rpc/generated/milvus/milvus.ts'
import {
  CollectionSchema,
  DataType,
  type FieldData,
  type FieldSchema,
} from '../../../src/rpc/generated/milvus/schema.ts'
import { packFloats } from '../../../src/rpc/wire/packed-floats.ts'
import { packInt64 } from '../../../src/rpc/wire/packed-varints.ts'

/** Requests as a client makes them, to change one thing of. */
export const emptyField: FieldSchema = {
  fieldID: 0n,
  name: '',
  isPrimaryKey: false,
  description: '',
  dataType: DataType.None,
  typeParams: [],
  indexParams: [],
  autoID: false,
  elementType: DataType.None,
  isDynamic: false,
  isPartitionKey: false,
  isClusteringKey: false,
  nullable: false,
  isFunctionOutput: false,
  externalField: '',
}

export const keyField: FieldSchema = {
  ...emptyField,
  name: 'id',
  isPrimaryKey: true,
  dataType: DataType.Int64,
}

export const vectorField: FieldSchema = {
  ...emptyField,
  name: 'vector',
  dataType: DataType.FloatVector,
  typeParams: [{ key: 'dim', value: '2' }],
}

export function schemaOf(fields: readonly FieldSchema[], name = 'rows'): CollectionSchema {
  return {
    name,
    description: '',
    autoID: false,
    fields: [...fields],
    enableDynamicField: false,
    properties: [],
    functions: [],
    dbName: '',
    structArrayFields: [],
    version: 0,
    externalSource: '',
    externalSpec: '',
    enableNamespace: false,
  }
}

export function createRequest(
  schema: CollectionSchema = schemaOf([keyField, vectorField]),
): CreateCollectionRequest {
  return {
    dbName: '',
    collectionName: schema.name,
    schema: CollectionSchema.encode(schema).finish(),
    shardsNum: 1,
    consistencyLevel: 2,
    properties: [],
    numPartitions: 0n,
  }
}

const columnFacts = { fieldId: 0n, isDynamic: false, validData: new Uint8Array(0) }

export function keyColumn(ids: readonly bigint[], fieldName = 'id'): FieldData {
  return {
    ...columnFacts,
    type: DataType.Int64,
    fieldName,
    field: {
      $case: 'scalars',
      value: { data: { $case: 'longData', value: { data: packInt64(ids) } } },
    },
  }
}

export function vectorColumn(floats: readonly number[], dim = 2n): FieldData {
  return {
    ...columnFacts,
    type: DataType.FloatVector,
    fieldName: 'vector',
    field: {
      $case: 'vectors',
      value: {
        dim,
        data: { $case: 'floatVector', value: { data: packFloats(Float32Array.from(floats)) } },
      },
    },
  }
}

export function insertRequest(fieldsData: readonly FieldData[], numRows: number): InsertRequest {
  return {
    dbName: '',
    collectionName: 'rows',
    partitionName: '',
    fieldsData: [...fieldsData],
    numRows,
    schemaTimestamp: 0n,
    rlsPrincipal: '',
  }
}

export function placeholderGroup(
  vectors: readonly (readonly number[])[],
  type: PlaceholderType = PlaceholderType.FloatVector,
): Uint8Array {
  const values = vectors.map((vector) => packFloats(Float32Array.from(vector)))
  const placeholders = [{ tag: '$0', type, values, elementLevel: false }]
  return PlaceholderGroup.encode({ placeholders }).finish()
}

export function searchRequest(
  vectors: readonly (readonly number[])[],
  params: Readonly<Record<string, string>> = {},
): SearchRequest {
  return {
    dbName: '',
    collectionName: 'rows',
    partitionNames: [],
    dsl: '',
    placeholderGroup: placeholderGroup(vectors),
    dslType: 1,
    outputFields: ['*'],
    searchParams: Object.entries({ anns_field: 'vector', topk: '10', params: '{}', ...params }).map(
      ([key, value]) => ({ key, value }),
    ),
    travelTimestamp: 0n,
    guaranteeTimestamp: 0n,
    nq: BigInt(vectors.length),
    consistencyLevel: 2,
    useDefaultConsistency: false,
    searchByPrimaryKeys: false,
    subReqs: [],
    exprTemplateValues: [],
    functionChains: [],
    rlsPrincipal: '',
  }
}

export function queryRequest(
  outputFields: readonly string[],
  params: Readonly<Record<string, string>> = {},
): QueryRequest {
  return {
    dbName: '',
    collectionName: 'rows',
    expr: '',
    outputFields: [...outputFields],
    partitionNames: [],
    travelTimestamp: 0n,
    guaranteeTimestamp: 0n,
    queryParams: Object.entries(params).map(([key, value]) => ({ key, value })),
    consistencyLevel: 2,
    useDefaultConsistency: false,
    exprTemplateValues: [],
    rlsPrincipal: '',
  }
}
