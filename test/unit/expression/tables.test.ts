import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { placeEntries, seeds } from '../../../src/expression/evaluate/hash-slots.ts'
import { hashWords, LaneTable } from '../../../src/expression/evaluate/lane-table.ts'
import { Tally } from '../../../src/expression/evaluate/tally.ts'
import { hashText, TextTable } from '../../../src/expression/evaluate/text-tests.ts'
import { seedOfRun } from '../../support/seeds.ts'

const seed = seedOfRun()

describe(`tables (seed ${seed})`, () => {
  it('find each number at its place, and no other', () => {
    const random = seededRandom(seed)
    const values = [...new Set(Array.from({ length: 5_000 }, () => BigInt(random.below(2 ** 31))))]
    const held = values.filter((_, i) => i % 2 === 0)
    const table = new LaneTable(BigInt64Array.from(held))
    for (const [i, value] of values.entries()) {
      expect(table.findInt64(value)).toBe(i % 2 === 0 ? i / 2 : -1)
    }
  })

  it('find doubles, taking both zeros for one', () => {
    const table = new LaneTable(Float64Array.of(0, 1.5, -1e300))
    expect([-0, 0, 1.5, -1e300, Number.NaN, 2].map((value) => table.findDouble(value))).toEqual([
      0, 0, 1, 2, -1, -1,
    ])
  })

  it('find texts by their bytes', () => {
    const texts = ['', 'a', 'ab', '日本', 'x'.repeat(300)]
    const table = new TextTable(texts)
    const placeOf = (text: string): number => {
      const bytes = Buffer.from(`__${text}__`)
      return table.find(bytes, 2, bytes.length - 2)
    }
    expect(texts.map(placeOf)).toEqual([0, 1, 2, 3, 4])
    expect(['b', 'abc', '日', 'x'.repeat(299), 'x'.repeat(301)].map(placeOf)).toEqual([
      -1, -1, -1, -1, -1,
    ])
  })

  it('are searched in order where a list was made to collide', () => {
    expect(placeEntries(1_000, () => 7)).toBeUndefined()
    const numbers = colliding((entry, hashSeed) => hashWords(entry, 0, hashSeed)).map(BigInt)
    const lanes = new LaneTable(BigInt64Array.from(numbers))
    expect(numbers.map((value) => lanes.findInt64(value))).toEqual([...numbers.keys()])
    expect([-1n, 2n ** 40n].map((value) => lanes.findInt64(value))).toEqual([-1, -1])

    const bytesOf = (entry: number): Buffer => Buffer.from(String(entry))
    const texts = colliding((entry, hashSeed) => {
      const bytes = bytesOf(entry)
      return hashText(bytes, 0, bytes.length, hashSeed)
    })
    const table = new TextTable(texts.map(String))
    const placeOf = (bytes: Uint8Array): number => table.find(bytes, 0, bytes.length)
    expect(texts.map((entry) => placeOf(bytesOf(entry)))).toEqual([...texts.keys()])
    expect(placeOf(Buffer.from('-1'))).toBe(-1)
  })

  it('tally each entry once a row', () => {
    const tally = new Tally(3)
    const countOf = (entries: readonly number[]): number => {
      tally.clear()
      for (const entry of entries) tally.add(entry)
      return tally.count
    }
    expect([[0, 0, 2], [2], [], [1, 0, 2, 1]].map(countOf)).toEqual([2, 1, 0, 3])
  })
})

/** Entries of which, under each seed, many hash to the same slot of a table that holds them all. */
function colliding(hash: (entry: number, seed: number) => number): readonly number[] {
  const clumpSize = 100
  const slotCount = 2 ** Math.ceil(Math.log2(2 * clumpSize * seeds.length))
  const entries = new Set<number>()
  for (const hashSeed of seeds) {
    let found = 0
    for (let entry = 0; found < clumpSize; entry++) {
      if ((hash(entry, hashSeed) & (slotCount - 1)) !== 5) continue
      entries.add(entry)
      found += 1
    }
  }
  return [...entries]
}
