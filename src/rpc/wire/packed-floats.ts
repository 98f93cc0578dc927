import { endianness } from 'node:os'
import { assert } from '../../base/assert.ts'

// Packed floats and doubles are little-endian, and so are typed arrays on every machine that Node is
// built for but one. There, this fails at once and not by wrong answers.
assert(endianness() === 'LE', 'typed arrays are little-endian, as packed floats are')

/** The bytes of packed floats or doubles: a view. */
export function packFloats(values: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
