import { ElanusError } from '../../base/errors.ts'
import type { FieldId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { CollectionSchema, FieldSchema } from '../../schema/collection-schema.ts'
import { dataTypeOf, isVectorType } from '../../schema/data-type.ts'
import { checkField } from './field-check.ts'
import { checkFieldCount, checkFieldName, dynamicFieldOf, type FieldDraft } from './schema-check.ts'

/**
 * The collection with one more field, of which rows of before have the default or nothing.
 * INVALID_ARGUMENT for a field that they cannot be without.
 */
export function withField(
  record: CollectionRecord,
  draft: FieldDraft,
  addedAt: Timestamp,
): CollectionRecord {
  const { schema } = record
  checkAddition(schema, draft)
  const field = checkField(draft, nextFieldId(schema))
  return withFields(record, [{ ...field, addedAt }])
}

/** The collection with a dynamic field; one that has it stays what it is. */
export function withDynamicField(record: CollectionRecord, addedAt: Timestamp): CollectionRecord {
  const { schema } = record
  if (schema.hasDynamicField) return record
  const field = dynamicFieldOf(nextFieldId(schema))
  const added = withFields(record, [{ ...field, addedAt }])
  return { ...added, schema: { ...added.schema, hasDynamicField: true } }
}

function withFields(record: CollectionRecord, fields: readonly FieldSchema[]): CollectionRecord {
  const { schema } = record
  return { ...record, schema: { ...schema, fields: [...schema.fields, ...fields] } }
}

/** Fields are never dropped, so the last id is the greatest that there was. */
function nextFieldId({ fields }: CollectionSchema): FieldId {
  const last = fields.reduce((most, { id }) => (id > most ? id : most), 0n)
  return toId<FieldId>(last + 1n)
}

function checkAddition(schema: CollectionSchema, draft: FieldDraft): void {
  const { name } = draft
  const type = dataTypeOf(draft.dataType)
  checkFieldName(name)
  if (schema.fields.some((field) => field.name === name)) {
    throw invalid(`duplicate field name: ${name}`)
  }
  // The dynamic field is none of the client's.
  checkFieldCount(schema.fields.length + (schema.hasDynamicField ? 0 : 1))
  if (draft.isPrimaryKey) throw invalid(`not support to add pk field, field name = ${name}`)
  if (draft.isAutoId) {
    throw invalid(`only primary field can speficy AutoID with true, field name = ${name}`)
  }
  if (draft.isPartitionKey) {
    throw invalid(`not support to add partition key field, field name  = ${name}`)
  }
  if (type !== undefined && isVectorType(type)) {
    throw invalid(`not support to add vector field, field name = ${name}`)
  }
  const { defaultValue } = draft
  if (defaultValue?.kind === 'text') {
    const length = Buffer.byteLength(defaultValue.value, 'utf8')
    if (length > limits.addedDefaultLengthMax) {
      throw invalid(
        `the default_value of an added field is at most ${limits.addedDefaultLengthMax} bytes, ` +
          `got ${length}, field name = ${name}`,
      )
    }
  }
  if (!draft.isNullable) {
    throw invalid(`added field must be nullable, please check it, field name = ${name}`)
  }
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
