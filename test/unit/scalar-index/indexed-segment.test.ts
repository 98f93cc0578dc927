import { beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { filterSchemaOf } from '../../../src/expression/filter-schema.ts'
import { parseFilter } from '../../../src/expression/parse-filter.ts'
import { isVectorType } from '../../../src/schema/data-type.ts'
import { CompiledFilter } from '../../../src/segment/compiled-filter.ts'
import type { GrowingSegment } from '../../../src/segment/growing-segment.ts'
import { loadSegment } from '../../../src/segment/load-segment.ts'
import type { SealedSegmentHandle } from '../../../src/segment/segment-handle.ts'
import { SegmentRows } from '../../../src/segment/segment-rows.ts'
import { matchRows } from '../../../src/segment/select-rows.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { at, batchOf, growing, keysOf, rowIdsOf, schemaOf } from '../segment/sample.ts'
import { loadRequestOf, Twins } from '../segment/twins.ts'

const seed = seedOfRun()
const rowCount = 5_000
const schema = schemaOf('Int64')
const filterSchema = filterSchemaOf(schema)
const everything = { readAt: at(2), visibleAfter: at(0) }

const filters = [
  'tiny == 3',
  'not (tiny > -100)',
  '100 <= key < 2000 and medium > 0',
  "text like 'a%' or tiny == 5",
  'maybeLarge is null and small > 0',
  'maybeLarge > 0 or maybeText is not null',
  'not (maybeLarge > 0)',
  'array_contains(numbers, 3)',
  'array_contains_any(numbers, [1, 2]) and isGood',
  "array_contains_all(texts, ['a', 'b']) or double < 0",
  'single < 0.25 and large > 0 and tiny > 0',
]

/** A segment as it grew, and as it is loaded with an index on every scalar field. */
async function makeTwins(): Promise<{ segment: GrowingSegment; handle: SealedSegmentHandle }> {
  const segment = growing(schema)
  const keys = keysOf(
    'Int64',
    Array.from({ length: rowCount }, (_, row) => row),
  )
  segment.append(batchOf(schema, keys, seededRandom(seed)), rowIdsOf(rowCount), at(1))
  const twins = await Twins.open()
  const scalars = schema.fields.filter(({ type }) => !isVectorType(type))
  const request = loadRequestOf(segment, await twins.flush(segment), {
    scalarIndexes: scalars.map(({ id }) => ({ fieldId: id })),
  })
  return { segment, handle: await loadSegment(twins.store, request, () => undefined) }
}

function rowsThatPass(rows: SegmentRows, text: string): readonly number[] {
  const filter = new CompiledFilter(parseFilter(text, filterSchema))
  return [...matchRows([rows], everything, filter).offsets]
}

describe(`a segment with scalar indexes (seed ${seed})`, () => {
  let grown: SegmentRows
  let loaded: SegmentRows
  let handle: SealedSegmentHandle

  beforeAll(async () => {
    const twins = await makeTwins()
    handle = twins.handle
    grown = SegmentRows.attach(twins.segment.handle())
    loaded = SegmentRows.attach(structuredClone(handle))
  })

  it.each(filters)('passes what its growing twin passes: %s', (text) => {
    expect(rowsThatPass(loaded, text)).toEqual(rowsThatPass(grown, text))
  })

  it('counts the bytes of its indexes', () => {
    const plain = SegmentRows.attach({ ...handle, scalarIndexes: [] })
    // A row's place in the order of its values, at least.
    const indexBytes = loaded.memoryBytes - plain.memoryBytes
    const fieldCount = handle.scalarIndexes.length
    expect(fieldCount).toBeGreaterThan(10)
    expect(indexBytes).toBeGreaterThan(fieldCount * rowCount)
  })
})
