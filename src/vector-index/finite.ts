import { assert } from '../base/assert.ts'
import { kib } from '../base/units.ts'
import { copyBytes } from '../kernels/copy.ts'
import { threadScratch } from './scratch.ts'

/** Small enough for a second-level cache, large enough that the calls do not count. */
const blockBytes = 64 * kib

/**
 * The index of the first float32 in little-endian `bytes` that is NaN or infinite, or -1. The bytes
 * may start at any address: they pass through WebAssembly memory a block at a time, which stays in
 * the processor's cache, so the check runs at the speed of memory.
 */
export function firstNonFinite(bytes: Uint8Array): number {
  assert(bytes.length % Float32Array.BYTES_PER_ELEMENT === 0, 'the bytes are whole floats')
  const scratch = threadScratch()
  const { exports, addresses } = scratch
  const memory = scratch.bytes(addresses.work + blockBytes)
  for (let from = 0; from < bytes.length; from += blockBytes) {
    const to = Math.min(bytes.length, from + blockBytes)
    copyBytes(bytes.subarray(from, to), memory, addresses.work)
    const elementCount = (to - from) / Float32Array.BYTES_PER_ELEMENT
    const found = exports.first_non_finite_f32_simd(addresses.work, elementCount)
    if (found >= 0) return from / Float32Array.BYTES_PER_ELEMENT + found
  }
  return -1
}
