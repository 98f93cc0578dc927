import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { dataTypes } from '../../src/schema/data-type.ts'

/**
 * The few messages of Milvus's protocol that the bench reads or writes by itself, by field number.
 * The bench has its own codec so that it does not check the server with the server's.
 */
export const paths = {
  connect: '/milvus.proto.milvus.MilvusService/Connect',
  describeCollection: '/milvus.proto.milvus.MilvusService/DescribeCollection',
  getVersion: '/milvus.proto.milvus.MilvusService/GetVersion',
  insert: '/milvus.proto.milvus.MilvusService/Insert',
  search: '/milvus.proto.milvus.MilvusService/Search',
} as const

/** The collection of every bench: an id that the client gives and one vector. */
export const collectionFields = { primaryKey: 'id', vector: 'vector' } as const

/** The level that the official client makes collections with, and repeats in each search. */
const consistencyBounded = 2

export const emptyMessage = Buffer.alloc(0)

/** A response whose first field is a Status that says success and which has nothing else. */
export const bareSuccess = Buffer.from(messageWith((writer) => writeSuccess(writer)))

export function encodeConnectResponse(): Buffer {
  return Buffer.from(
    messageWith((writer) => {
      writeSuccess(writer)
      writer.tag(3, WireType.Varint).int64(1)
    }),
  )
}

/** What the official client needs to know of a collection in order to encode rows for it. */
export function encodeDescribeCollectionResponse(name: string, dimension: number): Buffer {
  return Buffer.from(
    messageWith((writer) => {
      writeSuccess(writer)
      writer.tag(2, WireType.LengthDelimited).fork()
      writer.tag(1, WireType.LengthDelimited).string(name)
      writeField(writer, 100, { name: collectionFields.primaryKey, type: dataTypes.Int64 })
      writeField(writer, 101, {
        name: collectionFields.vector,
        type: dataTypes.FloatVector,
        dimension,
      })
      writer.join()
      writer.tag(3, WireType.Varint).int64(1)
      writer.tag(11, WireType.Varint).int32(consistencyBounded)
      writer.tag(12, WireType.LengthDelimited).string(name)
    }),
  )
}

/**
 * A search that found nothing. The inner message is there though it is empty: the official client
 * reads through it.
 */
export const emptySearchResponse = Buffer.from(
  messageWith((writer) => {
    writeSuccess(writer)
    writer.tag(2, WireType.LengthDelimited).fork().join()
  }),
)

/** The failure that a response carries in its Status, if any; the response's first field. */
export function failureOf(response: Uint8Array): string | undefined {
  const reader = new BinaryReader(response)
  if (reader.len === 0) return undefined
  const [field] = reader.tag()
  if (field !== 1) return `The response starts with field ${field} and not with its status`
  const end = reader.uint32() + reader.pos
  let code = 0
  let reason = ''
  while (reader.pos < end) {
    const [statusField, wireType] = reader.tag()
    if (statusField === 1 || statusField === 3) code = reader.int32() || code
    else if (statusField === 2) reason = reader.string()
    else reader.skip(wireType, statusField)
  }
  return code === 0 ? undefined : `${code}: ${reason}`
}

/** The Int64 primary keys of a search's hits, all queries' after one another. */
export function hitIdsOf(searchResponse: Uint8Array): number[] {
  const results = fieldOf(searchResponse, 2)
  const ids = results === undefined ? undefined : fieldOf(results, 5)
  const integers = ids === undefined ? undefined : fieldOf(ids, 1)
  const packed = integers === undefined ? undefined : fieldOf(integers, 1)
  if (packed === undefined) return []
  const reader = new BinaryReader(packed)
  const hits: number[] = []
  while (reader.pos < reader.len) hits.push(Number(reader.int64()))
  return hits
}

/** The last value of a length-delimited field. */
function fieldOf(message: Uint8Array, wanted: number): Uint8Array | undefined {
  const reader = new BinaryReader(message)
  let found: Uint8Array | undefined
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === wanted && wireType === WireType.LengthDelimited) found = reader.bytes()
    else reader.skip(wireType, field)
  }
  return found
}

function messageWith(write: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter()
  write(writer)
  return writer.finish()
}

function writeSuccess(writer: BinaryWriter): void {
  writer.tag(1, WireType.LengthDelimited).fork().join()
}

interface FieldFacts {
  readonly name: string
  readonly type: number
  readonly dimension?: number
}

function writeField(writer: BinaryWriter, id: number, field: FieldFacts): void {
  writer.tag(4, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.Varint).int64(id)
  writer.tag(2, WireType.LengthDelimited).string(field.name)
  if (field.dimension === undefined) writer.tag(3, WireType.Varint).bool(true)
  writer.tag(5, WireType.Varint).int32(field.type)
  if (field.dimension !== undefined) {
    writer.tag(6, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.LengthDelimited).string('dim')
    writer.tag(2, WireType.LengthDelimited).string(String(field.dimension))
    writer.join()
  }
  writer.join()
}
