import { isUtf8 } from 'node:buffer'
import { present, unreachable } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import type { FieldId, RowId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type {
  CollectionSchema,
  FieldSchema,
  FloatVectorField,
  VarCharField,
} from '../../schema/collection-schema.ts'
import type { Column, RowBatch } from '../../schema/row-batch.ts'
import { firstNonFinite } from '../../vector-index/finite.ts'
import type { InsertRequest, NamedColumn, WireColumn } from './proxy.ts'

/**
 * The request's columns as rows of the schema, each value checked; vectors stay the bytes that came.
 * INVALID_ARGUMENT names the field, the row and the value. `rowIdFirst` becomes the primary key
 * where that is assigned by the server.
 */
export function checkInsert(
  schema: CollectionSchema,
  request: InsertRequest,
  rowIdFirst: RowId,
): RowBatch {
  const primaryKey = primaryKeyOf(schema)
  if (schema.primaryKey.isAutoId && request.columns.some(({ name }) => name === primaryKey.name)) {
    throw invalid(
      `the primary key field(${primaryKey.name}) is autoID: it must not be given values`,
    )
  }
  return checkRows(schema, request, rowIdFirst)
}

/**
 * As checkInsert, with the keys whose rows are replaced: the rows' own, or where keys are assigned
 * those that the request gives in their place.
 */
export function checkUpsert(
  schema: CollectionSchema,
  request: InsertRequest,
  rowIdFirst: RowId,
): { readonly batch: RowBatch; readonly replaced: Column } {
  const primaryKey = primaryKeyOf(schema)
  const given = request.columns.find(({ name }) => name === primaryKey.name)
  if (given === undefined) {
    throw invalid(`must assign pk when upsert, primary field: ${primaryKey.name}`)
  }
  const batch = checkRows(schema, request, rowIdFirst)
  return { batch, replaced: checkColumn(primaryKey, given.column, request.rowCount) }
}

function primaryKeyOf(schema: CollectionSchema): FieldSchema {
  return present(
    schema.fields.find(({ id }) => id === schema.primaryKey.fieldId),
    'a schema has its primary key',
  )
}

function checkRows(schema: CollectionSchema, request: InsertRequest, rowIdFirst: RowId): RowBatch {
  const { rowCount } = request
  if (rowCount === 0) throw invalid('num_rows should be greater than 0')
  if (rowCount > limits.batchRowCountMax) {
    throw invalid(`the most rows in one insert is ${limits.batchRowCountMax}, got ${rowCount}`)
  }
  const given = columnsByName(schema, request.columns)
  const columns = new Map<FieldId, Column>()
  for (const field of schema.fields) {
    const isAssigned = field.id === schema.primaryKey.fieldId && schema.primaryKey.isAutoId
    const wire = given.get(field.name)
    if (isAssigned) {
      columns.set(field.id, assignedKeys(schema, rowIdFirst, rowCount))
    } else if (wire === undefined) {
      throw invalid(`fieldSchema(${field.name}) has no corresponding fieldData pass in`)
    } else {
      columns.set(field.id, checkColumn(field, wire, rowCount))
    }
  }
  return { rowCount, columns }
}

function columnsByName(
  schema: CollectionSchema,
  columns: readonly NamedColumn[],
): ReadonlyMap<string, WireColumn> {
  const byName = new Map<string, WireColumn>()
  for (const { name, column } of columns) {
    if (byName.has(name)) throw invalid(`duplicated field name: ${name}`)
    if (!schema.fields.some((field) => field.name === name)) {
      throw invalid(
        `field ${name} is not in the schema of collection ${schema.name}, ` +
          'and the dynamic field is disabled',
      )
    }
    byName.set(name, column)
  }
  return byName
}

function assignedKeys(schema: CollectionSchema, rowIdFirst: RowId, rowCount: number): Column {
  const values = new BigInt64Array(rowCount)
  for (let row = 0; row < rowCount; row += 1) values[row] = rowIdFirst + BigInt(row)
  if (schema.primaryKey.type === 'Int64') return { type: 'Int64', values }
  return assignedVarChars(values)
}

function checkColumn(field: FieldSchema, wire: WireColumn, rowCount: number): Column {
  if (wire.typeName !== field.type) {
    throw invalid(
      `the data type of field(${field.name}) is ${field.type}, but got ${wire.typeName}`,
    )
  }
  const column = convert(field, wire)
  if (column === undefined) {
    throw invalid(`field(${field.name}) is ${field.type}, but its data came as ${wire.kind}`)
  }
  const found = rowCountIn(field, wire)
  if (found !== rowCount) {
    throw invalid(
      `the num_rows (${found}) of field (${field.name}) is not equal to passed num_rows (${rowCount})`,
    )
  }
  return column
}

function rowCountIn(field: FieldSchema, wire: WireColumn): number {
  switch (wire.kind) {
    case 'float':
      return wire.bytes.byteLength / Float32Array.BYTES_PER_ELEMENT
    case 'double':
      return wire.bytes.byteLength / Float64Array.BYTES_PER_ELEMENT
    case 'floatVector':
      return field.type === 'FloatVector' ? wire.bytes.byteLength / (4 * field.dimension) : 0
    case 'string':
      return wire.offsets.length - 1
    default:
      return wire.values.length
  }
}

/** Undefined where the wire's form is not that of the field's type. */
function convert(field: FieldSchema, wire: WireColumn): Column | undefined {
  switch (field.type) {
    case 'Bool':
      return wire.kind === 'bool' ? { type: 'Bool', values: wire.values } : undefined
    case 'Int8':
      return wire.kind === 'int32'
        ? { type: 'Int8', values: Int8Array.from(inRange(field, wire.values, 7)) }
        : undefined
    case 'Int16':
      return wire.kind === 'int32'
        ? { type: 'Int16', values: Int16Array.from(inRange(field, wire.values, 15)) }
        : undefined
    case 'Int32':
      return wire.kind === 'int32' ? { type: 'Int32', values: wire.values } : undefined
    case 'Int64':
      return wire.kind === 'int64' ? { type: 'Int64', values: wire.values } : undefined
    case 'Float':
      return wire.kind === 'float' ? floats(field, wire.bytes) : undefined
    case 'Double':
      return wire.kind === 'double' ? doubles(field, wire.bytes) : undefined
    case 'VarChar':
      return wire.kind === 'string' ? strings(field, wire) : undefined
    case 'FloatVector':
      return wire.kind === 'floatVector' ? vectors(field, wire) : undefined
    default:
      return unreachable(field)
  }
}

function inRange(field: FieldSchema, values: Int32Array, bits: number): Int32Array {
  const limit = 2 ** bits
  const row = values.findIndex((value) => value < -limit || value >= limit)
  if (row >= 0) {
    throw invalid(
      `the value ${values[row]} of field(${field.name}) at row ${row} is out of range for ${field.type}`,
    )
  }
  return values
}

function floats(field: FieldSchema, bytes: Uint8Array): Column {
  const values = new Float32Array(ownBuffer(field, bytes, Float32Array.BYTES_PER_ELEMENT))
  refuseNonFinite(field, values)
  return { type: 'Float', values }
}

function doubles(field: FieldSchema, bytes: Uint8Array): Column {
  const values = new Float64Array(ownBuffer(field, bytes, Float64Array.BYTES_PER_ELEMENT))
  refuseNonFinite(field, values)
  return { type: 'Double', values }
}

/** A copy, aligned: the request's bytes start anywhere. */
function ownBuffer(field: FieldSchema, bytes: Uint8Array, width: number): ArrayBuffer {
  if (bytes.byteLength % width !== 0) {
    throw invalid(`field(${field.name}) has ${bytes.byteLength} bytes, not a multiple of ${width}`)
  }
  return Uint8Array.from(bytes).buffer
}

function refuseNonFinite(field: FieldSchema, values: Float32Array | Float64Array): void {
  const row = values.findIndex((value: number) => !Number.isFinite(value))
  if (row < 0) return
  throw invalid(
    `the value ${values[row]} of field(${field.name}) at row ${row} is not a number or infinite`,
  )
}

function strings(field: VarCharField, wire: Extract<WireColumn, { kind: 'string' }>): Column {
  const { offsets, bytes } = wire
  for (let row = 0; row + 1 < offsets.length; row += 1) {
    const length = (offsets[row + 1] ?? 0) - (offsets[row] ?? 0)
    if (length > field.lengthMax) {
      throw invalid(
        `length of varchar field ${field.name} exceeds max length, row number: ${row}, ` +
          `length: ${length}, max length: ${field.lengthMax}`,
      )
    }
  }
  // All values at once: only a wrong byte somewhere makes it worth a look at each.
  if (!isUtf8(bytes) || !valuesAreUtf8(wire)) {
    const row = firstNotUtf8(wire)
    throw invalid(`the value of field(${field.name}) at row ${row} is not valid UTF-8`)
  }
  return { type: 'VarChar', offsets, bytes }
}

/** Whether no value ends inside a character, where all of them together are valid. */
function valuesAreUtf8({ offsets, bytes }: Extract<WireColumn, { kind: 'string' }>): boolean {
  return offsets.every((offset) => ((bytes[offset] ?? 0) & 0xc0) !== 0x80)
}

function firstNotUtf8({ offsets, bytes }: Extract<WireColumn, { kind: 'string' }>): number {
  return offsets.findIndex((offset, row) => !isUtf8(bytes.subarray(offset, offsets[row + 1])))
}

function assignedVarChars(values: BigInt64Array): Column {
  const texts = Array.from(values, String)
  const offsets = new Uint32Array(texts.length + 1)
  texts.forEach((text, row) => {
    offsets[row + 1] = (offsets[row] ?? 0) + text.length
  })
  return { type: 'VarChar', offsets, bytes: Buffer.from(texts.join(''), 'latin1') }
}

function vectors(
  field: FloatVectorField,
  wire: Extract<WireColumn, { kind: 'floatVector' }>,
): Column {
  if (wire.dimension !== field.dimension) {
    throw invalid(
      `the dim (${wire.dimension}) of field data(${field.name}) is not equal to ` +
        `schema dim (${field.dimension})`,
    )
  }
  const rowSizeBytes = field.dimension * Float32Array.BYTES_PER_ELEMENT
  if (wire.bytes.byteLength % rowSizeBytes !== 0) {
    throw invalid(
      `the length (${wire.bytes.byteLength} bytes) of field data(${field.name}) should be a ` +
        `multiple of the dim (${field.dimension})`,
    )
  }
  const bad = firstNonFinite(wire.bytes)
  if (bad >= 0) {
    const row = Math.floor(bad / field.dimension)
    throw invalid(
      `value '${floatAt(wire.bytes, bad)}' is not a number or infinity, ` +
        `field ${field.name}, row ${row}, element ${bad % field.dimension}`,
    )
  }
  return { type: 'FloatVector', dimension: field.dimension, bytes: wire.bytes }
}

export function floatAt(bytes: Uint8Array, element: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return view.getFloat32(element * Float32Array.BYTES_PER_ELEMENT, true)
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
