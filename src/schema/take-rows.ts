import { unreachable } from '../base/assert.ts'
import { vectorRowSizeBytes } from './data-type.ts'
import { isVectorColumn } from './fixed-column.ts'
import type {
  ArrayColumn,
  Column,
  FixedWidthColumn,
  JsonColumn,
  RowBatch,
  ScalarColumn,
  VarCharColumn,
  VectorColumn,
} from './row-batch.ts'
import { takeValidity } from './validity.ts'

/** The rows at these places, in this order: a copy. */
export function takeRows(batch: RowBatch, rows: Uint32Array): RowBatch {
  const columns = new Map(
    [...batch.columns].map(([fieldId, column]) => [fieldId, takeFromColumn(column, rows)]),
  )
  return { rowCount: rows.length, columns }
}

export function takeFromColumn(column: Column, rows: Uint32Array): Column {
  if (isVectorColumn(column)) return takeVectors(column, rows)
  const validity = takeValidity(column.validity, rows)
  switch (column.type) {
    case 'JSON':
      return { type: 'JSON', ...takeSpans(column, rows), validity }
    case 'Array':
      return { ...takeArrays(column, rows), validity }
    default:
      return { ...takeScalars(column, rows), validity }
  }
}

function takeScalars(column: ScalarColumn, rows: Uint32Array): ScalarColumn {
  if (column.type === 'VarChar') return { type: 'VarChar', ...takeSpans(column, rows) }
  return takeFixed(column, rows)
}

function takeFixed(column: FixedWidthColumn, rows: Uint32Array): FixedWidthColumn {
  switch (column.type) {
    case 'Bool':
      return { type: 'Bool', values: fill(new Uint8Array(rows.length), column.values, rows) }
    case 'Int8':
      return { type: 'Int8', values: fill(new Int8Array(rows.length), column.values, rows) }
    case 'Int16':
      return { type: 'Int16', values: fill(new Int16Array(rows.length), column.values, rows) }
    case 'Int32':
      return { type: 'Int32', values: fill(new Int32Array(rows.length), column.values, rows) }
    case 'Int64':
      return { type: 'Int64', values: takeInt64(column.values, rows) }
    case 'Float':
      return { type: 'Float', values: takeFloats(column.values, rows) }
    case 'Double':
      return { type: 'Double', values: takeDoubles(column.values, rows) }
    default:
      return unreachable(column)
  }
}

type NumberArray = Uint8Array | Int8Array | Int16Array | Int32Array

function fill<T extends NumberArray>(target: T, source: NumberArray, rows: Uint32Array): T {
  for (let index = 0; index < rows.length; index += 1) target[index] = source[rows[index] ?? 0] ?? 0
  return target
}

/** As bits: through floating point, a NaN might not stay the one that it was. */
function takeFloats({ buffer, byteOffset, length }: Float32Array, rows: Uint32Array): Float32Array {
  const bits = new Int32Array(buffer, byteOffset, length)
  return new Float32Array(fill(new Int32Array(rows.length), bits, rows).buffer)
}

function takeDoubles(
  { buffer, byteOffset, length }: Float64Array,
  rows: Uint32Array,
): Float64Array {
  return new Float64Array(takeInt64(new BigInt64Array(buffer, byteOffset, length), rows).buffer)
}

function takeInt64(values: BigInt64Array, rows: Uint32Array): BigInt64Array {
  const taken = new BigInt64Array(rows.length)
  for (let index = 0; index < rows.length; index += 1) taken[index] = values[rows[index] ?? 0] ?? 0n
  return taken
}

function takeSpans(
  column: VarCharColumn | JsonColumn,
  rows: Uint32Array,
): { readonly offsets: Uint32Array; readonly bytes: Uint8Array } {
  const offsets = new Uint32Array(rows.length + 1)
  const parts: Uint8Array[] = []
  let size = 0
  for (const [index, row] of rows.entries()) {
    const part = column.bytes.subarray(column.offsets[row], column.offsets[row + 1])
    parts.push(part)
    size += part.byteLength
    offsets[index + 1] = size
  }
  return { offsets, bytes: Buffer.concat(parts) }
}

function takeArrays(column: ArrayColumn, rows: Uint32Array): ArrayColumn {
  const { offsets, places } = elementPlaces(column.offsets, rows)
  return { type: 'Array', offsets, elements: takeScalars(column.elements, places) }
}

/** Where the elements of these rows lie, row after row, and the offsets that they have then. */
export function elementPlaces(
  rowOffsets: Uint32Array,
  rows: Uint32Array,
): { readonly offsets: Uint32Array; readonly places: Uint32Array } {
  const offsets = new Uint32Array(rows.length + 1)
  for (const [index, row] of rows.entries()) {
    const count = (rowOffsets[row + 1] ?? 0) - (rowOffsets[row] ?? 0)
    offsets[index + 1] = (offsets[index] ?? 0) + count
  }
  const places = new Uint32Array(offsets.at(-1) ?? 0)
  for (const [index, row] of rows.entries()) {
    const from = rowOffsets[row] ?? 0
    const to = offsets[index + 1] ?? 0
    for (let at = offsets[index] ?? 0, place = from; at < to; at += 1, place += 1) {
      places[at] = place
    }
  }
  return { offsets, places }
}

function takeVectors(column: VectorColumn, rows: Uint32Array): VectorColumn {
  const size = vectorRowSizeBytes(column.type, column.dimension)
  const bytes = new Uint8Array(rows.length * size)
  for (const [index, row] of rows.entries()) {
    bytes.set(column.bytes.subarray(row * size, (row + 1) * size), index * size)
  }
  return { ...column, bytes }
}
