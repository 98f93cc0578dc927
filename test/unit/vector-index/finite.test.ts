import { describe, expect, it } from 'vitest'
import { firstNonFinite } from '../../../src/vector-index/finite.ts'
import { bytesOf, clusteredRows, misalign } from './vectors.ts'

describe('firstNonFinite', () => {
  it('is -1 for no float and for finite ones', () => {
    expect(firstNonFinite(new Uint8Array(0))).toBe(-1)
    expect(firstNonFinite(bytesOf(clusteredRows(1000, 100, 1)))).toBe(-1)
  })

  it.each([0, 1, 99, 16_383, 16_384, 16_385, 49_999])(
    'finds a NaN at %i, at any address',
    (bad) => {
      const values = new Float32Array(50_000).fill(1.5)
      values[bad] = Number.NaN
      values[49_999] = Infinity
      for (const by of [0, 1, 2, 3]) {
        expect(firstNonFinite(misalign(new Uint8Array(values.buffer), by))).toBe(bad)
      }
    },
  )
})
