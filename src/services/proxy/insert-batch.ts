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
import { insertAutoIdKey } from '../master/properties.ts'
import { checkColumn } from './check-column.ts'
import type { CurrentRows } from './current-rows.ts'
import { withoutNulls } from './fill-nulls.ts'
import { dynamicFieldRule } from './json-rows.ts'
import { mergeArrays, mergeObjects } from './merge-rows.ts'
import type { InsertRequest, NamedColumn, UpsertRequest } from './proxy.ts'

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
  const isGiven = request.columns.some(({ name }) => name === primaryKey.name)
  if (schema.primaryKey.isAutoId && isGiven && !mayGiveAutoId(schema)) {
    throw invalid(
      `the primary key field(${primaryKey.name}) is autoID: it must not be given values`,
    )
  }
  return checkRows(schema, request, rowIdFirst)
}

/**
 * As checkInsert, of rows that replace those with the keys of `givenKeys`. Where the update is partial
 * they are completed with what they are now.
 */
export function checkUpsert(
  schema: CollectionSchema,
  request: UpsertRequest,
  rowIdFirst: RowId,
  current: CurrentRows | undefined,
): RowBatch {
  return checkRows(schema, request, rowIdFirst, current)
}

/** The keys whose rows are replaced: where keys are assigned, the rows get others. */
export function givenKeys(schema: CollectionSchema, request: InsertRequest): Column {
  const primaryKey = primaryKeyOf(schema)
  const given = request.columns.find(({ name }) => name === primaryKey.name)
  if (given === undefined) {
    throw invalid(`must assign pk when upsert, primary field: ${primaryKey.name}`)
  }
  checkRowCount(request)
  return checkColumn(primaryKey, given.column, request.rowCount, given)
}

function primaryKeyOf(schema: CollectionSchema): FieldSchema {
  return present(
    schema.fields.find(({ id }) => id === schema.primaryKey.fieldId),
    'a schema has its primary key',
  )
}

function checkRows(
  schema: CollectionSchema,
  request: UpsertRequest,
  rowIdFirst: RowId,
  current?: CurrentRows,
): RowBatch {
  checkRowCount(request)
  const { rowCount } = request
  const given = columnsByName(schema, request.columns)
  checkOperations(schema, request, given)
  const columns = new Map<FieldId, Column>()
  for (const field of schema.fields) {
    const named = given.get(field.name)
    const isAutoId = field.id === schema.primaryKey.fieldId && schema.primaryKey.isAutoId
    if (isAutoId && !(named !== undefined && mayGiveAutoId(schema))) {
      columns.set(field.id, assignedKeys(schema, rowIdFirst, rowCount))
    } else if (named === undefined) {
      columns.set(field.id, missingColumn(schema, field, rowCount, current))
    } else {
      const column = givenColumn(schema, field, named, rowCount)
      columns.set(field.id, merged(schema, field, { column, request, current }))
    }
  }
  return { rowCount, columns }
}

function checkRowCount({ rowCount }: InsertRequest): void {
  if (rowCount === 0) throw invalid('num_rows should be greater than 0')
  if (rowCount > limits.batchRowCountMax) {
    throw invalid(`the most rows in one insert is ${limits.batchRowCountMax}, got ${rowCount}`)
  }
}

function checkOperations(
  schema: CollectionSchema,
  { arrayOperations }: UpsertRequest,
  given: ReadonlyMap<string, NamedColumn>,
): void {
  for (const name of arrayOperations?.keys() ?? []) {
    const field = schema.fields.find((known) => known.name === name)
    if (field?.type !== 'Array') {
      throw invalid(`field_ops is for Array fields, field ${name} is ${field?.type ?? 'unknown'}`)
    }
    if (!given.has(name)) throw invalid(`field_ops names field ${name}, which has no data`)
  }
}

/** What a row that is there comes to be with what is given of it. */
function merged(
  schema: CollectionSchema,
  field: FieldSchema,
  {
    column,
    request,
    current,
  }: {
    readonly column: Column
    readonly request: UpsertRequest
    readonly current: CurrentRows | undefined
  },
): Column {
  if (current === undefined) return column
  if (column.type === 'JSON' && isDynamicField(schema, field)) {
    const objects = current.column(field)
    return objects.type === 'JSON' ? mergeObjects(objects, column) : column
  }
  const operation = request.arrayOperations?.get(field.name)
  if (operation === undefined || field.type !== 'Array') return column
  return mergeArrays(field, operation, current.column(field), column)
}

/** Whether a client may say itself what the server would assign. */
function mayGiveAutoId({ properties }: CollectionSchema): boolean {
  return properties.some(
    ({ key, value }) => key === insertAutoIdKey && value.toLowerCase() === 'true',
  )
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

function missingColumn(
  schema: CollectionSchema,
  field: FieldSchema,
  rowCount: number,
  current: CurrentRows | undefined,
): Column {
  const mayBeMissing =
    field.isNullable === true || defaultOf(field) !== undefined || isDynamicField(schema, field)
  if (current !== undefined && (mayBeMissing || current.isComplete)) return current.column(field)
  if (mayBeMissing) {
    checkDefaultSize(field, rowCount)
    return absentColumn(field, rowCount)
  }
  throw invalid(`fieldSchema(${field.name}) has no corresponding fieldData pass in`)
}

/** A default may be longer than all that a client sends. */
function checkDefaultSize(field: FieldSchema, rowCount: number): void {
  const value = defaultOf(field)
  if (value?.kind !== 'text') return
  const sizeBytes = Buffer.byteLength(value.value, 'utf8') * rowCount
  if (sizeBytes <= limits.requestSizeBytesMax) return
  throw invalid(
    `the default_value of field(${field.name}) comes to ${sizeBytes} bytes in ${rowCount} rows, ` +
      `the most is ${limits.requestSizeBytesMax}: insert fewer rows at once`,
  )
}

function givenColumn(
  schema: CollectionSchema,
  field: FieldSchema,
  { column: wire, validity }: NamedColumn,
  rowCount: number,
): Column {
  const json = isDynamicField(schema, field) ? dynamicFieldRule(schema) : undefined
  const column = checkColumn(field, wire, rowCount, { validity, json })
  if (validity === undefined) return column
  checkDefaultSize(field, rowCount)
  return withoutNulls(field, column, validity)
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
