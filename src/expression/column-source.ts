import type { FieldId } from '../base/int64.ts'
import type { PlainColumn } from '../schema/row-batch.ts'
import type { FieldIndex, JsonSteps } from './field-index.ts'

/** Where a filter gets its columns: one segment, or one batch of rows. */
export interface ColumnSource {
  /**
   * The column of a field that the plan names (`fieldsOf`). It holds at least as many rows as the
   * filter is asked about and is only read; its arrays may lie in shared memory.
   */
  column(fieldId: FieldId): FilterColumn
  /** What finds rows by the field's values, or by those at a path in it; it covers all rows that the filter is asked about. */
  index?(fieldId: FieldId, path: JsonSteps | undefined): FieldIndex | undefined
}

export type FilterColumn = PlainColumn

export type { ArrayColumn, JsonColumn, ScalarColumn } from '../schema/row-batch.ts'
