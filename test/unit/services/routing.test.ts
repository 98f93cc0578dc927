import { describe, expect, it } from 'vitest'
import { hashInt64 } from '../../../src/services/proxy/routing.ts'

describe('the hash of an Int64 key', () => {
  // Computed with an independent MurmurHash3_x86_32 over the eight little-endian bytes.
  it('is MurmurHash3 of its little-endian bytes', () => {
    expect(hashInt64(0n)).toBe(murmur3(bytesOf(0n)))
    for (const value of [1n, -1n, 42n, 2n ** 62n, -(2n ** 63n), 2n ** 63n - 1n]) {
      expect(hashInt64(value)).toBe(murmur3(bytesOf(value)))
    }
  })

  it('agrees with the published vector for eight zero bytes', () => {
    expect(murmur3(new Uint8Array(4))).toBe(0x2362f9de)
  })

  it('spreads consecutive keys', () => {
    const counts = [0, 0, 0, 0]
    for (let key = 0n; key < 4000n; key += 1n) {
      const shard = (hashInt64(key) & 0x7fffffff) % 4
      counts[shard] = (counts[shard] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})

function bytesOf(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, value, true)
  return bytes
}

/** The algorithm as Appleby published it, over bytes, with bigint in place of 32-bit tricks. */
function murmur3(bytes: Uint8Array): number {
  const mask = 0xffffffffn
  const rotate = (value: bigint, bits: bigint): bigint =>
    ((value << bits) | (value >> (32n - bits))) & mask
  const view = new DataView(bytes.buffer)
  let hash = 0n
  for (let offset = 0; offset + 4 <= bytes.length; offset += 4) {
    let block = BigInt(view.getUint32(offset, true))
    block = (block * 0xcc9e2d51n) & mask
    block = (rotate(block, 15n) * 0x1b873593n) & mask
    hash = (rotate(hash ^ block, 13n) * 5n + 0xe6546b64n) & mask
  }
  hash ^= BigInt(bytes.length)
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & mask
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & mask
  return Number(hash ^ (hash >> 16n))
}
