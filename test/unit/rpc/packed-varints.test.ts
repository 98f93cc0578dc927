import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { int64Max, int64Min } from '../../../src/base/int64.ts'
import {
  countVarints,
  packInt32,
  packInt64,
  unpackBool,
  unpackInt32,
  unpackInt64,
} from '../../../src/rpc/wire/packed-varints.ts'

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const int64 = fc.bigInt({ min: int64Min, max: int64Max })

describe('packed varints', () => {
  it('lie as Protocol Buffers has them', () => {
    expect([...packInt32([1, 300, -1])]).toEqual([
      1, 0xac, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1,
    ])
    expect([...packInt64([0n, 127n, 128n, int64Max])]).toEqual([
      0, 127, 0x80, 1, 255, 255, 255, 255, 255, 255, 255, 255, 127,
    ])
  })

  it('come back as they were, of 32 bits', () => {
    fc.assert(
      fc.property(fc.array(int32), (values) => {
        const packed = packInt32(values)
        expect(countVarints(packed)).toBe(values.length)
        expect([...unpackInt32(packed, values.length)]).toEqual(values)
      }),
    )
  })

  it('come back as they were, of 64 bits', () => {
    fc.assert(
      fc.property(fc.array(int64), (values) => {
        expect([...unpackInt64(packInt64(values), values.length)]).toEqual(values)
      }),
    )
  })

  it('come back as they were at every power of two', () => {
    const powers = Array.from({ length: 63 }, (_, bit) => 1n << BigInt(bit))
    const values = powers.flatMap((power) => [power - 1n, power, -power])
    expect([...unpackInt64(packInt64(values), values.length)]).toEqual(values)
  })

  it('are read as truth values in either width', () => {
    expect([...unpackBool(Uint8Array.of(0, 1, 1), 3)]).toEqual([0, 1, 1])
    expect([...unpackBool(Uint8Array.of(0x80, 1, 2, 0), 3)]).toEqual([1, 1, 0])
  })

  it('are refused when there are not as many as expected', () => {
    expect(() => unpackInt64(Uint8Array.of(1, 2), 3)).toThrow('there are 2, not 3')
    expect(() => unpackInt32(Uint8Array.of(1, 2, 3), 2)).toThrow('there are 3, not 2')
  })

  it('are refused when the last is cut off', () => {
    expect(() => unpackInt64(Uint8Array.of(1, 0x80), 1)).toThrow('the last is cut off')
  })

  it('are refused when one has more bytes than 64 bits take', () => {
    const long = Uint8Array.of(...Array.from({ length: 10 }, () => 0x80), 1)
    expect(() => unpackInt64(long, 1)).toThrow('one takes 11 bytes, the most is 10')
    expect(() => unpackInt32(long, 1)).toThrow('one takes 11 bytes, the most is 10')
  })
})
