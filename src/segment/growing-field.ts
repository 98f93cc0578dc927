import {
  type CollectionSchema,
  type FieldSchema,
  isVectorField,
  type PlainField,
} from '../schema/collection-schema.ts'
import { elementTypeOf, type ScalarTypeName, vectorRowSizeBytes } from '../schema/data-type.ts'
import { fixedWidthBytes } from '../schema/fixed-column.ts'
import { validitySizeBytes } from '../schema/validity.ts'
import type { VectorStore } from '../vector-index/contract.ts'
import { createVectorStore } from '../vector-index/vector-store.ts'
import { type FieldWriter, plainWriter, VectorWriter } from './field-writer.ts'
import type { FieldHandle, PlainFieldHandle, ScalarHandle } from './segment-handle.ts'
import { allocateGrowable } from './shared-array.ts'

const offsetBytes = Uint32Array.BYTES_PER_ELEMENT

/** The fewest raw bytes that a row takes: row id, timestamp, and its fields with empty values. */
export function rowSizeBytesMin(schema: CollectionSchema): number {
  const systemBytes = 2 * BigInt64Array.BYTES_PER_ELEMENT
  return schema.fields.reduce((sum, field) => sum + fieldSizeBytesMin(field), systemBytes)
}

function fieldSizeBytesMin(field: FieldSchema): number {
  if (isVectorField(field)) return vectorRowSizeBytes(field.type, field.dimension)
  if (field.type === 'JSON' || field.type === 'Array') return offsetBytes
  return sizeBytesMinOf(field.type)
}

function sizeBytesMinOf(type: ScalarTypeName): number {
  return type === 'VarChar' ? offsetBytes : fixedWidthBytes[type]
}

export interface AllocatedField {
  readonly handle: FieldHandle
  readonly writer: FieldWriter
  readonly store?: VectorStore
}

/** How much the columns of a field may come to hold. */
export interface FieldRoom {
  readonly rowCountMax: number
  /** Of values that have no fixed width. */
  readonly sizeBytesMax: number
}

/** Reserves addresses for a field's rows; takes memory only as they come. */
export function allocateField(field: FieldSchema, room: FieldRoom): AllocatedField {
  const fieldId = field.id
  if (isVectorField(field)) {
    const { type, dimension } = field
    const store = createVectorStore({ dimension, elementType: elementTypeOf(type) })
    const handle: FieldHandle = { kind: 'vector', fieldId, store: store.handle() }
    return { handle, writer: new VectorWriter(store), store }
  }
  const plain = allocatePlainField(field, room)
  return { handle: { ...plain, fieldId }, writer: plainWriter(plain) }
}

/** The same for a field that is no vector. */
export function allocatePlainField(field: PlainField, room: FieldRoom): PlainFieldHandle {
  const values = allocateValues(field, room)
  if (field.isNullable !== true) return values
  return { ...values, validity: allocateGrowable(validitySizeBytes(room.rowCountMax)) }
}

function allocateValues(field: PlainField, room: FieldRoom): PlainFieldHandle {
  if (field.type === 'JSON') return allocateScalars('VarChar', room)
  if (field.type !== 'Array') return allocateScalars(field.type, room)
  const { sizeBytesMax } = room
  const elementCountMax = Math.floor(sizeBytesMax / sizeBytesMinOf(field.elementType))
  return {
    kind: 'array',
    offsets: allocateGrowable((room.rowCountMax + 1) * offsetBytes),
    elements: allocateScalars(field.elementType, { rowCountMax: elementCountMax, sizeBytesMax }),
  }
}

function allocateScalars(type: ScalarTypeName, room: FieldRoom): ScalarHandle {
  if (type !== 'VarChar') {
    return { kind: 'fixed', values: allocateGrowable(room.rowCountMax * fixedWidthBytes[type]) }
  }
  const offsets = allocateGrowable((room.rowCountMax + 1) * offsetBytes)
  return { kind: 'varChar', offsets, bytes: allocateGrowable(room.sizeBytesMax) }
}
