import { unreachable } from '../base/assert.ts'
import type { FieldSchema, ScalarValue } from './collection-schema.ts'
import { type ScalarTypeName, vectorRowSizeBytes } from './data-type.ts'
import { fixedWidthBytes, viewFixedColumn } from './fixed-column.ts'
import type { Column, FixedWidthColumn, ScalarColumn } from './row-batch.ts'
import { validitySizeBytes } from './validity.ts'

/**
 * Rows that came without a value of the field: they have its default, or none. Of a field that must
 * have one and has no default, zeros and empty values; of the dynamic field, an object without keys.
 */
export function absentColumn(field: FieldSchema, rowCount: number): Column {
  const isNull = field.isNullable === true && defaultOf(field) === undefined
  const validity = isNull ? new Uint8Array(validitySizeBytes(rowCount)) : undefined
  switch (field.type) {
    case 'JSON':
      return { type: 'JSON', ...repeated(isNull ? '' : '{}', rowCount), validity }
    case 'Array': {
      const elements = scalarColumn(field.elementType, undefined, 0)
      return { type: 'Array', offsets: new Uint32Array(rowCount + 1), elements, validity }
    }
    case 'BinaryVector':
    case 'FloatVector':
    case 'Float16Vector':
    case 'BFloat16Vector':
    case 'Int8Vector': {
      const { type, dimension } = field
      return {
        type,
        dimension,
        bytes: new Uint8Array(rowCount * vectorRowSizeBytes(type, dimension)),
      }
    }
    default:
      return { ...scalarColumn(field.type, field.defaultValue, rowCount), validity }
  }
}

export function defaultOf(field: FieldSchema): ScalarValue | undefined {
  return 'defaultValue' in field ? field.defaultValue : undefined
}

/** The one value in every row; zero or empty where there is none. */
function scalarColumn(
  type: ScalarTypeName,
  value: ScalarValue | undefined,
  rowCount: number,
): ScalarColumn {
  if (type === 'VarChar') {
    return { type, ...repeated(value?.kind === 'text' ? value.value : '', rowCount) }
  }
  const column = viewFixedColumn(type, new ArrayBuffer(rowCount * fixedWidthBytes[type]), rowCount)
  if (value !== undefined) fillWith(column, value)
  return column
}

function fillWith(column: FixedWidthColumn, value: ScalarValue): void {
  switch (column.type) {
    case 'Int64':
      column.values.fill(value.kind === 'integer' ? value.value : 0n)
      return
    case 'Bool':
    case 'Int8':
    case 'Int16':
    case 'Int32':
    case 'Float':
    case 'Double':
      column.values.fill(Number(value.value))
      return
    default:
      unreachable(column)
  }
}

function repeated(
  text: string,
  rowCount: number,
): { readonly offsets: Uint32Array; readonly bytes: Uint8Array } {
  const size = Buffer.byteLength(text, 'utf8')
  const offsets = Uint32Array.from({ length: rowCount + 1 }, (_, row) => row * size)
  const bytes = new Uint8Array(rowCount * size)
  if (size > 0 && rowCount > 0) bytes.set(Buffer.alloc(bytes.length, text, 'utf8'))
  return { offsets, bytes }
}
