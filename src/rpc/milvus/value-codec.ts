import { ElanusError } from '../../base/errors.ts'
import type { FieldSchema, ScalarValue } from '../../schema/collection-schema.ts'
import { defaultOf } from '../../schema/default-column.ts'
import type { ValueField } from '../generated/milvus/schema.ts'

/** A default value as it came; INVALID_ARGUMENT for one of a kind that no field has a default of. */
export function scalarValueOf(message: ValueField | undefined): ScalarValue | undefined {
  const data = message?.data
  switch (data?.$case) {
    case undefined:
      return undefined
    case 'boolData':
      return { kind: 'bool', value: data.value }
    case 'intData':
      return { kind: 'integer', value: BigInt(data.value) }
    case 'longData':
      return { kind: 'integer', value: data.value }
    case 'floatData':
    case 'doubleData':
      return { kind: 'number', value: data.value }
    case 'stringData':
      return { kind: 'text', value: data.value }
    case 'bytesData':
      throw new ElanusError('INVALID_ARGUMENT', 'type not support default_value, type: bytes')
  }
}

/** The way back, in the form that the field's type has. */
export function valueFieldOf(field: FieldSchema): ValueField | undefined {
  const value = defaultOf(field)
  switch (value?.kind) {
    case undefined:
      return undefined
    case 'bool':
      return { data: { $case: 'boolData', value: value.value } }
    case 'integer':
      return field.type === 'Int64'
        ? { data: { $case: 'longData', value: value.value } }
        : { data: { $case: 'intData', value: Number(value.value) } }
    case 'number':
      return field.type === 'Float'
        ? { data: { $case: 'floatData', value: value.value } }
        : { data: { $case: 'doubleData', value: value.value } }
    case 'text':
      return { data: { $case: 'stringData', value: value.value } }
  }
}
