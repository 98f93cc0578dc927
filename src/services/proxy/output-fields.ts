import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import {
  type CollectionSchema,
  dynamicFieldName,
  type FieldSchema,
  isDynamicField,
  isVectorField,
} from '../../schema/collection-schema.ts'
import { vectorRowSizeBytes } from '../../schema/data-type.ts'
import { absentColumn } from '../../schema/default-column.ts'
import type { Column } from '../../schema/row-batch.ts'
import { readField } from '../../segment/read-segments.ts'
import type { RowReferences } from '../../segment/segment.ts'
import type { ReadView } from '../query/query-service.ts'
import { pickKeys } from './pick-keys.ts'
import type { OutputColumn } from './proxy.ts'

/** What a read returns beside keys and scores. */
export interface Output {
  readonly names: readonly string[]
  readonly fields: readonly FieldSchema[]
  /** Which keys of the dynamic field, if it is one of the fields; undefined: all. */
  readonly dynamicKeys?: readonly string[] | undefined
}

/**
 * `*` is every field, `%` every vector field; of a collection with a dynamic field, what no field is
 * called is a key of that. INVALID_ARGUMENT for a name that means nothing.
 */
export function outputOf(collection: CollectionRecord, asked: readonly string[]): Output {
  const { schema } = collection
  const names = new Set<string>()
  const fields = new Map<string, FieldSchema>()
  const keys: string[] = []
  for (const name of asked) {
    const named = fieldsNamed(schema, name)
    if (named === undefined) {
      names.add(name)
      keys.push(dynamicKeyOf(name))
    }
    for (const field of named ?? []) {
      names.add(field.name)
      fields.set(field.name, field)
    }
  }
  const dynamicField = schema.fields.find((field) => isDynamicField(schema, field))
  const dynamicKeys = fields.has(dynamicFieldName) ? undefined : keys
  if (keys.length > 0 && dynamicField !== undefined) fields.set(dynamicFieldName, dynamicField)
  return { names: [...names], fields: [...fields.values()], dynamicKeys }
}

/** Undefined: it is no field, but may be a key of the dynamic one. */
function fieldsNamed(schema: CollectionSchema, name: string): readonly FieldSchema[] | undefined {
  const { fields } = schema
  if (name === '*') return fields
  if (name === '%') return fields.filter(isVectorField)
  const field = fields.find((known) => known.name === name)
  if (field !== undefined) return [field]
  if (schema.hasDynamicField) return undefined
  throw new ElanusError('INVALID_ARGUMENT', `field ${name} not exist`)
}

/** `key` or `$meta["key"]`. */
function dynamicKeyOf(name: string): string {
  const key = /^(?:([A-Za-z_]\w*)|\$meta\[(?:"([^"\\]+)"|'([^'\\]+)')\])$/.exec(name)
  const found = key?.[1] ?? key?.[2] ?? key?.[3]
  if (found !== undefined) return found
  throw new ElanusError('INVALID_ARGUMENT', `parse output field name failed: ${name.slice(0, 64)}`)
}

/** The output columns of some rows, in the rows' order. */
export function readOutput(
  view: ReadView,
  rows: RowReferences,
  output: Output,
): readonly OutputColumn[] {
  const rowCount = rows.offsets.length
  checkSize(rowCount, output)
  return output.fields.map((field) => {
    const column = rowCount === 0 ? absentColumn(field, 0) : readField(view.segments, field, rows)
    return outputColumn(field, output, column)
  })
}

function outputColumn(field: FieldSchema, output: Output, column: Column): OutputColumn {
  const named = { fieldId: field.id, name: field.name }
  if (field.name !== dynamicFieldName || column.type !== 'JSON') return { ...named, column }
  const picked = output.dynamicKeys && pickKeys(column, output.dynamicKeys)
  return { ...named, column: picked ?? column, isDynamic: true }
}

/** Vectors are what makes an answer large; other fields add little beside them. */
function checkSize(rowCount: number, output: Output): void {
  let sizeBytes = 0
  for (const field of output.fields) {
    if (isVectorField(field))
      sizeBytes += rowCount * vectorRowSizeBytes(field.type, field.dimension)
  }
  if (sizeBytes <= limits.outputSizeBytesMax) return
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot return ${rowCount} rows of ${sizeBytes} bytes of vectors: the most is ` +
      `${limits.outputSizeBytesMax} bytes, ask for fewer rows or leave the vectors out`,
  )
}
