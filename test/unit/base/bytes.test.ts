import { describe, expect, it } from 'vitest'
import { byteLengthOf, concatBytes, skipBytes, viewOf } from '../../../src/base/bytes.ts'

const bytes = (...values: readonly number[]) => Uint8Array.from(values)

describe('bytes', () => {
  it('adds up the parts', () => {
    expect(byteLengthOf([bytes(1, 2), bytes(), bytes(3)])).toBe(3)
  })

  it('puts the parts into one array', () => {
    expect(concatBytes([bytes(1, 2), bytes(), bytes(3)])).toEqual(bytes(1, 2, 3))
  })

  it.each([
    [0, [bytes(1, 2), bytes(3)]],
    [1, [bytes(2), bytes(3)]],
    [2, [bytes(3)]],
    [3, []],
  ])('skips the first %i bytes', (count, expected) => {
    expect(skipBytes([bytes(1, 2), bytes(3)], count)).toEqual(expected)
  })

  it('views a part of a larger buffer at its place', () => {
    const part = bytes(9, 9, 1, 2).subarray(2)
    expect(viewOf(part).getUint16(0)).toBe(0x0102)
  })
})
