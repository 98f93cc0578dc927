import { unreachable } from '../../base/assert.ts'
import { dataTypes } from '../../schema/data-type.ts'
import { type Column, type PrimaryKeys } from '../../schema/row-batch.ts'
import type { OutputColumn } from '../../services/proxy/proxy.ts'
import type { FieldData, IDs, ScalarField } from '../generated/milvus/schema.ts'
import { packFloats } from '../wire/packed-floats.ts'
import { packStrings } from '../wire/packed-strings.ts'
import { packInt32, packInt64 } from '../wire/packed-varints.ts'

export function fieldDataOf({ fieldId, name, column }: OutputColumn): FieldData {
  return {
    type: dataTypes[column.type],
    fieldName: name,
    field: valuesOf(column),
    fieldId,
    isDynamic: false,
    validData: noBytes,
  }
}

const noBytes = new Uint8Array(0)

function valuesOf(column: Column): FieldData['field'] {
  if (column.type !== 'FloatVector') return { $case: 'scalars', value: { data: scalarsOf(column) } }
  return {
    $case: 'vectors',
    value: {
      dim: BigInt(column.dimension),
      data: { $case: 'floatVector', value: { data: column.bytes } },
    },
  }
}

function scalarsOf(column: Exclude<Column, { type: 'FloatVector' }>): ScalarField['data'] {
  switch (column.type) {
    case 'Bool':
      // A byte of 0 or 1 is its own varint.
      return { $case: 'boolData', value: { data: column.values } }
    case 'Int8':
    case 'Int16':
    case 'Int32':
      return { $case: 'intData', value: { data: packInt32(column.values) } }
    case 'Int64':
      return { $case: 'longData', value: { data: packInt64(column.values) } }
    case 'Float':
      return { $case: 'floatData', value: { data: packFloats(column.values) } }
    case 'Double':
      return { $case: 'doubleData', value: { data: packFloats(column.values) } }
    case 'VarChar':
      return { $case: 'stringData', value: packStrings(column) }
    default:
      return unreachable(column)
  }
}

export function idsOf(keys: PrimaryKeys): IDs {
  return keys.type === 'Int64'
    ? { idField: { $case: 'intId', value: { data: packInt64(keys.values) } } }
    : { idField: { $case: 'strId', value: { data: [...keys.values] } } }
}
