import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { searchSegments } from '../../../src/segment/search-segments.ts'
import type { Segment } from '../../../src/segment/segment.ts'
import { SegmentRows } from '../../../src/segment/segment-rows.ts'
import { SearchLane } from '../../../src/workers/search-lane.ts'
import type { SearchTask } from '../../../src/workers/tasks.ts'
import {
  at,
  batchOf,
  dimension,
  growing,
  keysOf,
  rowIdsOf,
  schemaOf,
  vectorFieldId,
} from '../segment/sample.ts'
import { killThread } from './kill.ts'

const schema = schemaOf('Int64')

function segmentOf(rowCount: number, seed = 1) {
  const segment = growing(schema)
  const keys = Array.from({ length: rowCount }, (_, row) => row)
  const batch = batchOf(schema, keysOf('Int64', keys), seededRandom(seed))
  segment.append(batch, rowIdsOf(rowCount), at(1))
  return segment
}

function taskOf(segments: readonly Segment[], queryCount = 1, seed = 1): SearchTask {
  const random = seededRandom(seed)
  const queries = Float32Array.from({ length: queryCount * dimension }, () => random.next())
  return {
    segments,
    fieldId: vectorFieldId,
    metric: 'L2',
    queries: new Uint8Array(queries.buffer),
    queryCount,
    topk: 5,
    params: {},
    readAt: at(100),
    visibleAfter: at(0),
  }
}

function searchHere(task: SearchTask) {
  const rows = task.segments.map((segment) => SegmentRows.attach(segment.handle()))
  try {
    return searchSegments(rows, task)
  } finally {
    for (const one of rows) one[Symbol.dispose]()
  }
}

function openLane(options: { threadCount?: number; waitingCountMax?: number } = {}) {
  const { threadCount = 2, waitingCountMax = 10_000 } = options
  const lane = new SearchLane({ threadCount, waitingCountMax })
  return Object.assign(lane, { [Symbol.asyncDispose]: () => lane.close() })
}

