import type { FieldId } from '../base/int64.ts'
import type { CollectionSchema } from '../schema/collection-schema.ts'
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
  | { readonly type: DataTypeName | 'JSON' }
  | { readonly type: 'Array'; readonly elementType: ScalarTypeName }
)

/** The dynamic field's name, in schemas and in filters. */
export const dynamicFieldName = '$meta'

/** The view of a schema that filters are checked against; worth keeping beside the schema. */
export function filterSchemaOf(schema: CollectionSchema): FilterSchema {
  const fields = new Map<string, FilterField>()
  for (const { id, name, type } of schema.fields) fields.set(name, { id, name, type })
  return {
    fields,
    primaryKeyId: schema.primaryKey.fieldId,
    dynamicFieldId: schema.hasDynamicField ? fields.get(dynamicFieldName)?.id : undefined,
  }
}
