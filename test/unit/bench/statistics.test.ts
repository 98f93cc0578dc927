import { describe, expect, it } from 'vitest'
import { meanRecall, median, quantile } from '../../../bench/lib/statistics.ts'

describe('quantile', () => {
  it('is a value that was measured, by nearest rank', () => {
    const values = [50, 20, 40, 30, 10]
    expect([0.01, 0.2, 0.21, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([
      10, 10, 20, 30, 50, 50,
    ])
  })

  it('orders numbers as numbers', () => {
    expect(quantile([9, 10, 100], 1)).toBe(100)
  })

  it('is not a number for nothing', () => {
    expect(quantile([], 0.5)).toBeNaN()
  })
})

describe('median', () => {
  it('lies between the middle two of an even count', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  it('is the middle one of an odd count', () => {
    expect(median([3, 1, 2])).toBe(2)
  })
})

describe('meanRecall', () => {
  it('is the mean share of the first k exact ids that were found', () => {
    const exact = [Int32Array.of(1, 2, 3), Int32Array.of(4, 5, 6)]
    expect(
      meanRecall(
        [
          [2, 1],
          [4, 9],
        ],
        exact,
        2,
      ),
    ).toBe(0.75)
  })

  it('gives nothing for hits beyond the first k', () => {
    expect(meanRecall([[8, 9, 1]], [Int32Array.of(1, 2)], 2)).toBe(0)
  })

  it('counts hits that are missing as missed', () => {
    expect(meanRecall([[1]], [Int32Array.of(1, 2)], 2)).toBe(0.5)
  })
})
