import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import type { PrimaryKeyTypeName } from '../../../src/schema/data-type.ts'
import type { PrimaryKeys } from '../../../src/schema/row-batch.ts'
import { plainWriter } from '../../../src/segment/field-writer.ts'
import {
  Int64KeyReader,
  type KeyReader,
  VarCharKeyReader,
} from '../../../src/segment/key-reader.ts'
import { PrimaryKeyIndex } from '../../../src/segment/primary-key-index.ts'
import { allocateGrowable, allocateShared } from '../../../src/segment/shared-array.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { keysOf, varChars } from './sample.ts'

const seed = { low: 1, high: 2 }

function readerOf(keys: PrimaryKeys): KeyReader {
  if (keys.type === 'Int64') {
    const values = allocateShared(keys.values.byteLength)
    new BigInt64Array(values).set(keys.values)
    return new Int64KeyReader(values)
  }
  const offsets = allocateGrowable(4 * (keys.values.length + 1))
  const bytes = allocateGrowable(1 << 24)
  const writer = plainWriter({ kind: 'varChar', offsets, bytes })
  const column = varChars(keys.values)
  writer.reserve(column)
  writer.append(column)
  return new VarCharKeyReader(offsets, bytes)
}

function rowsOf(index: PrimaryKeyIndex, keys: PrimaryKeys, key: number): readonly number[] {
  const rows: number[] = []
  index.find(keys, key, (row) => {
    rows.push(row)
    return 'go on'
  })
  return rows
}

describe('an index of primary keys', () => {
  for (const type of ['Int64', 'VarChar'] satisfies PrimaryKeyTypeName[]) {
    for (const how of ['as they come', 'all at once'] as const) {
      it(`finds all rows of a ${type} key, newest first, added ${how}`, () => {
        const seedHere = seedOfRun()
        const random = seededRandom(seedHere)
        const numbers = Array.from({ length: 5000 }, () => random.below(2000) - 1000)
        const reader = readerOf(keysOf(type, numbers))
        let index: PrimaryKeyIndex
        if (how === 'all at once') {
          index = PrimaryKeyIndex.build(reader, seed, numbers.length)
        } else {
          index = PrimaryKeyIndex.allocate(reader, seed, 10_000)
          for (let row = 0; row < numbers.length; ) {
            const to = Math.min(numbers.length, row + 1 + random.below(700))
            index.reserve(to)
            index.add(row, to)
            row = to
          }
        }
        const asked = Array.from({ length: 2200 }, (_, number) => number - 1100)
        const expected = Map.groupBy(numbers.keys(), (row) => numbers[row] ?? 0)
        const keys = keysOf(type, asked)
        for (const [at, number] of asked.entries()) {
          const rows = (expected.get(number) ?? []).toReversed()
          expect(rowsOf(index, keys, at), `seed ${seedHere}`).toEqual(rows)
        }
      })
    }
  }

  it('tells keys apart that differ in one half only', () => {
    const keys: PrimaryKeys = {
      type: 'Int64',
      values: BigInt64Array.of(1n, 1n << 32n, (1n << 32n) + 1n, -1n, -(2n ** 63n), 2n ** 63n - 1n),
    }
    const index = PrimaryKeyIndex.build(readerOf(keys), seed, keys.values.length)
    for (const row of keys.values.keys()) expect(rowsOf(index, keys, row)).toEqual([row])
  })

  it('does not take a key for one that it starts with', () => {
    const keys: PrimaryKeys = { type: 'VarChar', values: ['', 'a', 'ab', 'abc', 'é', 'e\u0301'] }
    const index = PrimaryKeyIndex.build(readerOf(keys), seed, keys.values.length)
    for (const row of keys.values.keys()) expect(rowsOf(index, keys, row)).toEqual([row])
  })

  it('adds a hundred thousand rows of one key without slowing down', () => {
    const keys = keysOf(
      'Int64',
      Array.from({ length: 100_000 }, () => 7),
    )
    const index = PrimaryKeyIndex.allocate(readerOf(keys), seed, 100_000)
    index.reserve(100_000)
    index.add(0, 100_000)
    expect(rowsOf(index, keys, 0)).toHaveLength(100_000)
  })

  it('stops when it is told to', () => {
    const keys = keysOf('Int64', [1, 1, 1])
    const index = PrimaryKeyIndex.build(readerOf(keys), seed, 3)
    const rows: number[] = []
    index.find(keys, 0, (row) => {
      rows.push(row)
      return 'stop'
    })
    expect(rows).toEqual([2])
  })

  it('takes eight bytes a row', () => {
    const rowCount = 1 << 17
    const keys = keysOf(
      'Int64',
      Array.from({ length: rowCount }, (_, row) => row),
    )
    const index = PrimaryKeyIndex.build(readerOf(keys), seed, rowCount)
    expect(index.memoryBytes).toBe(8 * rowCount)
  })
})
