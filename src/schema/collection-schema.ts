import type { FieldId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import type { PrimaryKeyTypeName, ScalarTypeName, VectorTypeName } from './data-type.ts'

export type KeyValues = readonly { readonly key: string; readonly value: string }[]

/** What every field has; `typeParams` and `indexParams` are echoed as the client gave them. */
interface FieldCommon {
  readonly id: FieldId
  readonly name: string
  readonly description: string
  readonly typeParams: KeyValues
  readonly indexParams: KeyValues
  /** Whether a row may have no value; absent: every row has one. */
  readonly isNullable?: boolean | undefined
  /**
   * When it came to a collection that was there: rows of before may be stored without it, and have
   * its default or none. Absent: it was there from the start.
   */
  readonly addedAt?: Timestamp | undefined
}

/** A plain value, in the form that a field's type has: a number for Float and Double. */
export type ScalarValue =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }

interface ScalarCommon extends FieldCommon {
  /** What a row gets that comes without a value. */
  readonly defaultValue?: ScalarValue | undefined
}

export interface FixedField extends ScalarCommon {
  readonly type: Exclude<ScalarTypeName, 'VarChar'>
}

export interface VarCharField extends ScalarCommon {
  readonly type: 'VarChar'
  /** The longest value, in UTF-8 bytes. */
  readonly lengthMax: number
}

export interface JsonField extends FieldCommon {
  readonly type: 'JSON'
}

export interface ArrayField extends FieldCommon {
  readonly type: 'Array'
  readonly elementType: ScalarTypeName
  /** The most elements of one row. */
  readonly capacityMax: number
  /** Of VarChar elements: the longest, in UTF-8 bytes. */
  readonly lengthMax?: number | undefined
}

export interface VectorField extends FieldCommon {
  readonly type: VectorTypeName
  readonly dimension: number
}

export type FieldSchema = FixedField | VarCharField | JsonField | ArrayField | VectorField

/**
 * A checked schema: exactly one primary key, at least one vector, names unique and valid, ids
 * assigned. User fields count from 100; 0 and 1 are the system's row id and timestamp.
 */
export interface CollectionSchema {
  readonly name: string
  readonly description: string
  /** The dynamic field is one of them, where there is one; clients do not see it as such. */
  readonly fields: readonly FieldSchema[]
  readonly primaryKey: {
    readonly fieldId: FieldId
    readonly type: PrimaryKeyTypeName
    readonly isAutoId: boolean
  }
  /** Whether keys that no field has are kept, in the JSON field of `dynamicFieldName`. */
  readonly hasDynamicField: boolean
  /** The field whose values say in which partition a row lies; absent: the client says it. */
  readonly partitionKeyId?: FieldId | undefined
  readonly properties: KeyValues
}

/** The dynamic field's name, in schemas and in filters: no field of a client's can have it. */
export const dynamicFieldName = '$meta'

export function isDynamicField(schema: CollectionSchema, field: FieldSchema): boolean {
  return schema.hasDynamicField && field.name === dynamicFieldName
}

/** A field that filters can read. */
export type PlainField = Exclude<FieldSchema, VectorField>

export function isVectorField(field: FieldSchema): field is VectorField {
  return 'dimension' in field
}
