import { unreachable } from '../../base/assert.ts'
import { type FieldSchema, isVectorField } from '../../schema/collection-schema.ts'
import type { ScalarTypeName } from '../../schema/data-type.ts'
import type { WireColumn, WireScalars } from '../proxy/proxy.ts'

/** A field's values as a client's would have come. `bytes` are the column's own, aligned. */
export function wireColumn(
  field: Exclude<FieldSchema, { readonly type: 'Array' }>,
  bytes: Uint8Array<ArrayBuffer>,
  offsets = new Uint32Array(),
): WireColumn {
  if (isVectorField(field)) {
    return { kind: 'vector', typeName: field.type, dimension: field.dimension, bytes }
  }
  if (field.type === 'JSON') return { kind: 'json', typeName: field.type, offsets, bytes }
  return wireScalars(field.type, bytes, offsets)
}

export function wireScalars(
  typeName: ScalarTypeName,
  bytes: Uint8Array<ArrayBuffer>,
  offsets = new Uint32Array(),
): WireScalars {
  const { buffer } = bytes
  switch (typeName) {
    case 'Bool':
      return { kind: 'bool', typeName, values: bytes.map((value) => (value === 0 ? 0 : 1)) }
    case 'Int8':
      return { kind: 'int32', typeName, values: Int32Array.from(new Int8Array(buffer)) }
    case 'Int16':
      return { kind: 'int32', typeName, values: Int32Array.from(new Int16Array(buffer)) }
    case 'Int32':
      return { kind: 'int32', typeName, values: new Int32Array(buffer) }
    case 'Int64':
      return { kind: 'int64', typeName, values: new BigInt64Array(buffer) }
    case 'Float':
      return { kind: 'float', typeName, bytes }
    case 'Double':
      return { kind: 'double', typeName, bytes }
    case 'VarChar':
      return { kind: 'string', typeName, offsets, bytes }
    default:
      return unreachable(typeName)
  }
}
