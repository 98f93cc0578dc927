import { unreachable } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionSchema, FieldSchema } from '../../schema/collection-schema.ts'
import type { Column, RowBatch } from '../../schema/row-batch.ts'
import type { NamedColumn, WireColumn } from '../proxy/proxy.ts'

/**
 * A row as a blob: the values of its fields in the order of the schema, little-endian, nothing
 * between them and nothing before them. Row id and timestamp are not in it, nor is a key that the
 * server assigns.
 *
 *     Bool, Int8  1 byte · Int16  2 · Int32, Float  4 · Int64, Double  8 · FloatVector  4 × dimension
 *
 * So a row has the same size as any other, and a VarChar has no place in one.
 */
export function rowBlobSizeBytes(schema: CollectionSchema): number {
  return givenFields(schema).reduce((sum, field) => sum + widthOf(field), 0)
}

/** The blobs' values by field, unchecked; INVALID_ARGUMENT names a row of another size. */
export function columnsOfBlobs(
  schema: CollectionSchema,
  blobs: readonly Uint8Array[],
): readonly NamedColumn[] {
  const sizeBytes = rowBlobSizeBytes(schema)
  const row = blobs.findIndex((blob) => blob.length !== sizeBytes)
  if (row >= 0) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot read row ${row}: its blob has ${blobs[row]?.length} bytes, ` +
        `a row of collection ${schema.name} has ${sizeBytes}`,
    )
  }
  let offset = 0
  return givenFields(schema).map((field) => {
    const width = widthOf(field)
    const bytes = new Uint8Array(width * blobs.length)
    for (const [index, blob] of blobs.entries()) {
      bytes.set(blob.subarray(offset, offset + width), index * width)
    }
    offset += width
    return { name: field.name, column: wireColumn(field, bytes) }
  })
}

/** The way back. */
export function blobsOfBatch(schema: CollectionSchema, batch: RowBatch): Uint8Array[] {
  const sizeBytes = rowBlobSizeBytes(schema)
  const blobs = Array.from({ length: batch.rowCount }, () => new Uint8Array(sizeBytes))
  let offset = 0
  for (const field of givenFields(schema)) {
    const width = widthOf(field)
    const bytes = bytesOf(field, batch.columns.get(field.id))
    for (const [row, blob] of blobs.entries()) {
      blob.set(bytes.subarray(row * width, (row + 1) * width), offset)
    }
    offset += width
  }
  return blobs
}

/** The fields that a client gives. */
export function givenFields(schema: CollectionSchema): readonly FieldSchema[] {
  const { fieldId, isAutoId } = schema.primaryKey
  return schema.fields.filter(({ id }) => !(isAutoId && id === fieldId))
}

function widthOf(field: FieldSchema): number {
  switch (field.type) {
    case 'Bool':
    case 'Int8':
      return 1
    case 'Int16':
      return 2
    case 'Int32':
    case 'Float':
      return 4
    case 'Int64':
    case 'Double':
      return 8
    case 'FloatVector':
      return field.dimension * Float32Array.BYTES_PER_ELEMENT
    case 'VarChar':
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `Cannot put field ${field.name} into a row blob: a VarChar has no fixed width, send columns`,
      )
    default:
      return unreachable(field)
  }
}

/** `bytes` are the column's own, aligned. */
export function wireColumn(
  field: FieldSchema,
  bytes: Uint8Array<ArrayBuffer>,
  offsets = new Uint32Array(),
): WireColumn {
  const { type: typeName } = field
  const { buffer } = bytes
  switch (field.type) {
    case 'Bool':
      return { kind: 'bool', typeName, values: bytes.map((value) => (value === 0 ? 0 : 1)) }
    case 'Int8':
      return { kind: 'int32', typeName, values: Int32Array.from(new Int8Array(buffer)) }
    case 'Int16':
      return { kind: 'int32', typeName, values: Int32Array.from(new Int16Array(buffer)) }
    case 'Int32':
      return { kind: 'int32', typeName, values: new Int32Array(buffer) }
    case 'Int64':
      return { kind: 'int64', typeName, values: new BigInt64Array(buffer) }
    case 'Float':
      return { kind: 'float', typeName, bytes }
    case 'Double':
      return { kind: 'double', typeName, bytes }
    case 'FloatVector':
      return { kind: 'floatVector', typeName, dimension: field.dimension, bytes }
    case 'VarChar':
      return { kind: 'string', typeName, offsets, bytes }
    default:
      return unreachable(field)
  }
}

function bytesOf(field: FieldSchema, column: Column | undefined): Uint8Array {
  if (column === undefined || column.type !== field.type || column.type === 'VarChar') {
    throw new ElanusError('INVALID_ARGUMENT', `The rows have no values for field ${field.name}`)
  }
  if (column.type === 'FloatVector') return column.bytes
  const { buffer, byteOffset, byteLength } = column.values
  return new Uint8Array(buffer, byteOffset, byteLength)
}
