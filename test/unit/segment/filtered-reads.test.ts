import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../../src/base/random.ts'
import { filterSchemaOf } from '../../../src/expression/filter-schema.ts'
import { parseFilter } from '../../../src/expression/parse-filter.ts'
import { CompiledFilter } from '../../../src/segment/compiled-filter.ts'
import { FilterCache } from '../../../src/segment/filter-cache.ts'
import { decodeFilter, encodeFilter } from '../../../src/segment/filter-code.ts'
import type { GrowingSegment } from '../../../src/segment/growing-segment.ts'
import { searchSegments } from '../../../src/segment/search-segments.ts'
import { SegmentRows } from '../../../src/segment/segment-rows.ts'
import { countRows, matchRows, selectRows } from '../../../src/segment/select-rows.ts'
import { seedOfRun } from '../../support/seeds.ts'
import {
  at,
  batchOf,
  dimension,
  growing,
  keysOf,
  rowIdsOf,
  schemaOf,
  vectorFieldId,
} from './sample.ts'

const schema = schemaOf('Int64')
const filterSchema = filterSchemaOf(schema)
const seed = seedOfRun()

function planOf(text: string) {
  return parseFilter(text, filterSchema)
}

/** What these filters look at, row by row; keys are the rows' places. */
interface Facts {
  readonly tiny: number
  readonly text: string
  readonly insertedAt: number
  deletedAt: number
}

const filters: readonly (readonly [string, (facts: Facts, row: number) => boolean])[] = [
  ['tiny > 0', ({ tiny }) => tiny > 0],
  ["text like 'a%' or key % 3 == 0", ({ text }, row) => text.startsWith('a') || row % 3 === 0],
  [
    'key in [1, 8, 9, 17, 64, 65] and tiny != 5',
    ({ tiny }, row) => {
      return [1, 8, 9, 17, 64, 65].includes(row) && tiny !== 5
    },
  ],
  ['tiny > 1000', () => false],
]

