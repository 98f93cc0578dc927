import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuildId, type FieldId, toId } from '../../../src/base/int64.ts'
import { type Random, seededRandom } from '../../../src/base/random.ts'
import { filterSchemaOf } from '../../../src/expression/filter-schema.ts'
import { parseFilter } from '../../../src/expression/parse-filter.ts'
import type { CollectionSchema } from '../../../src/schema/collection-schema.ts'
import { buildIndex } from '../../../src/segment/build-index.ts'
import { CompiledFilter } from '../../../src/segment/compiled-filter.ts'
import { searchSegments } from '../../../src/segment/search-segments.ts'
import { SegmentRows } from '../../../src/segment/segment-rows.ts'
import { countRows } from '../../../src/segment/select-rows.ts'
import { createBuildControl } from '../../../src/vector-index/build-control.ts'
import { parseIndexSpec } from '../../../src/vector-index/index-types.ts'
import { seedOfRun } from '../../support/seeds.ts'
import {
  at,
  growing,
  keyFieldId,
  partitionId,
  rowIdsOf,
  segmentId,
  vectorFieldId,
  vectorSchema,
} from './sample.ts'
import { Twins } from './twins.ts'

const rowCount = 20_000
const dimension = 64
/** Vectors have as many directions as embeddings of this length have, not as many as numbers. */
const directionCount = 12
const queryCount = 100
const topk = 10
const seed = seedOfRun()
const rankFieldId = toId<FieldId>(102n)
const seenAt = { readAt: at(10), visibleAfter: at(0) }

function schemaWithRank(): CollectionSchema {
  const schema = vectorSchema('Int64', dimension)
  const rank = { id: rankFieldId, name: 'rank', description: '', typeParams: [], indexParams: [] }
  return { ...schema, fields: [...schema.fields, { ...rank, type: 'Int32' }] }
}

const schema = schemaWithRank()

function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}

/** Vectors in a random subspace, with a little noise all around. */
function vectorsOf(random: Random, count: number, axes: readonly (readonly number[])[]) {
  const vectors = new Float32Array(count * dimension)
  for (let row = 0; row < count; row++) {
    const place = axes.map(() => gaussian(random))
    for (let at = 0; at < dimension; at++) {
      const sum = axes.reduce((total, axis, i) => total + (axis[at] ?? 0) * (place[i] ?? 0), 0)
      vectors[row * dimension + at] = sum + 0.1 * gaussian(random)
    }
  }
  return vectors
}

function filterOf(text: string): CompiledFilter {
  return new CompiledFilter(parseFilter(text, filterSchemaOf(schema)))
}

describe(`a filtered search through HNSW, with seed ${seed}`, () => {
  const random = seededRandom(seed)
  const axes = Array.from({ length: directionCount }, () =>
    Array.from({ length: dimension }, () => gaussian(random)),
  )
  const vectors = vectorsOf(random, rowCount, axes)
  const queries = new Uint8Array(vectorsOf(random, queryCount, axes).buffer)
  const segment = growing(schema)
  let indexed: SegmentRows

  /** Ranks have nothing to do with vectors, but every other one says on which side one lies. */
  beforeAll(async () => {
    const ranks = Int32Array.from({ length: rowCount }, (_, row) => {
      const isLeft = (vectors[row * dimension] ?? 0) < 0
      return random.below(100_000) * (isLeft ? -1 : 1)
    })
    const keys = BigInt64Array.from({ length: rowCount }, (_, row) => BigInt(row))
    const columns = new Map([
      [keyFieldId, { type: 'Int64', values: keys } as const],
      [rankFieldId, { type: 'Int32', values: ranks } as const],
      [
        vectorFieldId,
        { type: 'FloatVector', dimension, bytes: new Uint8Array(vectors.buffer) } as const,
      ],
    ])
    segment.append({ rowCount, columns }, rowIdsOf(rowCount), at(1))
    const twins = await Twins.open()
    const binlogs = await twins.flush(segment)
    const build = { buildId: toId<BuildId>(1n), version: 1, fieldId: vectorFieldId }
    const spec = parseIndexSpec({ type: 'HNSW', metric: 'L2' })
    const vectorType = 'FloatVector' as const
    const place = { partitionId, segmentId, vectorType, dimension, binlogs, rowCount }
    const { files } = await buildIndex(
      twins.store,
      { ...build, ...place, spec },
      createBuildControl(),
    )
    const sealed = await twins.load(segment, binlogs, { indexes: [{ ...build, spec, files }] })
    indexed = SegmentRows.attach(sealed.handle())
  })

  afterAll(() => {
    indexed[Symbol.dispose]()
    segment[Symbol.dispose]()
  })

  it.each([
    ['half of the rows', 'rank % 2 == 0'],
    ['half of the rows, all on one side', 'rank > 0'],
    ['a tenth', 'rank % 10 == 0'],
    ['a hundredth', 'rank % 100 == 0'],
    ['a thousandth', 'rank % 1000 == 0'],
    ['none', 'rank > 100000'],
  ])('finds what there is where %s pass', (_, text) => {
    using rows = SegmentRows.attach(segment.handle())
    const search = {
      ...seenAt,
      fieldId: vectorFieldId,
      metric: 'L2',
      queries,
      queryCount,
      topk,
      params: { ef: 32 },
    } as const
    const filter = filterOf(text)
    const exact = searchSegments([rows], search, filter)
    const found = searchSegments([indexed], search, filter)
    let [from, fromExact, hitCount] = [0, 0, 0]
    for (let query = 0; query < queryCount; query++) {
      const count = found.counts[query] ?? 0
      const exactCount = exact.counts[query] ?? 0
      const wanted = new Set(exact.offsets.subarray(fromExact, fromExact + exactCount))
      const hits = found.offsets.subarray(from, from + count)
      hitCount += hits.filter((row) => wanted.has(row)).length
      from += count
      fromExact += exactCount
    }
    const passing = countRows([rows], seenAt, filter)
    expect(exact.offsets.length).toBe(queryCount * Math.min(topk, passing))
    expect(hitCount).toBeGreaterThanOrEqual(0.95 * exact.offsets.length)
  })
})
