import { assert } from '../base/assert.ts'
import type { FieldSchema } from '../schema/collection-schema.ts'
import { absentColumn } from '../schema/default-column.ts'
import { isVectorColumn } from '../schema/fixed-column.ts'
import type { PlainColumn, ScalarColumn } from '../schema/row-batch.ts'
import { hasValue, type Validity } from '../schema/validity.ts'
import type { SegmentRows } from './segment-rows.ts'

/** Undefined where a row has none. A text's bytes stand for it, each as a character of its own. */
export type RowValue = bigint | number | string | undefined

/** The values of one plain field in some segments: what rows are ordered and grouped by. */
export class RowValues {
  readonly #readers: readonly ((row: number) => RowValue)[]

  /** Rows before the counts are read, one count for each segment. */
  constructor(segments: readonly SegmentRows[], field: FieldSchema, rowCounts: readonly number[]) {
    this.#readers = segments.map((rows, index) => readerOf(rows, field, rowCounts[index] ?? 0))
  }

  at(segmentIndex: number, row: number): RowValue {
    return this.#readers[segmentIndex]?.(row)
  }
}

function readerOf(
  rows: SegmentRows,
  field: FieldSchema,
  rowCount: number,
): (row: number) => RowValue {
  if (rows.hasField(field.id)) return readColumn(rows.plainColumn(field.id, rowCount))
  // Rows that are older than the field all have the same.
  const column = absentColumn(field, 1)
  assert(!isVectorColumn(column), 'no vectors are added to rows that are there')
  const value = readColumn(column)(0)
  return () => value
}

function readColumn(column: PlainColumn): (row: number) => RowValue {
  assert(column.type !== 'JSON' && column.type !== 'Array', 'the field holds plain values')
  return withNulls(readScalars(column), column.validity)
}

function withNulls(
  read: (row: number) => RowValue,
  validity: Validity | undefined,
): (row: number) => RowValue {
  if (validity === undefined) return read
  return (row) => (hasValue(validity, row) ? read(row) : undefined)
}

function readScalars(column: ScalarColumn): (row: number) => RowValue {
  if (column.type !== 'VarChar') {
    const { values } = column
    return (row) => values[row]
  }
  const { offsets, bytes } = column
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return (row) => buffer.toString('latin1', offsets[row], offsets[row + 1])
}

/** Ascending; texts by their bytes. Neither is absent. */
export function compareValues(left: RowValue, right: RowValue): number {
  if (left === right || left === undefined || right === undefined) return 0
  return left < right ? -1 : 1
}
