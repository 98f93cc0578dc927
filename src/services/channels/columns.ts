import { isUtf8 } from 'node:buffer'
import { ElanusError } from '../../base/errors.ts'
import type { FieldId } from '../../base/int64.ts'
import type { CollectionSchema, FieldSchema } from '../../schema/collection-schema.ts'
import { dataTypes } from '../../schema/data-type.ts'
import type { Column, RowBatch } from '../../schema/row-batch.ts'
import type { NamedColumn } from '../proxy/proxy.ts'
import type { ColumnData } from '../seed/channel-messages.ts'
import { wireColumn } from './row-blob.ts'

/**
 * Rows as columns on a channel: each field's values as they lie in memory, little-endian, one after
 * the other; a VarChar's are UTF-8, with row count + 1 offsets of four bytes.
 */
export function wireColumns(batch: RowBatch): ColumnData[] {
  return [...batch.columns].map(([fieldID, column]) => ({
    fieldID,
    dataType: dataTypes[column.type],
    dim: BigInt(column.type === 'FloatVector' ? column.dimension : 0),
    values: valuesOf(column),
    offsets: column.type === 'VarChar' ? bytesOf(column.offsets) : new Uint8Array(),
  }))
}

function valuesOf(column: Column): Uint8Array {
  switch (column.type) {
    case 'VarChar':
    case 'FloatVector':
      return column.bytes
    default:
      return bytesOf(column.values)
  }
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

/**
 * The way back, for rows of a schema, from whoever sent them: INVALID_ARGUMENT names the field that
 * is missing, too much, of another type or of another length than the row count says.
 */
export function batchOfColumns(
  schema: CollectionSchema,
  columns: readonly ColumnData[],
  rowCount: number,
): RowBatch {
  const found = new Map(columns.map((column) => [column.fieldID, column]))
  if (found.size !== columns.length || columns.length !== schema.fields.length) {
    throw invalid(`${columns.length} columns came for ${schema.fields.length} fields`)
  }
  const batch = new Map<FieldId, Column>()
  for (const field of schema.fields) {
    const column = found.get(field.id)
    if (column === undefined) throw invalid(`field ${field.name} is missing`)
    if (column.dataType !== dataTypes[field.type]) {
      throw invalid(`field ${field.name} is ${field.type}, but type ${column.dataType} came`)
    }
    batch.set(field.id, columnOf(field, column, rowCount))
  }
  return { rowCount, columns: batch }
}

function columnOf(field: FieldSchema, wire: ColumnData, rowCount: number): Column {
  const own = Uint8Array.from(wire.values)
  switch (field.type) {
    case 'VarChar':
      return varCharColumn(field.name, wire, rowCount)
    case 'FloatVector':
      requireSize(field, own, rowCount * field.dimension * Float32Array.BYTES_PER_ELEMENT)
      return { type: 'FloatVector', dimension: field.dimension, bytes: own }
    default:
      requireSize(field, own, rowCount * fixedSizes[field.type])
      return fixedColumn(field.type, own.buffer)
  }
}

const fixedSizes = { Bool: 1, Int8: 1, Int16: 2, Int32: 4, Int64: 8, Float: 4, Double: 8 } as const

function requireSize(field: FieldSchema, values: Uint8Array, sizeBytes: number): void {
  if (values.length === sizeBytes) return
  throw invalid(`field ${field.name} has ${values.length} bytes, its rows take ${sizeBytes}`)
}

/** Typed arrays are little-endian wherever this runs: WebAssembly, which it needs, is so too. */
function fixedColumn(type: keyof typeof fixedSizes, buffer: ArrayBuffer): Column {
  switch (type) {
    case 'Bool':
      return { type, values: new Uint8Array(buffer) }
    case 'Int8':
      return { type, values: new Int8Array(buffer) }
    case 'Int16':
      return { type, values: new Int16Array(buffer) }
    case 'Int32':
      return { type, values: new Int32Array(buffer) }
    case 'Int64':
      return { type, values: new BigInt64Array(buffer) }
    case 'Float':
      return { type, values: new Float32Array(buffer) }
    case 'Double':
      return { type, values: new Float64Array(buffer) }
  }
}

function varCharColumn(name: string, wire: ColumnData, rowCount: number): Column {
  const bytes = Uint8Array.from(wire.values)
  const offsets = offsetsOf(name, wire, bytes.length)
  if (offsets.length !== rowCount + 1) {
    throw invalid(`field ${name} has ${offsets.length} offsets for ${rowCount} rows`)
  }
  if (!isUtf8(bytes)) throw invalid(`field ${name} is not valid UTF-8`)
  return { type: 'VarChar', offsets, bytes }
}

function offsetsOf(name: string, wire: ColumnData, sizeBytes: number): Uint32Array<ArrayBuffer> {
  const own = Uint8Array.from(wire.offsets)
  const isWhole = own.length > 0 && own.length % Uint32Array.BYTES_PER_ELEMENT === 0
  const offsets = isWhole ? new Uint32Array(own.buffer) : new Uint32Array()
  const isInOrder = offsets.every((offset, row) => row === 0 || offset >= (offsets[row - 1] ?? 0))
  if (offsets[0] === 0 && offsets.at(-1) === sizeBytes && isInOrder) return offsets
  throw invalid(`field ${name} has offsets that do not cut its ${sizeBytes} bytes into rows`)
}

/** Columns from outside in the form in which a client's are checked, value by value. */
export function namedColumns(
  schema: CollectionSchema,
  columns: readonly ColumnData[],
): readonly NamedColumn[] {
  return columns.map((column) => {
    const field = schema.fields.find(({ id }) => id === column.fieldID)
    if (field === undefined) throw invalid(`there is no field ${column.fieldID}`)
    if (column.dataType !== dataTypes[field.type]) {
      throw invalid(`field ${field.name} is ${field.type}, but type ${column.dataType} came`)
    }
    const bytes = Uint8Array.from(column.values)
    if (field.type === 'VarChar') {
      const offsets = offsetsOf(field.name, column, bytes.length)
      return { name: field.name, column: wireColumn(field, bytes, offsets) }
    }
    if (bytes.length % valueSizeBytes(field) !== 0) {
      throw invalid(`field ${field.name} has ${bytes.length} bytes, which are no whole values`)
    }
    return { name: field.name, column: wireColumn(field, bytes) }
  })
}

function valueSizeBytes(field: Exclude<FieldSchema, { type: 'VarChar' }>): number {
  return field.type === 'FloatVector'
    ? field.dimension * Float32Array.BYTES_PER_ELEMENT
    : fixedSizes[field.type]
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', `Cannot take the rows: ${message}`)
}
