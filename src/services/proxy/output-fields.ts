import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { FieldSchema } from '../../schema/collection-schema.ts'
import { isVectorType } from '../../schema/data-type.ts'
import { readColumn } from '../../segment/read-segments.ts'
import type { RowReferences } from '../../segment/segment.ts'
import type { ReadView } from '../query/query-service.ts'
import type { OutputColumn } from './proxy.ts'

/** What a read returns beside keys and scores. */
export interface Output {
  readonly names: readonly string[]
  readonly fields: readonly FieldSchema[]
}

/** `*` is every field, `%` every vector field; FIELD_NOT_FOUND for a name that the schema has not. */
export function outputOf(collection: CollectionRecord, asked: readonly string[]): Output {
  const fields = new Map<string, FieldSchema>()
  for (const name of asked) {
    for (const field of fieldsNamed(collection, name)) fields.set(field.name, field)
  }
  return { names: [...fields.keys()], fields: [...fields.values()] }
}

function fieldsNamed(collection: CollectionRecord, name: string): readonly FieldSchema[] {
  const { fields } = collection.schema
  if (name === '*') return fields
  if (name === '%') return fields.filter(({ type }) => isVectorType(type))
  const field = fields.find((known) => known.name === name)
  if (field === undefined) {
    throw new ElanusError('INVALID_ARGUMENT', `field ${name} not exist`)
  }
  return [field]
}

/** The output columns of some rows, in the rows' order. */
export function readOutput(
  view: ReadView,
  rows: RowReferences,
  output: Output,
): readonly OutputColumn[] {
  const rowCount = rows.offsets.length
  if (rowCount === 0) return output.fields.map((field) => emptyColumn(field))
  checkSize(rowCount, output)
  return output.fields.map((field) => ({
    fieldId: field.id,
    name: field.name,
    column: readColumn(view.segments, field.id, rows),
  }))
}

/** Vectors are what makes an answer large; other fields add little beside them. */
function checkSize(rowCount: number, output: Output): void {
  let sizeBytes = 0
  for (const field of output.fields) {
    if (field.type === 'FloatVector') sizeBytes += rowCount * field.dimension * 4
  }
  if (sizeBytes <= limits.outputSizeBytesMax) return
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot return ${rowCount} rows of ${sizeBytes} bytes of vectors: the most is ` +
      `${limits.outputSizeBytesMax} bytes, ask for fewer rows or leave the vectors out`,
  )
}

function emptyColumn(field: FieldSchema): OutputColumn {
  const named = { fieldId: field.id, name: field.name }
  switch (field.type) {
    case 'Bool':
      return { ...named, column: { type: 'Bool', values: new Uint8Array(0) } }
    case 'Int8':
      return { ...named, column: { type: 'Int8', values: new Int8Array(0) } }
    case 'Int16':
      return { ...named, column: { type: 'Int16', values: new Int16Array(0) } }
    case 'Int32':
      return { ...named, column: { type: 'Int32', values: new Int32Array(0) } }
    case 'Int64':
      return { ...named, column: { type: 'Int64', values: new BigInt64Array(0) } }
    case 'Float':
      return { ...named, column: { type: 'Float', values: new Float32Array(0) } }
    case 'Double':
      return { ...named, column: { type: 'Double', values: new Float64Array(0) } }
    case 'VarChar':
      return {
        ...named,
        column: { type: 'VarChar', offsets: new Uint32Array(1), bytes: new Uint8Array(0) },
      }
    case 'FloatVector':
      return {
        ...named,
        column: { type: 'FloatVector', dimension: field.dimension, bytes: new Uint8Array(0) },
      }
  }
}
