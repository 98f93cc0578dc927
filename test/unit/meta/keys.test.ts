import { describe, expect, it } from 'vitest'
import { int64Max, int64Min } from '../../../src/base/int64.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { encodeKey, endOfPrefix } from '../../../src/meta/keys.ts'
import { seedOfRun } from '../../support/seeds.ts'

describe('encodeKey', () => {
  it('is the table and then eight bytes for each number', () => {
    expect(hex(encodeKey(0x20, [0n, 1n, -1n]))).toBe(
      '20' + '8000000000000000' + '8000000000000001' + '7fffffffffffffff',
    )
  })

  it('ends with text as UTF-8', () => {
    expect(hex(encodeKey(0x12, ['é']))).toBe('12c3a9')
    expect(hex(encodeKey(0x12, [0n, 'a']))).toBe('12800000000000000061')
  })

  it('sorts like the numbers', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    const edges = [int64Min, int64Min + 1n, -256n, -1n, 0n, 1n, 255n, 256n, int64Max - 1n, int64Max]
    const drawn = Array.from({ length: 200 }, () =>
      BigInt.asIntN(64, BigInt(random.below(2 ** 32)) << BigInt(random.below(40))),
    )
    const numbers = [...edges, ...drawn]
    const byKey = numbers.toSorted((a, b) => Buffer.compare(encodeKey(1, [a]), encodeKey(1, [b])))
    const byValue = numbers.toSorted((a, b) => (a < b ? -1 : Number(a > b)))
    expect(byKey, `seed ${seed}`).toEqual(byValue)
  })

  it('asserts that numbers fit and that text comes last', () => {
    expect(() => encodeKey(1, [int64Max + 1n])).toThrow('64 bits')
    expect(() => encodeKey(1, ['a', 1n])).toThrow('a text part is the last')
    expect(() => encodeKey(256, [])).toThrow('a byte')
  })
})

describe('endOfPrefix', () => {
  it.each([
    ['01', '02'],
    ['01ff', '02'],
    ['00ffff', '01'],
    ['fffe', 'ffff'],
  ])('follows every key that starts with %s', (prefix, end) => {
    expect(hex(endOfPrefix(Buffer.from(prefix, 'hex')) ?? new Uint8Array())).toBe(end)
  })

  it('is absent where nothing can follow', () => {
    expect(endOfPrefix(new Uint8Array())).toBeUndefined()
    expect(endOfPrefix(Uint8Array.of(255, 255))).toBeUndefined()
  })
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
