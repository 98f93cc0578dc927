import type { FieldId } from '../base/int64.ts'
import {
  type CollectionSchema,
  dynamicFieldName,
  type FieldSchema,
} from '../schema/collection-schema.ts'
import type { DataTypeName, ScalarTypeName } from '../schema/data-type.ts'

/** What a filter needs to know of a collection: its fields by name. */
export interface FilterSchema {
  readonly fields: ReadonlyMap<string, FilterField>
  readonly primaryKeyId: FieldId
  /** The JSON field that takes the names which no field has; undefined where there is none. */
  readonly dynamicFieldId: FieldId | undefined
}

export type FilterField = {
  readonly id: FieldId
  readonly name: string
} & (
  | { readonly type: Exclude<DataTypeName, 'Array'> }
  | { readonly type: 'Array'; readonly elementType: ScalarTypeName }
)

/** The view of a schema that filters are checked against; worth keeping beside the schema. */
export function filterSchemaOf(schema: CollectionSchema): FilterSchema {
  const fields = new Map<string, FilterField>()
  for (const field of schema.fields) fields.set(field.name, filterFieldOf(field))
  return {
    fields,
    primaryKeyId: schema.primaryKey.fieldId,
    dynamicFieldId: schema.hasDynamicField ? fields.get(dynamicFieldName)?.id : undefined,
  }
}

function filterFieldOf(field: FieldSchema): FilterField {
  const { id, name } = field
  if (field.type === 'Array') return { id, name, type: 'Array', elementType: field.elementType }
  return { id, name, type: field.type }
}
