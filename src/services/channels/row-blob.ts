import { assert } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import {
  type CollectionSchema,
  type FieldSchema,
  isVectorField,
} from '../../schema/collection-schema.ts'
import { vectorRowSizeBytes } from '../../schema/data-type.ts'
import {
  bytesOfValues,
  fixedWidthBytes,
  isFixedColumn,
  isVectorColumn,
} from '../../schema/fixed-column.ts'
import type { Column, RowBatch } from '../../schema/row-batch.ts'
import type { NamedColumn } from '../proxy/proxy.ts'
import { wireColumn } from './wire-column.ts'

/**
 * A row as a blob: the values of its fields in the order of the schema, little-endian, nothing
 * between them and nothing before them. Row id and timestamp are not in it, nor is a key that the
 * server assigns.
 *
 *     Bool, Int8  1 byte · Int16  2 · Int32, Float  4 · Int64, Double  8 · a vector  its elements
 *
 * So a row has the same size as any other; a VarChar, JSON or an Array has no place in one, nor has
 * a field that may be null.
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
    return { name: field.name, column: blobColumn(field, bytes) }
  })
}

function blobColumn(field: FieldSchema, bytes: Uint8Array<ArrayBuffer>): NamedColumn['column'] {
  assert(field.type !== 'Array', 'a field of a blob has a fixed width')
  return wireColumn(field, bytes)
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
  if (isVectorField(field)) return vectorRowSizeBytes(field.type, field.dimension)
  switch (field.type) {
    case 'VarChar':
    case 'JSON':
    case 'Array':
      throw withoutPlace(field, `${field.type} has no fixed width`)
    default:
      if (field.isNullable === true) throw withoutPlace(field, 'a row may have no value of it')
      return fixedWidthBytes[field.type]
  }
}

function withoutPlace(field: FieldSchema, reason: string): ElanusError {
  return new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot put field ${field.name} into a row blob: ${reason}, send columns`,
  )
}

function bytesOf(field: FieldSchema, column: Column | undefined): Uint8Array {
  if (column?.type === field.type) {
    if (isFixedColumn(column)) return bytesOfValues(column.values)
    if (isVectorColumn(column)) return column.bytes
  }
  throw new ElanusError('INVALID_ARGUMENT', `The rows have no values for field ${field.name}`)
}
