import { present } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import type { FieldId, RowId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import {
  type CollectionSchema,
  type FieldSchema,
  isDynamicField,
} from '../../schema/collection-schema.ts'
import { absentColumn, defaultOf } from '../../schema/default-column.ts'
import type { Column, RowBatch } from '../../schema/row-batch.ts'
import { checkColumn } from './check-column.ts'
import { withoutNulls } from './fill-nulls.ts'
import { checkDynamicRows } from './json-rows.ts'
import type { InsertRequest, NamedColumn } from './proxy.ts'

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
    const column = given.get(field.name)
    if (isAssigned) {
      columns.set(field.id, assignedKeys(schema, rowIdFirst, rowCount))
    } else if (column === undefined) {
      columns.set(field.id, missingColumn(schema, field, rowCount))
    } else {
      columns.set(field.id, givenColumn(schema, field, column, rowCount))
    }
  }
  return { rowCount, columns }
}

function columnsByName(
  schema: CollectionSchema,
  columns: readonly NamedColumn[],
): ReadonlyMap<string, NamedColumn> {
  const byName = new Map<string, NamedColumn>()
  for (const column of columns) {
    const { name } = column
    if (byName.has(name)) throw invalid(`duplicated field name: ${name}`)
    if (!schema.fields.some((field) => field.name === name)) {
      throw invalid(
        schema.hasDynamicField
          ? `field ${name} is not in the schema of collection ${schema.name}: ` +
              'keys of the dynamic field come in one column of JSON'
          : `field ${name} is not in the schema of collection ${schema.name}, ` +
              'and the dynamic field is disabled',
      )
    }
    byName.set(name, column)
  }
  return byName
}

function missingColumn(schema: CollectionSchema, field: FieldSchema, rowCount: number): Column {
  const mayBeMissing =
    field.isNullable === true || defaultOf(field) !== undefined || isDynamicField(schema, field)
  if (mayBeMissing) return absentColumn(field, rowCount)
  throw invalid(`fieldSchema(${field.name}) has no corresponding fieldData pass in`)
}

function givenColumn(
  schema: CollectionSchema,
  field: FieldSchema,
  { column: wire, validity }: NamedColumn,
  rowCount: number,
): Column {
  const column = checkColumn(field, wire, rowCount, validity)
  if (column.type === 'JSON' && isDynamicField(schema, field)) checkDynamicRows(column, schema)
  return validity === undefined ? column : withoutNulls(field, column, validity)
}

function assignedKeys(schema: CollectionSchema, rowIdFirst: RowId, rowCount: number): Column {
  const values = new BigInt64Array(rowCount)
  for (let row = 0; row < rowCount; row += 1) values[row] = rowIdFirst + BigInt(row)
  if (schema.primaryKey.type === 'Int64') return { type: 'Int64', values }
  return assignedVarChars(values)
}

function assignedVarChars(values: BigInt64Array): Column {
  const texts = Array.from(values, String)
  const offsets = new Uint32Array(texts.length + 1)
  texts.forEach((text, row) => {
    offsets[row + 1] = (offsets[row] ?? 0) + text.length
  })
  return { type: 'VarChar', offsets, bytes: Buffer.from(texts.join(''), 'latin1') }
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
