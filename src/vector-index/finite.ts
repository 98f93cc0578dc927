import { assert } from '../base/assert.ts'
import { kib } from '../base/units.ts'
import { copyBytes } from '../kernels/copy.ts'
import { type ElementType, elementBits } from '../schema/element-type.ts'
import { threadScratch } from './scratch.ts'

/** Small enough for a second-level cache, large enough that the calls do not count. */
const blockBytes = 64 * kib

/**
 * The index of the first number in little-endian `bytes` that is NaN or infinite, or -1, as there
 * always is for bytes and bits. They may start at any address: they pass through WebAssembly memory
 * a block at a time, which stays in the processor's cache, so the check runs at the speed of memory.
 */
export function firstNonFinite(bytes: Uint8Array, elementType: ElementType = 'float32'): number {
  if (elementType === 'int8' || elementType === 'binary') return -1
  const elementBytes = elementBits[elementType] / 8
  assert(bytes.length % elementBytes === 0, 'the bytes are whole numbers')
  const scratch = threadScratch()
  const { addresses } = scratch
  const memory = scratch.bytes(addresses.work + blockBytes)
  for (let from = 0; from < bytes.length; from += blockBytes) {
    const to = Math.min(bytes.length, from + blockBytes)
    copyBytes(bytes.subarray(from, to), memory, addresses.work)
    const found = firstOfBlock(elementType, (to - from) / elementBytes)
    if (found >= 0) return from / elementBytes + found
  }
  return -1
}

function firstOfBlock(elementType: 'float32' | 'float16' | 'bfloat16', count: number): number {
  const { exports, addresses } = threadScratch()
  switch (elementType) {
    case 'float32':
      return exports.first_non_finite_f32_simd(addresses.work, count)
    case 'float16':
      return exports.first_non_finite_f16_simd(addresses.work, count)
    case 'bfloat16':
      return exports.first_non_finite_bf16_simd(addresses.work, count)
  }
}
