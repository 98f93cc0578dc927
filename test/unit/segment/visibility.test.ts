import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import type { PrimaryKeyTypeName } from '../../../src/schema/data-type.ts'
import { locateRows } from '../../../src/segment/read-segments.ts'
import { searchSegments } from '../../../src/segment/search-segments.ts'
import type { Segment } from '../../../src/segment/segment.ts'
import { SegmentRows } from '../../../src/segment/segment-rows.ts'
import { selectRows } from '../../../src/segment/select-rows.ts'
import type { Snapshot } from '../../../src/segment/snapshot.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { History, keyCount, takeStep } from './history.ts'
import { at, dimension, growing, schemaOf, vectorFieldId } from './sample.ts'
import { Twins } from './twins.ts'

const stepCount = 24

/** All moments of a history, each alone and with rows before some other left out. */
function snapshots(last: number): readonly Snapshot[] {
  return Array.from({ length: last + 2 }, (_, readAt) =>
    [0, readAt >> 1, readAt].map((visibleAfter) => ({
      readAt: at(readAt),
      visibleAfter: at(visibleAfter),
    })),
  ).flat()
}

/** Every way of reading at every moment: those that do not give what the rule says. */
function differences(segment: Segment, history: History): readonly unknown[] {
  using rows = SegmentRows.attach(segment.handle())
  return snapshots(stepCount).flatMap((snapshot) => {
    const found = reading(segment, rows, history, snapshot)
    const expected = readingByRule(history, snapshot)
    return isDeepStrictEqual(found, expected) ? [] : [{ snapshot, found, expected }]
  })
}

function reading(segment: Segment, rows: SegmentRows, history: History, snapshot: Snapshot) {
  const all = Array.from(history.rows.keys())
  const keys = Array.from({ length: keyCount }, (_, key) => key - 4)
  return {
    visible: all.filter((row) => segment.isVisible(row, snapshot)),
    count: segment.rowCountVisible(snapshot),
    located: Array.from(locateRows([segment], history.keys(keys), snapshot).offsets),
    selected: Array.from(selectRows([rows], { ...snapshot, offset: 0, limit: 100 }).offsets),
    page: Array.from(selectRows([rows], { ...snapshot, offset: 2, limit: 3 }).offsets),
    searched: search(rows, snapshot),
  }
}

function readingByRule(history: History, snapshot: Snapshot): ReturnType<typeof reading> {
  const visible = history.visibleRows(snapshot)
  const newest = history.newestRows(snapshot)
  const byNumber = newest.toSorted((left, right) => left.key - right.key)
  return {
    visible,
    count: visible.length,
    located: byNumber.map(({ row }) => row),
    selected: newest.map(({ row }) => row),
    page: newest.slice(2, 5).map(({ row }) => row),
    searched: { keyCount: newest.length, hitCount: newest.length, isVisible: true },
  }
}

/** What an exact search for everything finds. */
function search(rows: SegmentRows, snapshot: Snapshot) {
  const { offsets } = searchSegments([rows], {
    ...snapshot,
    fieldId: vectorFieldId,
    metric: 'L2',
    queries: new Uint8Array(4 * dimension),
    queryCount: 1,
    topk: 1000,
    params: {},
  })
  const { values } = rows.keys.read(offsets)
  return {
    keyCount: new Set<unknown>(values).size,
    hitCount: values.length,
    isVisible: offsets.every((offset) => rows.isVisible(offset, snapshot)),
  }
}

describe('what a read sees', () => {
  for (const type of ['Int64', 'VarChar'] satisfies PrimaryKeyTypeName[]) {
    it(`follows the rule at every timestamp, growing and sealed, for ${type} keys`, async () => {
      const seed = seedOfRun()
      const random = seededRandom(seed)
      const schema = schemaOf(type)
      for (let round = 0; round < 6; round++) {
        const segment = growing(schema)
        const history = new History(type)
        // Some steps share a timestamp: a batch that went in and was deleted at once stays visible.
        for (let step = 1; step <= stepCount; step++) {
          const timestamp = at(step - (step % 5 === 0 ? 1 : 0))
          takeStep({ segment, schema, history, random, timestamp })
        }
        expect(differences(segment, history), `seed ${seed}`).toEqual([])
        if (history.rows.length === 0) continue
        const twins = await Twins.open()
        const binlogs = await twins.flush(segment)
        const deletes = [await twins.writeDeletes(schema, history)]
        const loaded = await twins.load(segment, binlogs, { deletes })
        expect(differences(loaded, history), `seed ${seed}`).toEqual([])
        const adopting = await twins.load(segment, binlogs, {})
        adopting.adoptDeletions(segment)
        expect(differences(adopting, history), `seed ${seed}`).toEqual([])
      }
    })
  }

  it('is the same when deletes come late', () => {
    const schema = schemaOf('Int64')
    const segment = growing(schema)
    const history = new History('Int64')
    const random = seededRandom(3)
    for (let step = 1; step <= stepCount; step += 2) {
      takeStep({ segment, schema, history, random, timestamp: at(step) })
    }
    for (const [key, timestamp] of [
      [1, 20],
      [2, 7],
      [1, 8],
      [3, 24],
      [2, 3],
    ] as const) {
      segment.applyDelete(history.keys([key]), at(timestamp))
      history.deletes.push({ key, timestamp: at(timestamp) })
    }
    expect(differences(segment, history)).toEqual([])
  })

  it('does not depend on the order in which a reader looks back and forth', () => {
    const schema = schemaOf('Int64')
    const segment = growing(schema)
    const history = new History('Int64')
    const random = seededRandom(seedOfRun())
    for (let step = 1; step <= stepCount; step++) {
      takeStep({ segment, schema, history, random, timestamp: at(step) })
    }
    using rows = SegmentRows.attach(segment.handle())
    for (let read = 0; read < 200; read++) {
      const snapshot = { readAt: at(random.below(stepCount + 2)), visibleAfter: at(0) }
      expect(search(rows, snapshot).keyCount).toBe(history.newestRows(snapshot).length)
    }
  })
})
