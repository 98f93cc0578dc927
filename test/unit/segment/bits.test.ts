import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  copyBits,
  countBits,
  forEachClear,
  newBits,
  setBit,
  setBitsBefore,
  setBitsFrom,
  uniteBits,
} from '../../../src/segment/bits.ts'

const rowCount = fc.integer({ min: 0, max: 200 })
const setOfRows = fc.uniqueArray(fc.integer({ min: 0, max: 199 }))

function bitsOf(rows: readonly number[], count: number) {
  const bits = newBits(count)
  for (const row of rows) if (row < count) setBit(bits, row)
  return bits
}

function clearRows(bits: Uint8Array, count: number): number[] {
  const rows: number[] = []
  forEachClear(bits, count, (row) => rows.push(row))
  return rows
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, row) => row)
}

describe('a bitset over rows', () => {
  it('counts its rows and visits the others in order', () => {
    fc.assert(
      fc.property(setOfRows, rowCount, (rows, count) => {
        const bits = bitsOf(rows, 200)
        expect(countBits(bits, count)).toBe(rows.filter((row) => row < count).length)
        expect(clearRows(bits, count)).toEqual(range(count).filter((row) => !rows.includes(row)))
      }),
    )
  })

  it('takes rows before and from a place in', () => {
    fc.assert(
      fc.property(rowCount, rowCount, (before, from) => {
        const bits = newBits(200)
        setBitsBefore(bits, before)
        setBitsFrom(bits, from)
        expect(clearRows(bits, 200)).toEqual(range(200).slice(before, Math.max(before, from)))
      }),
    )
  })

  it('is united with another, whichever of them is longer', () => {
    fc.assert(
      fc.property(setOfRows, setOfRows, rowCount, (rows, others, count) => {
        const bits = bitsOf(rows, 100)
        uniteBits(bits, bitsOf(others, count))
        const inEither = new Set([...rows, ...others.filter((row) => row < count)])
        const expected = range(100).filter((row) => !inEither.has(row))
        expect(clearRows(bits, 100)).toEqual(expected)
      }),
    )
  })

  it('is copied with room for more', () => {
    const copy = copyBits(bitsOf([3, 99], 100), 300)
    setBit(copy, 299)
    expect(countBits(copy, 300)).toBe(3)
  })
})
