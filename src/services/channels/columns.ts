import { isUtf8 } from 'node:buffer'
import { ElanusError } from '../../base/errors.ts'
import type { FieldId } from '../../base/int64.ts'
import {
  type CollectionSchema,
  type FieldSchema,
  isDynamicField,
  isVectorField,
} from '../../schema/collection-schema.ts'
import {
  dataTypeOf,
  dataTypes,
  isScalarType,
  type ScalarTypeName,
  vectorRowSizeBytes,
} from '../../schema/data-type.ts'
import { absentColumn } from '../../schema/default-column.ts'
import { fixedWidthBytes, rowCountOf, viewFixedColumn } from '../../schema/fixed-column.ts'
import type { Column, RowBatch, ScalarColumn } from '../../schema/row-batch.ts'
import { type Validity, validitySizeBytes } from '../../schema/validity.ts'
import type { NamedColumn } from '../proxy/proxy.ts'
import type { ColumnData } from '../seed/channel-messages.ts'
import { wireColumn, wireScalars } from './wire-column.ts'

/**
 * Rows as columns on a channel: each field's values as they lie in memory, little-endian, one after
 * the other; texts and JSON are UTF-8, with row count + 1 offsets of four bytes; an Array is such
 * offsets, and its elements as a column of their own.
 */
export function wireColumns(batch: RowBatch): ColumnData[] {
  return [...batch.columns].map(([fieldID, column]) => columnData(fieldID, column))
}

function columnData(fieldID: bigint, column: Column): ColumnData {
  return {
    fieldID,
    dataType: dataTypes[column.type],
    dim: BigInt('dimension' in column ? column.dimension : 0),
    values: valuesOf(column),
    offsets: 'offsets' in column ? bytesOf(column.offsets) : noBytes,
    validity: 'validity' in column ? column.validity : undefined,
    elements: column.type === 'Array' ? columnData(0n, column.elements) : undefined,
  }
}

const noBytes = new Uint8Array(0)

function valuesOf(column: Column): Uint8Array {
  if ('values' in column) return bytesOf(column.values)
  return column.type === 'Array' ? noBytes : column.bytes
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
  if (found.size !== columns.length || columns.length > schema.fields.length) {
    throw invalid(`${columns.length} columns came for ${schema.fields.length} fields`)
  }
  const batch = new Map<FieldId, Column>()
  for (const field of schema.fields) {
    const column = found.get(field.id)
    if (column === undefined) {
      batch.set(field.id, missingColumn(schema, field, rowCount))
      continue
    }
    found.delete(field.id)
    requireType(field, column)
    batch.set(field.id, columnOf(field, column, rowCount))
  }
  const [stray] = found.keys()
  if (stray !== undefined) throw invalid(`there is no field ${stray}`)
  return { rowCount, columns: batch }
}

/** Rows may be older than a field of theirs. */
function missingColumn(schema: CollectionSchema, field: FieldSchema, rowCount: number): Column {
  if (field.isNullable !== true && !isDynamicField(schema, field)) {
    throw invalid(`field ${field.name} is missing`)
  }
  return absentColumn(field, rowCount)
}

function requireType(field: FieldSchema, { dataType }: ColumnData): void {
  if (dataType === dataTypes[field.type]) return
  throw invalid(`field ${field.name} is ${field.type}, but type ${dataType} came`)
}

function columnOf(field: FieldSchema, wire: ColumnData, rowCount: number): Column {
  if (isVectorField(field)) {
    const { name, type, dimension } = field
    const bytes = valuesOfSize(name, wire, rowCount * vectorRowSizeBytes(type, dimension))
    return { type, dimension, bytes }
  }
  const validity = validityOf(field, wire, rowCount)
  switch (field.type) {
    case 'JSON':
      return { type: 'JSON', ...texts(field.name, wire, rowCount), validity }
    case 'Array': {
      const elements = elementsOf(field.name, wire, field.elementType)
      const count = rowCountOf(elements)
      return { type: 'Array', offsets: offsetsOf(field.name, wire, count), elements, validity }
    }
    default:
      return { ...scalars(field.name, field.type, wire, rowCount), validity }
  }
}

function scalars(
  name: string,
  type: ScalarTypeName,
  wire: ColumnData,
  rowCount: number,
): ScalarColumn {
  if (type === 'VarChar') return { type, ...texts(name, wire, rowCount) }
  const own = valuesOfSize(name, wire, rowCount * fixedWidthBytes[type])
  return viewFixedColumn(type, own.buffer, rowCount)
}

function elementsOf(name: string, wire: ColumnData, elementType: ScalarTypeName): ScalarColumn {
  const { elements } = wire
  if (elements === undefined) throw invalid(`field ${name} has no elements`)
  if (elements.dataType !== dataTypes[elementType]) {
    throw invalid(
      `field ${name} has elements of ${elementType}, but type ${elements.dataType} came`,
    )
  }
  return scalars(name, elementType, elements, valueCountOf(name, elementType, elements))
}

