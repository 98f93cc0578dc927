import { unreachable } from '../base/assert.ts'
import type { Column, FloatVectorColumn, RowBatch, VarCharColumn } from './row-batch.ts'

/** The rows at these places, in this order: a copy. */
export function takeRows(batch: RowBatch, rows: Uint32Array): RowBatch {
  const columns = new Map(
    [...batch.columns].map(([fieldId, column]) => [fieldId, takeFromColumn(column, rows)]),
  )
  return { rowCount: rows.length, columns }
}

export function takeFromColumn(column: Column, rows: Uint32Array): Column {
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
      return { type: 'Float', values: fill(new Float32Array(rows.length), column.values, rows) }
    case 'Double':
      return { type: 'Double', values: fill(new Float64Array(rows.length), column.values, rows) }
    case 'VarChar':
      return takeVarChar(column, rows)
    case 'FloatVector':
      return takeVectors(column, rows)
    default:
      return unreachable(column)
  }
}

type NumberArray = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array

function fill<T extends NumberArray>(target: T, source: NumberArray, rows: Uint32Array): T {
  for (let index = 0; index < rows.length; index += 1) target[index] = source[rows[index] ?? 0] ?? 0
  return target
}

function takeInt64(values: BigInt64Array, rows: Uint32Array): BigInt64Array {
  const taken = new BigInt64Array(rows.length)
  for (let index = 0; index < rows.length; index += 1) taken[index] = values[rows[index] ?? 0] ?? 0n
  return taken
}

function takeVarChar(column: VarCharColumn, rows: Uint32Array): VarCharColumn {
  const offsets = new Uint32Array(rows.length + 1)
  const parts: Uint8Array[] = []
  let size = 0
  for (const [index, row] of rows.entries()) {
    const part = column.bytes.subarray(column.offsets[row], column.offsets[row + 1])
    parts.push(part)
    size += part.byteLength
    offsets[index + 1] = size
  }
  return { type: 'VarChar', offsets, bytes: Buffer.concat(parts) }
}

function takeVectors(column: FloatVectorColumn, rows: Uint32Array): FloatVectorColumn {
  const size = column.dimension * Float32Array.BYTES_PER_ELEMENT
  const bytes = new Uint8Array(rows.length * size)
  for (const [index, row] of rows.entries()) {
    bytes.set(column.bytes.subarray(row * size, (row + 1) * size), index * size)
  }
  return { ...column, bytes }
}
