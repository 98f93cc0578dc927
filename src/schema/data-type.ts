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
  FloatVector: 101,
} as const

export type DataTypeName = keyof typeof dataTypes
export type ScalarTypeName = Exclude<DataTypeName, VectorTypeName>
export type VectorTypeName = 'FloatVector'
export type PrimaryKeyTypeName = 'Int64' | 'VarChar'

export function isVectorType(name: DataTypeName): name is VectorTypeName {
  return name === 'FloatVector'
}
