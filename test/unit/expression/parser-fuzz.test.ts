import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ElanusError } from '../../../src/base/errors.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { compileFilter } from '../../../src/expression/compile-filter.ts'
import { parseFilter } from '../../../src/expression/parse-filter.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { condition, sampleRow } from './arbitraries.ts'
import { textOf } from './model.ts'
import { columnsOf } from './sample-columns.ts'
import { sampleSchema } from './sample-schema.ts'

const seed = seedOfRun()
const pieces =
  `id flag title meta["a"] $meta numbers[0] color é \u0000 \ud800 and OR not in like exists is null
  True iso array_length 0 1 017 0x 1e 9223372036854775808 - .5 " ' "a" r'\\' \\ ( ) [ ] { } , $ **
  << == != =~ < >= && % ~ // json_contains( (( \n`.split(' ')
const rows = fc.sample(sampleRow, { seed, numRuns: 9 })
const columns = columnsOf(rows)

/**
 * Reads each text and, if it is a filter, runs it. Nothing but a typed refusal may come of it: tells
 * the texts of which something else came.
 */
function brokenBy(texts: Iterable<string>): readonly unknown[] {
  const broken: unknown[] = []
  for (const text of texts) {
    try {
      compileFilter(parseFilter(text, sampleSchema))(columns, rows.length)
    } catch (thrown) {
      const isRefusal = thrown instanceof ElanusError && thrown.code === 'INVALID_ARGUMENT'
      if (!isRefusal) broken.push([text.slice(0, 1_000), thrown])
    }
  }
  return broken
}

describe(`the parser (seed ${seed})`, () => {
  it('refuses noise made of what filters are made of', () => {
    const random = seededRandom(seed)
    const texts = Array.from({ length: 12_000 }, () =>
      Array.from({ length: random.below(20) }, () => pieces[random.below(pieces.length)]).join(
        random.below(2) === 0 ? '' : ' ',
      ),
    )
    expect(brokenBy(texts)).toEqual([])
  })

  it('refuses any characters', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 60 })
    expect(brokenBy(fc.sample(texts, { seed, numRuns: 4_000 }))).toEqual([])
  })

  it('survives filters that are cut, joined and changed', () => {
    const random = seededRandom(seed)
    const texts = fc.sample(condition, { seed, numRuns: 1_500 }).flatMap((model) => {
      const text = textOf(model)
      return Array.from({ length: 6 }, () => {
        const [from, to] = [random.below(text.length), random.below(text.length)]
        const piece = pieces[random.below(pieces.length)] ?? ''
        return text.slice(0, from) + piece + text.slice(random.below(2) === 0 ? from + 1 : to)
      })
    })
    expect(brokenBy(texts)).toEqual([])
  })

  it('reads any filter in time linear in its length', () => {
    const size = 900_000
    const units = ['(', '[', '-', '~', 'a[', '"\\', '1', '0x', '"a"', 'not ', 'a.', '{', '1 < a < ']
    const started = process.cpuUsage()
    const broken = brokenBy([
      ...units.map((unit) => unit.repeat(size / unit.length)),
      `title like "${'%_'.repeat(500)}"`,
      `id in [${'123456789,'.repeat(size / 10)}]`,
      `title == "${'\\u00e9'.repeat(size / 6)}"`,
    ])
    const spent = process.cpuUsage(started)
    expect(broken).toEqual([])
    // A quadratic one would take minutes: this is a bound on that, not a measure of speed.
    expect((spent.user + spent.system) / 1e6).toBeLessThan(20)
  })
})
