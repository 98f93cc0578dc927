import { describe, expect, it } from 'vitest'
import { type FieldId, toId } from '../../../src/base/int64.ts'
import { type Random, seededRandom } from '../../../src/base/random.ts'
import type { Metric } from '../../../src/schema/metric.ts'
import type { SearchReach } from '../../../src/segment/collect-hits.ts'
import type { GrowingSegment } from '../../../src/segment/growing-segment.ts'
import { scorePlaces } from '../../../src/segment/score-bounds.ts'
import { searchSegments } from '../../../src/segment/search-segments.ts'
import { SegmentRows } from '../../../src/segment/segment-rows.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { at, growing, keyFieldId, rowIdsOf, vectorFieldId, vectorSchema } from './sample.ts'

const dimension = 2
const groupFieldId = toId<FieldId>(102n)
const seed = seedOfRun()
const group = {
  id: groupFieldId,
  name: 'group',
  description: '',
  typeParams: [],
  indexParams: [],
  type: 'Int16',
} as const
const plain = vectorSchema('Int64', dimension)
const schema = { ...plain, fields: [...plain.fields, group] }

interface Row {
  readonly key: number
  readonly x: number
  readonly group: number
}

interface Hit {
  readonly key: number
  readonly score: number
}

/** Rows on a line, so that the distance from its start is x squared, and exact. */
function segmentOf(rows: readonly Row[]): GrowingSegment {
  const segment = growing(schema, 64 * 2 ** 20)
  const vectors = Float32Array.from(rows.flatMap(({ x }) => [x, 0]))
  const columns = new Map([
    [keyFieldId, { type: 'Int64', values: BigInt64Array.from(rows, ({ key }) => BigInt(key)) }],
    [groupFieldId, { type: 'Int16', values: Int16Array.from(rows, (row) => row.group) }],
    [vectorFieldId, { type: 'FloatVector', dimension, bytes: new Uint8Array(vectors.buffer) }],
  ] as const)
  segment.append({ rowCount: rows.length, columns }, rowIdsOf(rows.length), at(1))
  return segment
}

function search(
  parts: readonly (readonly Row[])[],
  request: { readonly topk: number; readonly reach: SearchReach; readonly metric?: Metric },
): Hit[] {
  const segments = parts.map(segmentOf)
  const rows = segments.map((segment) => SegmentRows.attach(segment.handle()))
  const hits = searchSegments(rows, {
    metric: 'L2',
    ...request,
    readAt: at(5),
    visibleAfter: at(0),
    fieldId: vectorFieldId,
    queries: new Uint8Array(Float32Array.of(request.metric === 'IP' ? 1 : 0, 0).buffer),
    queryCount: 1,
    params: {},
  })
  return Array.from(hits.scores, (score, index) => {
    const part = parts[hits.segmentIndexes[index] ?? 0]
    return { score, key: part?.[hits.offsets[index] ?? 0]?.key ?? -1 }
  })
}

function randomParts(random: Random): Row[][] {
  return Array.from({ length: 1 + random.below(3) }, () =>
    Array.from({ length: 1 + random.below(60) }, () => ({
      key: random.below(120),
      x: random.below(20),
      group: random.below(6),
    })),
  )
}

/** No two rows are equally far: what is found does not hang on where a segment was cut off. */
function distinctParts(random: Random): Row[][] {
  const parts = randomParts(random)
  const places = parts.flat().map((_, place) => ({ place, order: random.next() }))
  places.sort((one, other) => one.order - other.order)
  return parts.map((rows) => rows.map((row) => ({ ...row, x: places.pop()?.place ?? 0 })))
}

/** Each key's best row, in the order of scores and then keys. */
function ranked(parts: readonly (readonly Row[])[]): (Row & { readonly score: number })[] {
  const best = new Map<number, Row>()
  for (const row of parts.flat()) {
    const known = best.get(row.key)
    if (known === undefined || row.x < known.x) best.set(row.key, row)
  }
  return [...best.values()]
    .map((row) => ({ ...row, score: row.x ** 2 }))
    .toSorted((one, other) => one.score - other.score || one.key - other.key)
}

function asHits(rows: readonly (Row & { readonly score: number })[]): Hit[] {
  return rows.map(({ key, score }) => ({ key, score }))
}

