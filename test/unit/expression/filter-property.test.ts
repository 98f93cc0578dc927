import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileFilter } from '../../../src/expression/compile-filter.ts'
import { parseFilter } from '../../../src/expression/parse-filter.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { condition, sampleRow } from './arbitraries.ts'
import { textOf } from './model.ts'
import { decide } from './naive-filter.ts'
import { columnsOf } from './sample-columns.ts'
import { sampleSchema } from './sample-schema.ts'

const seed = seedOfRun()

describe(`a filter (seed ${seed})`, () => {
  it('passes the rows that a naive reader says are true', () => {
    fc.assert(
      fc.property(
        condition,
        fc.array(sampleRow, { minLength: 1, maxLength: 24 }),
        fc.constantFrom('', ' ', '\r\n\t'),
        (model, rows, spaces) => {
          const text = textOf(model)
          const plan = structuredClone(parseFilter(text, sampleSchema))
          const bits = compileFilter(plan)(columnsOf(rows, spaces), rows.length)
          const passing = rows.map((_, row) => (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1)
          expect({ text, passing }).toEqual({
            text,
            passing: rows.map((row) => decide(model, row) === true),
          })
        },
      ),
      { seed, numRuns: 3_000 },
    )
  })

  it('passes the same rows wherever they lie in a segment', () => {
    fc.assert(
      fc.property(condition, fc.array(sampleRow, { minLength: 3, maxLength: 7 }), (model, rows) => {
        const many = Array.from({ length: 2_500 }, (_, i) => rows[(i * 7) % rows.length]).filter(
          (row) => row !== undefined,
        )
        const filter = compileFilter(parseFilter(textOf(model), sampleSchema))
        const bits = filter(columnsOf(many), many.length)
        const outcomes = new Map(rows.map((row) => [row, decide(model, row) === true]))
        const wrong = many.filter(
          (row, i) => (((bits[i >> 3] ?? 0) >> (i & 7)) & 1) !== Number(outcomes.get(row)),
        )
        expect({ text: textOf(model), wrong }).toEqual({ text: textOf(model), wrong: [] })
      }),
      { seed, numRuns: 30 },
    )
  })
})
