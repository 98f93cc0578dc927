import type { KeyValuePair } from './common-messages.ts'

export const DataType = {
  NONE: 0,
  BOOL: 1,
  INT8: 2,
  INT16: 3,
  INT32: 4,
  INT64: 5,
  FLOAT: 10,
  DOUBLE: 11,
  STRING: 20,
  VARCHAR: 21,
  ARRAY: 22,
  JSON: 23,
  VECTOR_BINARY: 100,
  VECTOR_FLOAT: 101,
  VECTOR_FLOAT16: 102,
  VECTOR_BFLOAT16: 103,
  VECTOR_INT8: 105,
} as const
export type DataType = (typeof DataType)[keyof typeof DataType]

export interface FieldSchema {
  readonly fieldID: bigint
  readonly name: string
  readonly isPrimaryKey: boolean
  readonly description: string
  readonly dataType: DataType
  readonly typeParams: KeyValuePair[]
  readonly indexParams: KeyValuePair[]
  readonly autoID: boolean
  readonly elementType: DataType
  readonly defaultValue: ScalarValue | undefined
  readonly isDynamic: boolean
  readonly isPartitionKey: boolean
  readonly nullable: boolean
}

export interface ScalarValue {
  readonly value:
    | { readonly $case: 'boolValue'; readonly value: boolean }
    | { readonly $case: 'integerValue'; readonly value: bigint }
    | { readonly $case: 'numberValue'; readonly value: number }
    | { readonly $case: 'textValue'; readonly value: string }
    | undefined
}

export interface CollectionSchema {
  readonly name: string
  readonly description: string
  readonly autoID: boolean
  readonly fields: FieldSchema[]
  readonly enableDynamicField: boolean
}
