import { type ElementType, vectorSizeBytes } from './element-type.ts'

/** Field types with Milvus's numbers; those that a collection can be made with today. */
export const dataTypes = {
  Bool: 1,
  Int8: 2,
  Int16: 3,
  Int32: 4,
  Int64: 5,
  Float: 10,
  Double: 11,
  VarChar: 21,
  Array: 22,
  JSON: 23,
  BinaryVector: 100,
  FloatVector: 101,
  Float16Vector: 102,
  BFloat16Vector: 103,
  Int8Vector: 105,
} as const

export type DataTypeName = keyof typeof dataTypes
export type VectorTypeName = Extract<DataTypeName, `${string}Vector`>
/** One plain value: what an Array's elements may be. */
export type ScalarTypeName = Exclude<DataTypeName, VectorTypeName | 'Array' | 'JSON'>
export type PrimaryKeyTypeName = 'Int64' | 'VarChar'

export function isVectorType(name: DataTypeName): name is VectorTypeName {
  return name.endsWith('Vector')
}

export function isScalarType(name: DataTypeName): name is ScalarTypeName {
  return name !== 'Array' && name !== 'JSON' && !isVectorType(name)
}

export function isDataTypeName(name: string): name is DataTypeName {
  return Object.hasOwn(dataTypes, name)
}

/** Undefined for a number that is none of ours. */
export function dataTypeOf(number: number): DataTypeName | undefined {
  return namesByNumber.get(number)
}

const namesByNumber: ReadonlyMap<number, DataTypeName> = new Map(
  Object.keys(dataTypes)
    .filter(isDataTypeName)
    .map((name) => [dataTypes[name], name]),
)

const elementTypes: Readonly<Record<VectorTypeName, ElementType>> = {
  BinaryVector: 'binary',
  FloatVector: 'float32',
  Float16Vector: 'float16',
  BFloat16Vector: 'bfloat16',
  Int8Vector: 'int8',
}

/** What such vectors are made of. */
export function elementTypeOf(type: VectorTypeName): ElementType {
  return elementTypes[type]
}

/** The bytes of one vector. */
export function vectorRowSizeBytes(type: VectorTypeName, dimension: number): number {
  return vectorSizeBytes(elementTypes[type], dimension)
}