describe('a search lane', () => {
  it('answers many searches at once, each with its own hits', async () => {
    await using lane = openLane()
    const segments = [segmentOf(300, 1), segmentOf(200, 2)]
    const tasks = Array.from({ length: 300 }, (_, index) =>
      taskOf(index % 3 === 0 ? segments : segments.slice(0, 1), 1 + (index % 4), index),
    )
    const found = await Promise.all(tasks.map((task) => lane.search(task)))
    for (const [index, task] of tasks.entries()) expect(found[index]).toEqual(searchHere(task))
  })

  it('divides a search of many queries and joins the hits in order', async () => {
    await using lane = openLane()
    const task = taskOf([segmentOf(100)], 1000)
    expect(await lane.search(task)).toEqual(searchHere(task))
  })

  it('does not send more of a request than its queries', async () => {
    await using lane = openLane()
    const task = taskOf([segmentOf(100)])
    const message = Buffer.alloc(1000, 7)
    message.set(task.queries, 501)
    const queries = message.subarray(501, 501 + task.queries.length)
    expect(await lane.search({ ...task, queries })).toEqual(searchHere(task))
  })

  it('sees rows that were added after the thread attached the segment', async () => {
    await using lane = openLane({ threadCount: 1 })
    const segment = segmentOf(10)
    for (let batch = 1; batch <= 20; batch++) {
      const keys = Array.from({ length: 500 }, (_, row) => batch * 1000 + row)
      segment.append(
        batchOf(schema, keysOf('Int64', keys), seededRandom(batch)),
        rowIdsOf(500),
        at(batch + 1),
      )
      const task = { ...taskOf([segment]), topk: 3 }
      expect(await lane.search(task)).toEqual(searchHere(task))
    }
  })

  it('fails a search alone when it is wrong', async () => {
    await using lane = openLane()
    const task = taskOf([segmentOf(100)])
    const [bad, wrongField, good] = await Promise.allSettled([
      lane.search({ ...task, queries: task.queries.subarray(1) }),
      lane.search({ ...task, fieldId: schema.primaryKey.fieldId }),
      lane.search(task),
    ])
    expect(bad).toMatchObject({ reason: { code: 'INVALID_ARGUMENT' } })
    expect(wrongField).toMatchObject({ reason: { code: 'INVALID_ARGUMENT' } })
    expect(good).toMatchObject({ status: 'fulfilled' })
  })

  it('fails what a killed thread had with WORKER_FAILED, and goes on with another', async () => {
    await using lane = openLane({ threadCount: 1 })
    const segment = segmentOf(2000)
    await lane.search(taskOf([segment]))
    for (let round = 0; round < 3; round++) {
      const searches = Array.from({ length: 400 }, () => lane.search(taskOf([segment], 60)))
      const running = Promise.allSettled(searches)
      await killThread(lane)
      const outcomes = await running
      const failures = outcomes.filter(({ status }) => status === 'rejected')
      expect(failures.length).toBeGreaterThan(0)
      for (const failure of failures)
        expect(failure).toMatchObject({ reason: { code: 'WORKER_FAILED' } })
      const task = taskOf([segment])
      expect(await lane.search(task)).toEqual(searchHere(task))
    }
  })

  it('is not held up by threads that die while they start', async () => {
    await using lane = openLane({ threadCount: 1 })
    const task = taskOf([segmentOf(100)])
    const searching = lane.search(task)
    await killThread(lane)
    expect(await searching).toEqual(searchHere(task))
  })

  it('fails what waits when no thread can be started, and tries again for the next', async () => {
    await using lane = openLane({ threadCount: 1 })
    const task = taskOf([segmentOf(100)])
    const searching = lane.search(task).catch((error: unknown) => error)
    for (let start = 0; start < 3; start++) await killThread(lane)
    expect(await searching).toMatchObject({ code: 'WORKER_FAILED' })
    expect(await lane.search(task)).toEqual(searchHere(task))
  })

  it('takes back the working space of threads that were killed', async () => {
    await using lane = openLane({ threadCount: 1 })
    const segment = segmentOf(100)
    using _others = takeAllSpaceButOne(segment)
    for (let round = 0; round < 3; round++) {
      expect((await lane.search(taskOf([segment]))).offsets).toHaveLength(5)
      await killThread(lane)
    }
  })

  it('gives up a search when its caller does', async () => {
    await using lane = openLane({ threadCount: 1 })
    const segment = segmentOf(100)
    const controller = new AbortController()
    const searching = lane.search(taskOf([segment]), controller.signal)
    controller.abort(new Error('No longer wanted'))
    await expect(searching).rejects.toMatchObject({ code: 'CANCELED' })
    const aborted = lane.search(taskOf([segment]), controller.signal)
    await expect(aborted).rejects.toMatchObject({ code: 'CANCELED' })
    expect((await lane.search(taskOf([segment]))).offsets).toHaveLength(5)
  })

  it('refuses a search when too many wait', async () => {
    await using lane = openLane({ threadCount: 1, waitingCountMax: 3 })
    const segment = segmentOf(100)
    const searches = Array.from({ length: 5 }, () => lane.search(taskOf([segment])))
    const outcomes = await Promise.allSettled(searches)
    const rejected = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(rejected).toHaveLength(2)
    for (const outcome of rejected) {
      expect(outcome).toMatchObject({ reason: { code: 'RATE_LIMITED' } })
    }
  })

  it('forgets a segment once it is not used, and takes it up again if it must', async () => {
    await using lane = openLane()
    const segment = segmentOf(1000)
    const task = taskOf([segment], 60)
    const searches = Array.from({ length: 30 }, () => lane.search(task))
    let isForgotten = false
    const forgetting = lane.forget([segment.generation]).then(() => (isForgotten = true))
    await searches[0]
    expect(isForgotten).toBe(false)
    await Promise.all(searches)
    await forgetting
    expect(await lane.search(task)).toEqual(searchHere(task))
    await lane.forget([segment.generation, 999_999])
  })

  it('selects pages of rows', async () => {
    await using lane = openLane()
    const segments = [segmentOf(50)]
    const page = { segments, readAt: at(100), visibleAfter: at(0), offset: 10, limit: 3 }
    const { offsets } = await lane.select(page)
    expect(Array.from(offsets)).toEqual([10, 11, 12])
  })

  it('rejects everything once it is closed', async () => {
    const lane = openLane()
    const segment = segmentOf(10)
    await lane.search(taskOf([segment]))
    await lane.close()
    await expect(lane.search(taskOf([segment]))).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

/** A segment can be attached so many times at once: this is all of them but one. */
function takeAllSpaceButOne(segment: Segment): Disposable {
  const attached = new DisposableStack()
  const last = { rows: attachIfRoom(segment) }
  for (let rows = attachIfRoom(segment); rows !== undefined; rows = attachIfRoom(segment)) {
    attached.use(rows)
  }
  last.rows?.[Symbol.dispose]()
  return attached
}

function attachIfRoom(segment: Segment): SegmentRows | undefined {
  try {
    return SegmentRows.attach(segment.handle())
  } catch {
    return undefined
  }
}