/** As many as there are: what cuts them into rows says whether that is right. */
function valueCountOf(name: string, type: ScalarTypeName, wire: ColumnData): number {
  if (type === 'VarChar') return offsetsOf(name, wire, wire.values.length).length - 1
  const count = wire.values.length / fixedWidthBytes[type]
  if (Number.isInteger(count)) return count
  throw invalid(`field ${name} has ${wire.values.length} bytes, which are no whole values`)
}

function valuesOfSize(name: string, wire: ColumnData, sizeBytes: number): Uint8Array<ArrayBuffer> {
  if (wire.values.length === sizeBytes) return Uint8Array.from(wire.values)
  throw invalid(`field ${name} has ${wire.values.length} bytes, its rows take ${sizeBytes}`)
}

function validityOf(
  field: FieldSchema,
  { validity }: ColumnData,
  rowCount: number,
): Validity | undefined {
  if (validity === undefined || validity.length === 0) return undefined
  if (field.isNullable === true && validity.length === validitySizeBytes(rowCount)) {
    return Uint8Array.from(validity)
  }
  throw invalid(`field ${field.name} has ${validity.length} bytes of validity for ${rowCount} rows`)
}

function texts(
  name: string,
  wire: ColumnData,
  rowCount: number,
): { readonly offsets: Uint32Array; readonly bytes: Uint8Array } {
  const bytes = Uint8Array.from(wire.values)
  const offsets = offsetsOf(name, wire, bytes.length)
  if (offsets.length !== rowCount + 1) {
    throw invalid(`field ${name} has ${offsets.length} offsets for ${rowCount} rows`)
  }
  if (!isUtf8(bytes)) throw invalid(`field ${name} is not valid UTF-8`)
  return { offsets, bytes }
}

function offsetsOf(name: string, wire: ColumnData, end: number): Uint32Array<ArrayBuffer> {
  const own = Uint8Array.from(wire.offsets)
  const isWhole = own.length > 0 && own.length % Uint32Array.BYTES_PER_ELEMENT === 0
  const offsets = isWhole ? new Uint32Array(own.buffer) : new Uint32Array()
  const isInOrder = offsets.every((offset, row) => row === 0 || offset >= (offsets[row - 1] ?? 0))
  if (offsets[0] === 0 && offsets.at(-1) === end && isInOrder) return offsets
  throw invalid(`field ${name} has offsets that do not cut its ${end} values into rows`)
}

/** Columns from outside in the form in which a client's are checked, value by value. */
export function namedColumns(
  schema: CollectionSchema,
  columns: readonly ColumnData[],
): readonly NamedColumn[] {
  return columns.map((column) => {
    const field = schema.fields.find(({ id }) => id === column.fieldID)
    if (field === undefined) throw invalid(`there is no field ${column.fieldID}`)
    requireType(field, column)
    const { validity } = column
    const isPartial = validity !== undefined && validity.length > 0
    return {
      name: field.name,
      column: wireColumnOf(field, column),
      validity: isPartial ? Uint8Array.from(validity) : undefined,
    }
  })
}

function wireColumnOf(field: FieldSchema, wire: ColumnData): NamedColumn['column'] {
  const { name } = field
  const bytes = Uint8Array.from(wire.values)
  if (isVectorField(field)) {
    requireWhole(name, bytes, vectorRowSizeBytes(field.type, field.dimension))
    return wireColumn(field, bytes)
  }
  if (field.type === 'Array') {
    const elements = wireElements(name, wire.elements)
    const count = elements === undefined ? 0 : elements.count
    const offsets = offsetsOf(name, wire, count)
    return { kind: 'array', typeName: 'Array', offsets, elements: elements?.column }
  }
  if (field.type === 'VarChar' || field.type === 'JSON') {
    return wireColumn(field, bytes, offsetsOf(name, wire, bytes.length))
  }
  requireWhole(name, bytes, fixedWidthBytes[field.type])
  return wireColumn(field, bytes)
}

function wireElements(name: string, wire: ColumnData | undefined) {
  if (wire === undefined) return undefined
  const type = dataTypeOf(wire.dataType)
  if (type === undefined || !isScalarType(type)) {
    throw invalid(`field ${name} has elements of type ${wire.dataType}`)
  }
  const count = valueCountOf(name, type, wire)
  const offsets = type === 'VarChar' ? offsetsOf(name, wire, wire.values.length) : undefined
  return { count, column: wireScalars(type, Uint8Array.from(wire.values), offsets) }
}

function requireWhole(name: string, bytes: Uint8Array, valueSizeBytes: number): void {
  if (bytes.length % valueSizeBytes === 0) return
  throw invalid(`field ${name} has ${bytes.length} bytes, which are no whole values`)
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', `Cannot take the rows: ${message}`)
}
