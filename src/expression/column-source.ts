import type { FieldId } from '../base/int64.ts'
import type { Column, FloatVectorColumn } from '../schema/row-batch.ts'
import type { FieldIndex } from './field-index.ts'

/** Where a filter gets its columns: one segment, or one batch of rows. */
export interface ColumnSource {
  /**
   * The column of a field that the plan names (`fieldsOf`). It holds at least as many rows as the
   * filter is asked about and is only read; its arrays may lie in shared memory.
   */
  column(fieldId: FieldId): FilterColumn
  /** What finds the field's rows by their values; it covers all rows that the filter is asked about. */
  index?(fieldId: FieldId): FieldIndex | undefined
}

export type FilterColumn = (ScalarColumn | JsonColumn | ArrayColumn) & Nullable

interface Nullable {
  /** Bit i % 8 of byte i / 8 is set where row i has a value. Absent: every row has one. */
  readonly validity?: Uint8Array | undefined
}

export type ScalarColumn = Exclude<Column, FloatVectorColumn>

/** Row i's JSON text, UTF-8, lies in `bytes` from offsets[i] to offsets[i + 1]. */
export interface JsonColumn {
  readonly type: 'JSON'
  readonly offsets: Uint32Array
  readonly bytes: Uint8Array
}

/** Row i's elements are `elements` from offsets[i] to offsets[i + 1]. */
export interface ArrayColumn {
  readonly type: 'Array'
  readonly offsets: Uint32Array
  readonly elements: ScalarColumn
}
