import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../../src/base/random.ts'
import { isVectorField } from '../../../src/schema/collection-schema.ts'
import { concatColumns } from '../../../src/schema/concat-columns.ts'
import { absentColumn } from '../../../src/schema/default-column.ts'
import { rowCountOf, sliceColumn } from '../../../src/schema/fixed-column.ts'
import type { Column } from '../../../src/schema/row-batch.ts'
import { takeFromColumn } from '../../../src/schema/take-rows.ts'
import { hasValue, nullCount } from '../../../src/schema/validity.ts'
import { bitsOf } from '../../support/column-bits.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { batchOf, keysOf, schemaOf } from '../segment/sample.ts'

const seed = seedOfRun()
const schema = schemaOf('VarChar')

/** A column of every field, of so many rows. */
function columnsOf(random: Random, rowCount: number): readonly Column[] {
  const numbers = Array.from({ length: rowCount }, () => random.below(1000))
  return [...batchOf(schema, keysOf('VarChar', numbers), random).columns.values()]
}

describe(`columns of every type, with seed ${seed}`, () => {
  it('are the same as their parts put together again', () => {
    const random = seededRandom(seed)
    for (let round = 0; round < 20; round++) {
      const rowCount = random.below(40)
      const middle = random.below(rowCount + 1)
      for (const column of columnsOf(random, rowCount)) {
        const parts = [
          sliceColumn(column, 0, middle),
          sliceColumn(column, middle, rowCount),
        ] as const
        expect(parts.map(rowCountOf)).toEqual([middle, rowCount - middle])
        expect(bitsOf(concatColumns(...parts))).toEqual(bitsOf(column))
      }
    }
  })

  it('give rows in any order, as often as is asked', () => {
    const random = seededRandom(seed)
    for (const column of columnsOf(random, 30)) {
      const rows = Uint32Array.from({ length: 50 }, () => random.below(30))
      const taken = takeFromColumn(column, rows)
      const one = (from: Column, row: number) => bitsOf(sliceColumn(from, row, row + 1))
      for (const [index, row] of rows.entries()) {
        expect(one(taken, index)).toEqual(one(column, row))
      }
    }
  })

  it('have nothing where a field has no value and no default', () => {
    for (const field of schema.fields) {
      const column = absentColumn(field, 11)
      expect(rowCountOf(column)).toBe(11)
      const validity = 'validity' in column ? column.validity : undefined
      expect(nullCount(validity, 11)).toBe(field.isNullable === true ? 11 : 0)
    }
    const [plain] = schema.fields.filter((field) => field.type === 'VarChar')
    if (plain === undefined || isVectorField(plain)) throw new Error('there is a text')
    const defaultValue = { kind: 'text', value: 'é' } as const
    const column = absentColumn({ ...plain, isNullable: true, defaultValue }, 3)
    expect(bitsOf(column)).toEqual({ type: 'VarChar', rows: ['c3a9', 'c3a9', 'c3a9'] })
  })

  it('know which rows have a value wherever a part of them begins', () => {
    const random = seededRandom(seed)
    const [column] = columnsOf(random, 100).filter(
      (found) => 'validity' in found && found.validity !== undefined,
    )
    if (column === undefined || !('validity' in column)) throw new Error('there is one with nulls')
    for (let from = 0; from < 100; from++) {
      const part = sliceColumn(column, from, 100)
      const validity = 'validity' in part ? part.validity : undefined
      for (let row = from; row < 100; row++) {
        expect(hasValue(validity, row - from)).toBe(hasValue(column.validity, row))
      }
    }
  })
})
