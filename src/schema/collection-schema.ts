import type { FieldId } from '../base/int64.ts'
import type { DataTypeName, PrimaryKeyTypeName, VectorTypeName } from './data-type.ts'

export type KeyValues = readonly { readonly key: string; readonly value: string }[]

/** What every field has; `typeParams` and `indexParams` are echoed as the client gave them. */
interface FieldCommon {
  readonly id: FieldId
  readonly name: string
  readonly description: string
  readonly typeParams: KeyValues
  readonly indexParams: KeyValues
}

export interface FixedField extends FieldCommon {
  readonly type: Exclude<DataTypeName, 'VarChar' | VectorTypeName>
}

export interface VarCharField extends FieldCommon {
  readonly type: 'VarChar'
  /** The longest value, in UTF-8 bytes. */
  readonly lengthMax: number
}

export interface FloatVectorField extends FieldCommon {
  readonly type: 'FloatVector'
  readonly dimension: number
}

export type FieldSchema = FixedField | VarCharField | FloatVectorField

/**
 * A checked schema: exactly one primary key, at least one vector, names unique and valid, ids
 * assigned. User fields count from 100; 0 and 1 are the system's row id and timestamp.
 */
export interface CollectionSchema {
  readonly name: string
  readonly description: string
  readonly fields: readonly FieldSchema[]
  readonly primaryKey: {
    readonly fieldId: FieldId
    readonly type: PrimaryKeyTypeName
    readonly isAutoId: boolean
  }
  readonly hasDynamicField: boolean
  readonly properties: KeyValues
}
