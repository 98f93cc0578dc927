import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sortByNumbers } from '../../../src/scalar-index/sort-numbers.ts'
import { sortByTexts } from '../../../src/scalar-index/sort-texts.ts'
import type { FixedWidthColumn, VarCharColumn } from '../../../src/schema/row-batch.ts'
import { seedOfRun } from '../../support/seeds.ts'

const seed = seedOfRun()

function placesOf(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, place) => place)
}

function texts(parts: readonly Uint8Array[]): VarCharColumn {
  const offsets = new Uint32Array(parts.length + 1)
  for (const [i, part] of parts.entries()) offsets[i + 1] = (offsets[i] ?? 0) + part.length
  return { type: 'VarChar', offsets, bytes: new Uint8Array(Buffer.concat(parts)) }
}

function sortedTexts(parts: readonly Uint8Array[]): readonly number[] {
  const places = placesOf(parts.length)
  sortByTexts(texts(parts), places)
  return [...places]
}

function naivelySorted(parts: readonly Uint8Array[]): readonly number[] {
  const places = [...placesOf(parts.length)]
  const at = (place: number): Uint8Array => parts[place] ?? new Uint8Array()
  return places.sort((a, b) => Buffer.compare(at(a), at(b)) || a - b)
}

/** Long common beginnings, endings in zeros, and many of a kind. */
const bytes = fc
  .tuple(
    fc.constantFrom('', 'user_', 'a long beginning that many share: '),
    fc.uint8Array({ maxLength: 12, min: 0, max: 2 }),
    fc.nat(3),
  )
  .map(([prefix, tail, zeros]) => Buffer.concat([Buffer.from(prefix), tail, new Uint8Array(zeros)]))

describe(`the order of texts (seed ${seed})`, () => {
  it('is that of their bytes, equal ones as they come', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 40 }), fc.constantFrom(1, 30), (sample, times) => {
        const parts = Array.from({ length: times }, () => sample).flat()
        expect(sortedTexts(parts)).toEqual(naivelySorted(parts))
      }),
      { seed, numRuns: 300 },
    )
  })

  it('is found for long texts that are all the same', () => {
    const parts = Array.from({ length: 300 }, () => Buffer.alloc(65_535, 'x'))
    expect(sortedTexts(parts)).toEqual([...placesOf(300)])
  })
})

const number = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 5e-324, -5e-324),
)

/** By value; NaN last. */
function compareNumbers(a: number | bigint, b: number | bigint): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a < b ? -1 : a > b ? 1 : 0
}

function sortedNumbers(column: FixedWidthColumn): readonly number[] {
  const places = placesOf(column.values.length)
  sortByNumbers(column, places)
  return [...places]
}

function naivelySortedNumbers({ values }: FixedWidthColumn): readonly number[] {
  const at = (place: number): number | bigint => values[place] ?? 0
  return [...placesOf(values.length)].sort((a, b) => compareNumbers(at(a), at(b)) || a - b)
}

describe(`the order of numbers (seed ${seed})`, () => {
  it('is that of Doubles and Floats, NaN last and zero without a sign', () => {
    fc.assert(
      fc.property(fc.array(number), (values) => {
        const columns: FixedWidthColumn[] = []
        columns.push({ type: 'Double', values: Float64Array.from(values) })
        columns.push({ type: 'Float', values: Float32Array.from(values) })
        expect(columns.map(sortedNumbers)).toEqual(columns.map(naivelySortedNumbers))
      }),
      { seed },
    )
  })

  it('is that of whole numbers of every width', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (values) => {
        const columns: FixedWidthColumn[] = []
        columns.push({ type: 'Int64', values: BigInt64Array.from(values) })
        const numbers = values.map((value) => Number(BigInt.asIntN(32, value)))
        columns.push({ type: 'Int32', values: Int32Array.from(numbers) })
        columns.push({ type: 'Int16', values: Int16Array.from(numbers) })
        columns.push({ type: 'Int8', values: Int8Array.from(numbers) })
        columns.push({ type: 'Bool', values: Uint8Array.from(numbers, (value) => value & 1) })
        expect(columns.map(sortedNumbers)).toEqual(columns.map(naivelySortedNumbers))
      }),
      { seed },
    )
  })
})
