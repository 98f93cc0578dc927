import type { WireColumn } from '../../services/proxy/proxy.ts'

/**
 * A column with a value in each row, zero or empty where the flag is 0, from one that has values for
 * the other rows alone.
 */
export function spread(
  column: Exclude<WireColumn, { readonly kind: 'vector' }>,
  flags: Uint8Array,
): WireColumn {
  switch (column.kind) {
    case 'bool':
      return { ...column, values: placed(column.values, new Uint8Array(flags.length), flags) }
    case 'int32':
      return { ...column, values: placed(column.values, new Int32Array(flags.length), flags) }
    case 'int64': {
      const halves = spreadBytes(bytesOf(column.values), BigInt64Array.BYTES_PER_ELEMENT, flags)
      return { ...column, values: new BigInt64Array(halves.buffer) }
    }
    case 'float':
      return { ...column, bytes: spreadBytes(column.bytes, Float32Array.BYTES_PER_ELEMENT, flags) }
    case 'double':
      return { ...column, bytes: spreadBytes(column.bytes, Float64Array.BYTES_PER_ELEMENT, flags) }
    case 'string':
    case 'json':
    case 'array':
      return { ...column, offsets: spreadOffsets(column.offsets, flags) }
  }
}

function placed<T extends Uint8Array | Int32Array>(values: T, target: T, flags: Uint8Array): T {
  let next = 0
  for (const [row, flag] of flags.entries()) {
    if (flag === 0) continue
    target[row] = values[next] ?? 0
    next += 1
  }
  return target
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function spreadBytes(
  bytes: Uint8Array,
  widthBytes: number,
  flags: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const target = new Uint8Array(flags.length * widthBytes)
  let next = 0
  for (const [row, flag] of flags.entries()) {
    if (flag === 0) continue
    target.set(bytes.subarray(next, next + widthBytes), row * widthBytes)
    next += widthBytes
  }
  return target
}

/** A row without a value is an empty span. */
function spreadOffsets(offsets: Uint32Array, flags: Uint8Array): Uint32Array {
  const target = new Uint32Array(flags.length + 1)
  let next = 0
  for (const [row, flag] of flags.entries()) {
    next += flag
    target[row + 1] = offsets[next] ?? 0
  }
  return target
}
