import type { CollectionSchema, FieldSchema } from '../schema/collection-schema.ts'
import { fixedWidthBytes } from '../schema/fixed-column.ts'
import type { VectorStore } from '../vector-index/contract.ts'
import { createVectorStore } from '../vector-index/vector-store.ts'
import { type FieldWriter, FixedWriter, VarCharWriter, VectorWriter } from './field-writer.ts'
import type { FieldHandle } from './segment-handle.ts'
import { allocateGrowable } from './shared-array.ts'

/** The fewest raw bytes that a row takes: row id, timestamp, and its fields with empty strings. */
export function rowSizeBytesMin(schema: CollectionSchema): number {
  const systemBytes = 2 * BigInt64Array.BYTES_PER_ELEMENT
  return schema.fields.reduce((sum, field) => sum + fieldSizeBytesMin(field), systemBytes)
}

function fieldSizeBytesMin(field: FieldSchema): number {
  if (field.type === 'VarChar') return Uint32Array.BYTES_PER_ELEMENT
  if (field.type === 'FloatVector') return field.dimension * Float32Array.BYTES_PER_ELEMENT
  return fixedWidthBytes[field.type]
}

export interface AllocatedField {
  readonly handle: FieldHandle
  readonly writer: FieldWriter
  readonly store?: VectorStore
}

/** Reserves addresses for a field's rows; takes memory only as they come. */
export function allocateField(
  field: FieldSchema,
  rowCountMax: number,
  sizeBytesMax: number,
): AllocatedField {
  if (field.type === 'VarChar') {
    const offsets = allocateGrowable((rowCountMax + 1) * Uint32Array.BYTES_PER_ELEMENT)
    const bytes = allocateGrowable(sizeBytesMax)
    const handle: FieldHandle = { kind: 'varChar', fieldId: field.id, offsets, bytes }
    return { handle, writer: new VarCharWriter(offsets, bytes) }
  }
  if (field.type === 'FloatVector') {
    const store = createVectorStore({ dimension: field.dimension })
    const handle: FieldHandle = { kind: 'vector', fieldId: field.id, store: store.handle() }
    return { handle, writer: new VectorWriter(store), store }
  }
  const values = allocateGrowable(rowCountMax * fixedWidthBytes[field.type])
  const handle: FieldHandle = { kind: 'fixed', fieldId: field.id, values }
  return { handle, writer: new FixedWriter(values) }
}
