import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { dataTypes } from '../../src/schema/data-type.ts'

/** Requests of Milvus's protocol as bytes, by field number, with nothing but what a bench needs. */

export const requestPaths = {
  upsert: '/milvus.proto.milvus.MilvusService/Upsert',
  delete: '/milvus.proto.milvus.MilvusService/Delete',
  query: '/milvus.proto.milvus.MilvusService/Query',
} as const

/** Values of one field, a row each; of vectors `dimension` values a row. */
export type FieldValues = { readonly name: string } & (
  | { readonly type: 'Int64'; readonly values: readonly number[] }
  | { readonly type: 'Int32'; readonly values: readonly number[] }
  | { readonly type: 'VarChar'; readonly values: readonly string[] }
  | { readonly type: 'FloatVector'; readonly values: Float32Array; readonly dimension: number }
)

export interface Rows {
  readonly collectionName: string
  readonly rowCount: number
  readonly fields: readonly FieldValues[]
}

/** An InsertRequest, or an UpsertRequest: their fields have the same numbers. */
export function encodeRows({ collectionName, rowCount, fields }: Rows): Buffer {
  const writer = new BinaryWriter()
  writer.tag(3, WireType.LengthDelimited).string(collectionName)
  for (const field of fields) {
    writer.tag(5, WireType.LengthDelimited).fork()
    writeField(writer, field)
    writer.join()
  }
  writer.tag(7, WireType.Varint).uint32(rowCount)
  return Buffer.from(writer.finish())
}

export function encodeDelete(collectionName: string, filter: string): Buffer {
  const writer = new BinaryWriter()
  writer.tag(3, WireType.LengthDelimited).string(collectionName)
  writer.tag(5, WireType.LengthDelimited).string(filter)
  return Buffer.from(writer.finish())
}

export interface SearchShape {
  readonly collectionName: string
  readonly vectorField: string
  readonly query: Float32Array
  /** Empty: every row passes. */
  readonly filter: string
  readonly topk: number
  readonly ef: number
}

/** One query, primary keys only, of what was acknowledged when it comes (Strong). */
export function encodeSearch(shape: SearchShape): Buffer {
  const writer = new BinaryWriter()
  writer.tag(3, WireType.LengthDelimited).string(shape.collectionName)
  writer.tag(5, WireType.LengthDelimited).string(shape.filter)
  writer.tag(6, WireType.LengthDelimited).bytes(placeholderGroup(shape.query))
  writer.tag(7, WireType.Varint).int32(boolExpression)
  const params = {
    anns_field: shape.vectorField,
    topk: String(shape.topk),
    params: JSON.stringify({ ef: shape.ef }),
    round_decimal: '-1',
  }
  for (const [key, value] of Object.entries(params)) writeKeyValue(writer, 9, key, value)
  writer.tag(12, WireType.Varint).int64(1)
  writer.tag(14, WireType.Varint).int32(strong)
  return Buffer.from(writer.finish())
}

/** How many rows pass. */
export function encodeCount(collectionName: string, filter: string): Buffer {
  const writer = new BinaryWriter()
  writer.tag(3, WireType.LengthDelimited).string(collectionName)
  writer.tag(4, WireType.LengthDelimited).string(filter)
  writer.tag(5, WireType.LengthDelimited).string('count(*)')
  writer.tag(11, WireType.Varint).int32(strong)
  return Buffer.from(writer.finish())
}

/** The count that a QueryResults holds. */
export function countOf(response: Uint8Array): number {
  const values = nested(response, [2, 3, 3, 1])
  return values === undefined ? Number.NaN : Number(new BinaryReader(values).int64())
}

/** When a mutation took place, by the timestamp in its MutationResult. */
export function mutationTimestampOf(response: Uint8Array): bigint {
  return varintOf(response, 9)
}

/** Up to when a search saw what was written, by the timestamp in its SearchResults. */
export function searchTimestampOf(response: Uint8Array): bigint {
  return varintOf(response, 4)
}

const boolExpression = 1
const strong = 0
const floatVectorPlaceholder = 101

function placeholderGroup(query: Float32Array): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(1, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.LengthDelimited).string('$0')
  writer.tag(2, WireType.Varint).int32(floatVectorPlaceholder)
  writer.tag(3, WireType.LengthDelimited).bytes(bytesOf(query))
  writer.join()
  return writer.finish()
}

function writeKeyValue(writer: BinaryWriter, field: number, key: string, value: string): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.LengthDelimited).string(key)
  writer.tag(2, WireType.LengthDelimited).string(value)
  writer.join()
}

function writeField(writer: BinaryWriter, field: FieldValues): void {
  writer.tag(1, WireType.Varint).int32(dataTypes[field.type])
  writer.tag(2, WireType.LengthDelimited).string(field.name)
  if (field.type === 'FloatVector') {
    writer.tag(4, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.Varint).int64(field.dimension)
    writer.tag(2, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.LengthDelimited).bytes(bytesOf(field.values))
    writer.join().join()
    return
  }
  writer.tag(3, WireType.LengthDelimited).fork()
  writer.tag(scalarFields[field.type], WireType.LengthDelimited).fork()
  writeScalars(writer, field)
  writer.join().join()
}

/** Where a ScalarField has the values of a type. */
const scalarFields = { Int32: 2, Int64: 3, VarChar: 6 } as const

function writeScalars(
  writer: BinaryWriter,
  field: Exclude<FieldValues, { type: 'FloatVector' }>,
): void {
  if (field.type === 'VarChar') {
    for (const text of field.values) writer.tag(1, WireType.LengthDelimited).string(text)
    return
  }
  writer.tag(1, WireType.LengthDelimited).fork()
  for (const value of field.values) writer.int64(value)
  writer.join()
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function nested(message: Uint8Array, path: readonly number[]): Uint8Array | undefined {
  let inner: Uint8Array | undefined = message
  for (const wanted of path) inner = inner === undefined ? undefined : bytesIn(inner, wanted)
  return inner
}

function bytesIn(message: Uint8Array, wanted: number): Uint8Array | undefined {
  const reader = new BinaryReader(message)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === wanted && wireType === WireType.LengthDelimited) return reader.bytes()
    reader.skip(wireType, field)
  }
  return undefined
}

function varintOf(message: Uint8Array, wanted: number): bigint {
  const reader = new BinaryReader(message)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === wanted && wireType === WireType.Varint) return BigInt(reader.uint64())
    reader.skip(wireType, field)
  }
  return 0n
}