/** Rows come and go, some at a time, while reads look back to any moment. */
class Story {
  readonly segment: GrowingSegment = growing(schema)
  readonly facts: Facts[] = []
  now = 1
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  step(): void {
    this.now += 1
    if (this.facts.length === 0 || this.#random.below(3) > 0) this.#insert()
    else this.#delete()
  }

  #insert(): void {
    const from = this.facts.length
    const count = 1 + this.#random.below(40)
    const keys = Array.from({ length: count }, (_, row) => from + row)
    const batch = batchOf(schema, keysOf('Int64', keys), this.#random)
    this.segment.append(batch, rowIdsOf(count), at(this.now))
    const rows = Uint32Array.from(keys)
    const [tiny, text] = [103n, 109n].map((id) => {
      const field = schema.fields.find((known) => known.id === id)
      return this.segment.readColumn(field?.id ?? vectorFieldId, rows)
    })
    if (tiny?.type !== 'Int8' || text?.type !== 'VarChar') throw new Error('Other columns')
    for (const row of keys.keys()) {
      const value = text.bytes.subarray(text.offsets[row], text.offsets[row + 1])
      this.facts.push({
        tiny: tiny.values[row] ?? 0,
        text: Buffer.from(value).toString(),
        insertedAt: this.now,
        deletedAt: Number.POSITIVE_INFINITY,
      })
    }
  }

  #delete(): void {
    const keys = Array.from({ length: 5 }, () => this.#random.below(this.facts.length))
    this.segment.applyDelete(keysOf('Int64', keys), at(this.now))
    for (const key of keys) {
      const facts = this.facts[key]
      if (facts !== undefined) facts.deletedAt = Math.min(facts.deletedAt, this.now)
    }
  }

  visible(readAt: number, after: number): number[] {
    return [...this.facts.keys()].filter((row) => {
      const { insertedAt = 0, deletedAt = 0 } = this.facts[row] ?? {}
      return insertedAt <= readAt && insertedAt > after && deletedAt > readAt
    })
  }
}

describe(`reads with a filter, with seed ${seed}`, () => {
  it('see what passes of what is visible, however rows come and go', () => {
    const random = seededRandom(seed)
    for (let round = 0; round < 10; round++) {
      const story = new Story(random)
      using rows = SegmentRows.attach(story.segment.handle())
      const compiled = filters.map(([text]) => new CompiledFilter(planOf(text)))
      for (let step = 0; step < 40; step++) {
        story.step()
        const readAt = story.now - (random.below(3) === 0 ? random.below(story.now) : 0)
        const after = random.below(4) === 0 ? random.below(readAt) : 0
        const snapshot = { readAt: at(readAt), visibleAfter: at(after) }
        const choice = random.below(filters.length)
        const [text, passes] = filters[choice] ?? ['', () => true]
        const filter = compiled[choice] ?? new CompiledFilter(planOf('tiny > 0'))
        const expected = story.visible(readAt, after).filter((row) => {
          const facts = story.facts[row]
          return facts !== undefined && passes(facts, row)
        })
        const about = `${text}, seed ${seed}, round ${round}, step ${step}`
        const page = { ...snapshot, offset: 1, limit: 7 }
        const search = {
          ...snapshot,
          fieldId: vectorFieldId,
          metric: 'L2',
          queries: new Uint8Array(dimension * 4),
          queryCount: 1,
          topk: 10_000,
          params: {},
        } as const
        const hits = searchSegments([rows], search, filter)
        const found = {
          about,
          count: countRows([rows], snapshot, filter),
          matched: [...matchRows([rows], snapshot, filter).offsets],
          page: [...selectRows([rows], page, filter).offsets],
          hits: [...hits.offsets].toSorted((one, other) => one - other),
        }
        expect(found).toEqual({
          about,
          count: expected.length,
          matched: expected,
          page: expected.slice(1, 8),
          hits: expected,
        })
      }
    }
  })
})

describe('a filter on its way to a thread', () => {
  it('comes back as it was', () => {
    for (const [text] of filters) {
      const plan = planOf(text)
      expect(decodeFilter(encodeFilter(plan))).toEqual(plan)
    }
  })

  it('is refused when it is too large to be sent', () => {
    const sizes = Array.from({ length: 300_000 }, (_, index) => `${index}`.padStart(70, 'x'))
    const templates = new Map([['texts', sizes]])
    const plan = parseFilter('text in {texts}', filterSchema, templates)
    expect(() => encodeFilter(plan)).toThrow('Cannot use a filter of')
  })

  it('is compiled once while it is used', () => {
    const cache = new FilterCache()
    const bytes = encodeFilter(planOf('tiny > 0'))
    const first = cache.compiled(bytes)
    expect(cache.compiled(Uint8Array.from(bytes))).toBe(first)
    for (let index = 0; index < 15; index++) {
      cache.compiled(encodeFilter(planOf(`tiny > ${index + 1}`)))
      expect(cache.compiled(bytes)).toBe(first)
    }
    for (let index = 0; index < 16; index++) {
      cache.compiled(encodeFilter(planOf(`tiny < ${index}`)))
    }
    expect(cache.compiled(bytes)).not.toBe(first)
  })

  it('is kept as it was when the bytes are written over', () => {
    const cache = new FilterCache()
    const shared = new Uint8Array(new SharedArrayBuffer(4096))
    const write = (text: string) => {
      const bytes = encodeFilter(planOf(text))
      shared.set(bytes)
      return shared.subarray(0, bytes.length)
    }
    const first = cache.compiled(write('key in [1, 2, 3]'))
    const second = cache.compiled(write('key in [4, 5, 6]'))
    expect(second).not.toBe(first)
    expect(cache.compiled(write('key in [1, 2, 3]'))).toBe(first)
  })
})
