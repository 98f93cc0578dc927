import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import type { GrowingSegment } from '../../../src/segment/growing-segment.ts'
import { locateRows } from '../../../src/segment/read-segments.ts'
import { searchSegments } from '../../../src/segment/search-segments.ts'
import { SegmentRows } from '../../../src/segment/segment-rows.ts'
import { selectRows } from '../../../src/segment/select-rows.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { at, batchOf, growing, keysOf, rowIdsOf, schemaOf, vectorFieldId } from './sample.ts'

const rowCount = 40
const schema = schemaOf('Int64')
const seed = seedOfRun()

/** Row r has key r and timestamp 10 × (r + 1); every third row is deleted at 1000. */
function filled(): GrowingSegment {
  const random = seededRandom(seed)
  const segment = growing(schema)
  for (let row = 0; row < rowCount; row++) {
    const batch = batchOf(schema, keysOf('Int64', [row]), random)
    segment.append(batch, rowIdsOf(1, BigInt(row)), at(10 * (row + 1)))
  }
  const deleted = Array.from({ length: rowCount }, (_, row) => row).filter((row) => row % 3 === 0)
  segment.applyDelete(keysOf('Int64', deleted), at(1000))
  return segment
}

function visibleRows(readAt: number, after: number): number[] {
  return Array.from({ length: rowCount }, (_, row) => row).filter((row) => {
    const timestamp = 10 * (row + 1)
    return timestamp > after && timestamp <= readAt && !(row % 3 === 0 && readAt >= 1000)
  })
}

describe(`a read with a lower bound, with seed ${seed}`, () => {
  const bounds = [0, 5, 10, 75, 80, 85, 160, 399, 400, 2000]
  const cases = [200, 999, 1000].flatMap((readAt) =>
    bounds.map((after) => [readAt, after] as const),
  )

  it.each(cases)('finds at %i exactly the rows after %i', (readAt, after) => {
    using segment = filled()
    using rows = SegmentRows.attach(segment.handle())
    const snapshot = { readAt: at(readAt), visibleAfter: at(after) }
    const expected = visibleRows(readAt, after)

    expect(segment.rowCountVisible(snapshot)).toBe(expected.length)
    const all = keysOf('Int64', [...Array(rowCount).keys()])
    expect([...locateRows([segment], all, snapshot).offsets]).toEqual(expected)
    const page = selectRows([rows], { ...snapshot, offset: 0, limit: rowCount })
    expect([...page.offsets]).toEqual(expected)

    const query = segment.readColumn(vectorFieldId, Uint32Array.of(17))
    if (query.type !== 'FloatVector') throw new Error('the field holds vectors')
    const hits = searchSegments([rows], {
      ...snapshot,
      fieldId: vectorFieldId,
      metric: 'L2',
      queries: query.bytes,
      queryCount: 1,
      topk: rowCount,
      params: {},
    })
    expect([...hits.offsets].toSorted((one, other) => one - other)).toEqual(expected)
  })
})