describe(`the reach of a search, with seed ${seed}`, () => {
  it('is a range of scores when it is told so', () => {
    const random = seededRandom(seed)
    for (let round = 0; round < 60; round++) {
      const parts = distinctParts(random)
      const [rangeFilter, radius] = [random.below(2000), 2000 + random.below(2000)]
      const topk = 1 + random.below(10)
      const reach = { kind: 'nearest', bounds: { radius, rangeFilter } } as const
      const within = ranked(parts).filter(({ score }) => score >= rangeFilter && score < radius)
      const expected = asHits(within).slice(0, topk)
      expect(search(parts, { topk, reach }), `seed ${seed}`).toEqual(expected)
    }
  })

  it('is everything, once, when pages follow each other', () => {
    const random = seededRandom(seed + 1)
    for (let round = 0; round < 40; round++) {
      const parts = randomParts(random)
      const topk = 1 + random.below(30)
      const seen: Hit[] = []
      for (let after: number | undefined; ; after = seen.at(-1)?.score) {
        const page = search(parts, { topk, reach: { kind: 'page', bounds: { after } } })
        if (page.length === 0) break
        seen.push(...page)
      }
      expect(seen, `seed ${seed}`).toEqual(asHits(ranked(parts)))
    }
  })

  it('is as many groups, and rows of each, as there are when it is strict', () => {
    const random = seededRandom(seed + 2)
    for (let round = 0; round < 60; round++) {
      const parts = distinctParts(random)
      const topk = 1 + random.below(7)
      const groupSize = 1 + random.below(5)
      const reach = { kind: 'groups', fieldId: groupFieldId, groupSize, isStrict: true } as const
      const groups = [...Map.groupBy(ranked(parts), (row) => row.group).values()].slice(0, topk)
      const expected = groups.flatMap((rows) => asHits(rows.slice(0, groupSize)))
      expect(search(parts, { topk, reach }), `seed ${seed}`).toEqual(expected)
    }
  })

  it('is at least a row of as many groups when it is not strict', () => {
    const rows = Array.from({ length: 100 }, (_, key) => ({ key, x: key, group: key % 50 }))
    const reach = { kind: 'groups', fieldId: groupFieldId, groupSize: 2, isStrict: false } as const
    const found = search([rows], { topk: 40, reach })
    expect(new Set(found.map(({ key }) => key % 50)).size).toBe(40)
  })

  it('goes beyond what one search of an index may find', () => {
    const near = Array.from({ length: 17_000 }, (_, key) => ({ key, x: 1, group: 1 }))
    const far = [20_000, 20_001, 20_002].map((key, index) => ({ key, x: 5 + index, group: 2 }))
    const groups = { kind: 'groups', fieldId: groupFieldId, groupSize: 2, isStrict: true } as const
    expect(search([near, far], { topk: 2, reach: groups }).map(({ key }) => key)).toEqual([
      0, 1, 20_000, 20_001,
    ])
    const range = { kind: 'nearest', bounds: { rangeFilter: 4 } } as const
    expect(search([[...near, ...far]], { topk: 2, reach: range }).map(({ key }) => key)).toEqual([
      20_000, 20_001,
    ])
    const copies = near.map((row) => ({ ...row, key: 7 }))
    const nearest = { kind: 'nearest', bounds: {} } as const
    expect(search([copies, far], { topk: 2, reach: nearest }).map(({ key }) => key)).toEqual([
      7, 20_000,
    ])
    const page = search([near, far], { topk: 10, reach: { kind: 'page', bounds: {} } })
    expect(page).toHaveLength(17_000)
  })
})

describe('a place of a score', () => {
  it('is counted from the near end, whichever way a metric runs', () => {
    const distance = scorePlaces('L2', { rangeFilter: 1, radius: 2 })
    expect([0.9, 1, 1.9, 2].map(distance)).toEqual(['too near', 'within', 'within', 'too far'])
    const product = scorePlaces('IP', { rangeFilter: 2, radius: 1 })
    expect([2.1, 2, 1.1, 1].map(product)).toEqual(['too near', 'within', 'within', 'too far'])
    const next = scorePlaces('COSINE', { after: 0.5 })
    expect([0.6, 0.5, 0.4].map(next)).toEqual(['too near', 'too near', 'within'])
  })

  it('is compared in the precision that scores have', () => {
    const place = scorePlaces('L2', { radius: 0.1 })
    expect(place(Math.fround(0.1))).toBe('too far')
  })
})
