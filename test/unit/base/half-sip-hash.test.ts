import { describe, expect, it } from 'vitest'
import { hashBytes, hashWords } from '../../../src/base/half-sip-hash.ts'

const seed = { low: 0x03020100, high: 0x07060504 }
const message = Uint8Array.from({ length: 64 }, (_, index) => index)

/** Of HalfSipHash-1-3 under the key 00 01 … 07, for the messages of no byte, 00, 00 01, and so on. */
const published = [
  0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b, 0xa0080b65, 0x9d38d9d6,
  0x577999b1,
]

describe('HalfSipHash', () => {
  it('gives the values that the Linux kernel tests with', () => {
    const found = published.map((_, length) => hashBytes(seed, message, 0, length))
    expect(found).toEqual(published)
  })

  it('hashes two words as their eight bytes', () => {
    expect(hashWords(seed, 0x03020100, 0x07060504)).toBe(hashBytes(seed, message, 0, 8))
    expect(hashWords(seed, -1, -2)).toBe(
      hashBytes(seed, new Uint8Array(Int32Array.of(-1, -2).buffer), 0, 8),
    )
  })

  it('reads from any address', () => {
    for (let from = 0; from < 8; from++) {
      const moved = new Uint8Array(80)
      moved.set(message.subarray(0, 37), from)
      expect(hashBytes(seed, moved, from, from + 37)).toBe(hashBytes(seed, message, 0, 37))
    }
  })

  it('differs with the seed', () => {
    const other = { low: seed.low, high: seed.high + 1 }
    expect(hashBytes(other, message, 0, 20)).not.toBe(hashBytes(seed, message, 0, 20))
  })
})
