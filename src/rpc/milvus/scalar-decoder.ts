import { unreachable } from '../../base/assert.ts'
import { concatBytes } from '../../base/bytes.ts'
import { ElanusError } from '../../base/errors.ts'
import type { DataTypeName } from '../../schema/data-type.ts'
import type { WireColumn, WireScalars } from '../../services/proxy/proxy.ts'
import { ScalarField } from '../generated/milvus/schema.ts'
import { decodeMessage } from '../wire/message.ts'
import { countStrings, splitMessages, unpackStrings } from '../wire/packed-strings.ts'
import { countVarints, unpackBool, unpackInt32, unpackInt64 } from '../wire/packed-varints.ts'

type Data = ScalarField['data']
type Kind = Exclude<NonNullable<Data>['$case'], 'arrayData' | 'jsonData'>

/** `count` values, or INVALID_ARGUMENT: what is allocated is bounded by what came. */
export function scalarColumn(
  data: Data,
  typeName: DataTypeName,
  count: number,
): Exclude<WireColumn, { readonly kind: 'vector' }> {
  if (data === undefined) {
    // A column of values none of which is there may well be no column.
    if (count === 0) return { kind: 'string', typeName, offsets: new Uint32Array(1), bytes: none }
    throw wrong('it holds no scalars of a type that is supported')
  }
  switch (data.$case) {
    case 'arrayData':
      return arrayColumn(splitMessages(data.value, count), typeName)
    case 'jsonData':
      return { kind: 'json', typeName, ...unpackStrings(data.value, count) }
    default:
      return scalars({ kind: data.$case, packed: packedOf(data) }, typeName, count)
  }
}

const none = new Uint8Array(0)

/** How many values there are. */
export function valueCountOf(data: Data): number {
  if (data === undefined) return 0
  switch (data.$case) {
    case 'arrayData':
    case 'jsonData':
      return countStrings(data.value)
    default:
      return countPacked(data.$case, packedOf(data))
  }
}

interface Packed {
  readonly kind: Kind
  readonly packed: Uint8Array
}

function scalars({ kind, packed }: Packed, typeName: DataTypeName, count: number): WireScalars {
  switch (kind) {
    case 'boolData':
      return { kind: 'bool', typeName, values: unpackBool(packed, count) }
    case 'intData':
      return { kind: 'int32', typeName, values: unpackInt32(packed, count) }
    case 'longData':
      return { kind: 'int64', typeName, values: unpackInt64(packed, count) }
    case 'floatData':
      checkSize(packed, count * Float32Array.BYTES_PER_ELEMENT)
      return { kind: 'float', typeName, bytes: packed }
    case 'doubleData':
      checkSize(packed, count * Float64Array.BYTES_PER_ELEMENT)
      return { kind: 'double', typeName, bytes: packed }
    case 'stringData':
      return { kind: 'string', typeName, ...unpackStrings(packed, count) }
    default:
      return unreachable(kind)
  }
}

function packedOf(data: Extract<NonNullable<Data>, { readonly $case: Kind }>): Uint8Array {
  return data.$case === 'stringData' ? data.value : data.value.data
}

function countPacked(kind: Kind, packed: Uint8Array): number {
  switch (kind) {
    case 'boolData':
    case 'intData':
    case 'longData':
      return countVarints(packed)
    case 'floatData':
      return packed.byteLength / Float32Array.BYTES_PER_ELEMENT
    case 'doubleData':
      return packed.byteLength / Float64Array.BYTES_PER_ELEMENT
    case 'stringData':
      return countStrings(packed)
    default:
      return unreachable(kind)
  }
}

/**
 * A message for each row. Packed values one after the other are packed values again, as are repeated
 * texts (Protocol Buffers, "Encoding"), so that all rows' elements are read as one run.
 */
function arrayColumn(
  rows: readonly Uint8Array[],
  typeName: DataTypeName,
): Extract<WireColumn, { readonly kind: 'array' }> {
  const offsets = new Uint32Array(rows.length + 1)
  const parts: Uint8Array[] = []
  let kind: Kind | undefined
  for (const [row, message] of rows.entries()) {
    const part = elementsOf(decodeMessage(ScalarField, 'an array', message).data)
    if (part !== undefined && kind !== undefined && part.kind !== kind) {
      throw wrong(`array ${row} holds ${part.kind}, those before it ${kind}`)
    }
    kind ??= part?.kind
    if (part !== undefined) parts.push(part.packed)
    const elementCount = part === undefined ? 0 : countPacked(part.kind, part.packed)
    if (!Number.isInteger(elementCount)) throw wrong(`array ${row} is cut off`)
    offsets[row + 1] = (offsets[row] ?? 0) + elementCount
  }
  const total = offsets.at(-1) ?? 0
  const elements = kind && scalars({ kind, packed: concatBytes(parts) }, typeName, total)
  return { kind: 'array', typeName, offsets, elements }
}

/** Undefined for an array without elements, whatever they would be. */
function elementsOf(data: Data): Packed | undefined {
  if (data === undefined) return undefined
  if (data.$case === 'arrayData' || data.$case === 'jsonData') {
    throw wrong('the elements of an array are plain values')
  }
  const packed = packedOf(data)
  return packed.length === 0 ? undefined : { kind: data.$case, packed }
}

function checkSize(bytes: Uint8Array, sizeBytes: number): void {
  if (bytes.byteLength !== sizeBytes) {
    throw wrong(`it holds ${bytes.byteLength} bytes, not ${sizeBytes}`)
  }
}

function wrong(what: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', what)
}
