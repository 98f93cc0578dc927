import { isUtf8 } from 'node:buffer'
import { unreachable } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import {
  type ArrayField,
  type FieldSchema,
  isVectorField,
  type VectorField,
} from '../../schema/collection-schema.ts'
import { elementTypeOf, type ScalarTypeName, vectorRowSizeBytes } from '../../schema/data-type.ts'
import type { ArrayColumn, Column, ScalarColumn, VectorColumn } from '../../schema/row-batch.ts'
import type { Validity } from '../../schema/validity.ts'
import { firstNonFinite } from '../../vector-index/finite.ts'
import { checkJsonRows, type JsonRule } from './json-rows.ts'
import type { WireColumn, WireScalars } from './proxy.ts'

export interface ColumnRules {
  /** Rows that are to have no value are not checked. */
  readonly validity?: Validity | undefined
  readonly json?: JsonRule | undefined
}

/**
 * A field's values as its column, each checked. INVALID_ARGUMENT names the field, the row and the
 * value.
 */
export function checkColumn(
  field: FieldSchema,
  wire: WireColumn,
  rowCount: number,
  rules: ColumnRules = {},
): Column {
  if (wire.typeName !== field.type) {
    throw invalid(
      `the data type of field(${field.name}) is ${field.type}, but got ${wire.typeName}`,
    )
  }
  const column = convert(field, wire, rules)
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
    case 'vector':
      return isVectorField(field)
        ? wire.bytes.byteLength / vectorRowSizeBytes(field.type, field.dimension)
        : 0
    case 'string':
    case 'json':
    case 'array':
      return wire.offsets.length - 1
    default:
      return wire.values.length
  }
}

/** Undefined where the wire's form is not that of the field's type. */
function convert(
  field: FieldSchema,
  wire: WireColumn,
  { validity, json }: ColumnRules,
): Column | undefined {
  if (isVectorField(field)) return wire.kind === 'vector' ? vectors(field, wire) : undefined
  switch (field.type) {
    case 'JSON': {
      if (wire.kind !== 'json') return undefined
      const { offsets, bytes } = wire
      checkJsonRows(field.name, { offsets, bytes }, validity, json)
      return { type: 'JSON', offsets, bytes }
    }
    case 'Array':
      return wire.kind === 'array' ? arrays(field, wire) : undefined
    case 'VarChar':
      return isScalars(wire) ? scalars(field, wire) : undefined
    default:
      return isScalars(wire) ? scalars({ name: field.name, type: field.type }, wire) : undefined
  }
}

function isScalars(wire: WireColumn): wire is WireScalars {
  return wire.kind !== 'json' && wire.kind !== 'array' && wire.kind !== 'vector'
}

/** A field of plain values, or an Array's elements. */
interface ScalarShape {
  readonly name: string
  readonly type: ScalarTypeName
  /** Of VarChar. */
  readonly lengthMax?: number | undefined
}

function scalars(field: ScalarShape, wire: WireScalars): ScalarColumn | undefined {
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
    default:
      return unreachable(field.type)
  }
}

function inRange(field: ScalarShape, values: Int32Array, bits: number): Int32Array {
  const limit = 2 ** bits
  const row = values.findIndex((value) => value < -limit || value >= limit)
  if (row >= 0) {
    throw invalid(
      `the value ${values[row]} of field(${field.name}) at row ${row} is out of range for ${field.type}`,
    )
  }
  return values
}

function floats(field: ScalarShape, bytes: Uint8Array): ScalarColumn {
  const values = new Float32Array(ownBuffer(field, bytes, Float32Array.BYTES_PER_ELEMENT))
  refuseNonFinite(field, values)
  return { type: 'Float', values }
}

function doubles(field: ScalarShape, bytes: Uint8Array): ScalarColumn {
  const values = new Float64Array(ownBuffer(field, bytes, Float64Array.BYTES_PER_ELEMENT))
  refuseNonFinite(field, values)
  return { type: 'Double', values }
}

/** A copy, aligned: the request's bytes start anywhere. */
function ownBuffer(field: ScalarShape, bytes: Uint8Array, width: number): ArrayBuffer {
  if (bytes.byteLength % width !== 0) {
    throw invalid(`field(${field.name}) has ${bytes.byteLength} bytes, not a multiple of ${width}`)
  }
  return Uint8Array.from(bytes).buffer
}

