import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { present } from '../../../src/base/assert.ts'
import type { FieldId } from '../../../src/base/int64.ts'
import type { ColumnSource, FilterColumn } from '../../../src/expression/column-source.ts'
import { compileFilter } from '../../../src/expression/compile-filter.ts'
import type {
  FieldIndex,
  FieldTest,
  FoundRows,
  JsonSteps,
} from '../../../src/expression/field-index.ts'
import { parseFilter } from '../../../src/expression/parse-filter.ts'
import {
  buildScalarIndex,
  type ScalarIndexTarget,
} from '../../../src/scalar-index/build-scalar-index.ts'
import { openScalarIndex } from '../../../src/scalar-index/scalar-index.ts'
import { rowCountOf } from '../../../src/schema/fixed-column.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { condition, sampleRow } from '../expression/arbitraries.ts'
import { textOf } from '../expression/model.ts'
import { decide } from '../expression/naive-filter.ts'
import { columnsOf } from '../expression/sample-columns.ts'
import { type SampleRow, sampleSchema } from '../expression/sample-schema.ts'

const seed = seedOfRun()

/** The columns, with an index on every field, and on every path of JSON that is asked for. */
function indexedColumnsOf(rows: readonly SampleRow[], wrap: (index: FieldIndex) => FieldIndex) {
  const source = columnsOf(rows)
  const indexes = new Map<string, FieldIndex | undefined>()
  return {
    column: (id: FieldId) => source.column(id),
    index: (id: FieldId, path: JsonSteps | undefined) => {
      const name = `${id} ${JSON.stringify(path)}`
      const index = indexes.get(name) ?? indexOf(id, path, source.column(id))
      indexes.set(name, index)
      return index && wrap(index)
    },
  } satisfies ColumnSource
}

function indexOf(
  fieldId: FieldId,
  path: JsonSteps | undefined,
  column: FilterColumn,
): FieldIndex | undefined {
  if (path === undefined) return opened({ fieldId }, column)
  const casts = (['DOUBLE', 'VARCHAR', 'BOOL'] as const).map((castType) =>
    present(opened({ fieldId, json: { path, castType } }, column), 'a path has an index'),
  )
  const find = (test: FieldTest): FoundRows | undefined =>
    casts.map((index) => index.find(test)).find((found) => found !== undefined)
  return { entryCount: rowCountOf(column), find }
}

function opened(target: ScalarIndexTarget, column: FilterColumn): FieldIndex | undefined {
  const handle = buildScalarIndex(target, column)
  return handle && openScalarIndex(handle, column)
}

/** An index that is always cheaper than a scan, so that every answer of it is used. */
function free(index: FieldIndex): FieldIndex {
  return {
    entryCount: 0,
    find: (test) => {
      const found = index.find(test)
      return found && { ...found, singleCount: 0, bitsetCount: 0, addTo: (w) => found.addTo(w) }
    },
  }
}

function rowsOf(bits: Uint8Array, rowCount: number): readonly number[] {
  return Array.from({ length: rowCount }, (_, row) => row).filter(
    (row) => ((bits[row >> 3] ?? 0) >> (row & 7)) & 1,
  )
}

/** Few different rows, many times. */
function repeat(rows: readonly SampleRow[], count: number): readonly SampleRow[] {
  return Array.from({ length: count }, (_, i) =>
    present(rows[(i * 7 + (i >> 5)) % rows.length], 'a sample has rows'),
  )
}

describe(`a filter with scalar indexes (seed ${seed})`, () => {
  it('passes the rows that a naive reader and a scan pass', () => {
    fc.assert(
      fc.property(
        condition,
        fc.array(sampleRow, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(1, 1, 1, 50),
        (model, sample, times) => {
          const rows = repeat(sample, sample.length * times)
          const text = textOf(model)
          const filter = compileFilter(parseFilter(text, sampleSchema))
          const expected = rows.flatMap((row, at) => (decide(model, row) === true ? [at] : []))
          const scanned = filter(columnsOf(rows), rows.length)
          const indexed = filter(indexedColumnsOf(rows, free), rows.length)
          expect({ text, rows: rowsOf(indexed, rows.length) }).toEqual({ text, rows: expected })
          expect(indexed).toEqual(scanned)
        },
      ),
      { seed, numRuns: 1_000 },
    )
  })

  it('passes the same rows where the costs decide', () => {
    fc.assert(
      fc.property(
        condition,
        fc.array(sampleRow, { minLength: 3, maxLength: 9 }),
        (model, sample) => {
          const rows = repeat(sample, 5_003)
          const filter = compileFilter(parseFilter(textOf(model), sampleSchema))
          const indexed = filter(
            indexedColumnsOf(rows, (index) => index),
            rows.length,
          )
          expect(indexed).toEqual(filter(columnsOf(rows), rows.length))
        },
      ),
      { seed, numRuns: 25 },
    )
  })
})

const fieldId = present(sampleSchema.fields.get('count'), 'a sample field').id

function findBetween(values: Int32Array, from: bigint, to: bigint): FoundRows {
  const column = { type: 'Int32', values } as const
  const index = openScalarIndex(present(buildScalarIndex({ fieldId }, column), 'numbers'), column)
  const found = index.find({
    kind: 'between',
    from: { value: from, isInclusive: true },
    to: { value: to, isInclusive: false },
  })
  return present(found, 'a range is found')
}

describe('a scalar index', () => {
  it('sets few bits one by one, however wide a range is', () => {
    const rowCount = 100_000
    const values = Int32Array.from({ length: rowCount }, (_, row) => (row * 7919) % rowCount)
    const { rowCount: foundCount, singleCount } = findBetween(values, 10_000n, 90_001n)
    expect(foundCount).toBe(80_001)
    expect(singleCount).toBeLessThanOrEqual(rowCount / 16)
  })

  it('takes a value that many rows have from bitsets alone', () => {
    const values = Int32Array.from({ length: 50_000 }, (_, row) => row % 10)
    expect(findBetween(values, 3n, 4n)).toMatchObject({ rowCount: 5_000, singleCount: 0 })
  })

  it('holds nothing of a column without rows', () => {
    expect(findBetween(new Int32Array(), 0n, 9n)).toMatchObject({ rowCount: 0, singleCount: 0 })
  })

  it('takes at most eight bytes and a bit for each row', () => {
    const rowCount = 64_000
    const values = Int32Array.from({ length: rowCount }, (_, row) => row)
    const handle = present(buildScalarIndex({ fieldId }, { type: 'Int32', values }), 'numbers')
    const listBytes = handle.rows.byteLength + handle.positions.byteLength
    expect(listBytes + handle.checkpoints.byteLength).toBeLessThan(8.2 * rowCount)
  })
})