function refuseNonFinite(field: ScalarShape, values: Float32Array | Float64Array): void {
  const row = values.findIndex((value: number) => !Number.isFinite(value))
  if (row < 0) return
  throw invalid(
    `the value ${values[row]} of field(${field.name}) at row ${row} is not a number or infinite`,
  )
}

type Texts = Extract<WireColumn, { readonly kind: 'string' }>

function strings(field: ScalarShape, wire: Texts): ScalarColumn {
  const { offsets, bytes } = wire
  const { lengthMax = 0 } = field
  for (let row = 0; row + 1 < offsets.length; row += 1) {
    const length = (offsets[row + 1] ?? 0) - (offsets[row] ?? 0)
    if (length > lengthMax) {
      throw invalid(
        `length of varchar field ${field.name} exceeds max length, row number: ${row}, ` +
          `length: ${length}, max length: ${lengthMax}`,
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
function valuesAreUtf8({ offsets, bytes }: Texts): boolean {
  return offsets.every((offset) => ((bytes[offset] ?? 0) & 0xc0) !== 0x80)
}

function firstNotUtf8({ offsets, bytes }: Texts): number {
  return offsets.findIndex((offset, row) => !isUtf8(bytes.subarray(offset, offsets[row + 1])))
}

function arrays(
  field: ArrayField,
  { offsets, elements }: Extract<WireColumn, { readonly kind: 'array' }>,
): ArrayColumn | undefined {
  for (let row = 0; row + 1 < offsets.length; row += 1) {
    const length = (offsets[row + 1] ?? 0) - (offsets[row] ?? 0)
    if (length > field.capacityMax) {
      throw invalid(
        `the length (${length}) of ${row}th array exceeds max capacity (${field.capacityMax}), ` +
          `field: ${field.name}`,
      )
    }
  }
  const { name, elementType: type, lengthMax } = field
  const column = scalars({ name, type, lengthMax }, elements ?? noScalars(type))
  return column && { type: 'Array', offsets, elements: column }
}

/** Arrays without elements do not say what those would be. */
function noScalars(typeName: ScalarTypeName): WireScalars {
  const bytes = new Uint8Array(0)
  switch (typeName) {
    case 'Bool':
      return { kind: 'bool', typeName, values: bytes }
    case 'Int8':
    case 'Int16':
    case 'Int32':
      return { kind: 'int32', typeName, values: new Int32Array(0) }
    case 'Int64':
      return { kind: 'int64', typeName, values: new BigInt64Array(0) }
    case 'Float':
      return { kind: 'float', typeName, bytes }
    case 'Double':
      return { kind: 'double', typeName, bytes }
    case 'VarChar':
      return { kind: 'string', typeName, offsets: new Uint32Array(1), bytes }
    default:
      return unreachable(typeName)
  }
}

function vectors(
  field: VectorField,
  wire: Extract<WireColumn, { readonly kind: 'vector' }>,
): VectorColumn {
  const { name, type, dimension } = field
  if (wire.dimension !== dimension) {
    throw invalid(
      `the dim (${wire.dimension}) of field data(${name}) is not equal to schema dim (${dimension})`,
    )
  }
  if (wire.bytes.byteLength % vectorRowSizeBytes(type, dimension) !== 0) {
    throw invalid(
      `the length (${wire.bytes.byteLength} bytes) of field data(${name}) should be a ` +
        `multiple of the dim (${dimension})`,
    )
  }
  const bad = firstNonFinite(wire.bytes, elementTypeOf(type))
  if (bad >= 0) {
    throw invalid(
      `value '${numberAt(wire.bytes, bad, field)}' is not a number or infinity, ` +
        `field ${name}, row ${Math.floor(bad / dimension)}, element ${bad % dimension}`,
    )
  }
  return { type, dimension, bytes: wire.bytes }
}

/** One number of a vector, as it is told in an error. */
export function numberAt(
  bytes: Uint8Array,
  element: number,
  { type }: Pick<VectorField, 'type'>,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (type === 'Float16Vector') return view.getFloat16(2 * element, true)
  if (type === 'FloatVector') return view.getFloat32(4 * element, true)
  // A bfloat16 is the upper half of a float32.
  const upper = new DataView(new ArrayBuffer(4))
  upper.setUint16(2, view.getUint16(2 * element, true), true)
  return upper.getFloat32(0, true)
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
