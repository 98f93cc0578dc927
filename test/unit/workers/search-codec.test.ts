import { describe, expect, it } from 'vitest'
import { ElanusError } from '../../../src/base/errors.ts'
import { type FieldId, toId } from '../../../src/base/int64.ts'
import { seededRandom } from '../../../src/base/random.ts'
import type { SearchReach } from '../../../src/segment/collect-hits.ts'
import { fromFailure, toFailure } from '../../../src/workers/failure.ts'
import {
  readAnswer,
  readRequest,
  type SearchThreadAnswer,
  type SearchThreadRequest,
  writeAnswer,
  writeRequest,
} from '../../../src/workers/search-codec.ts'
import { allocateRecords, RecordReader, RecordWriter } from '../../../src/workers/shared-records.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { at, vectorFieldId } from '../segment/sample.ts'

const search = {
  kind: 'search',
  generations: [1, 4_294_967_295],
  fieldId: vectorFieldId,
  metric: 'COSINE',
  queries: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  queryCount: 2,
  topk: 16_384,
  params: { ef: 64, nprobe: 8 },
  readAt: at(9_223_372_036_854_775_807n),
  visibleAfter: at(9_007_199_254_740_993n),
  reach: undefined,
  filter: Uint8Array.of(9, 8, 7),
} as const satisfies SearchThreadRequest

const select = {
  kind: 'select',
  generations: [],
  readAt: at(5),
  visibleAfter: at(0),
  offset: 3,
  limit: 16_384,
  filter: new Uint8Array(0),
} as const satisfies SearchThreadRequest

const match = {
  kind: 'match',
  generations: [7],
  readAt: at(5),
  visibleAfter: at(0),
  filter: Uint8Array.of(1, 2),
} as const satisfies SearchThreadRequest

const reaches: readonly SearchReach[] = [
  { kind: 'nearest', bounds: { radius: 0.1, rangeFilter: -3e38 } },
  { kind: 'page', bounds: { after: 1 / 3 } },
  { kind: 'page', bounds: {} },
  { kind: 'groups', fieldId: toId<FieldId>(2n ** 60n + 1n), groupSize: 3, isStrict: true },
]

describe('requests and answers in shared records', () => {
  it('are read as they were written, in their order', () => {
    const records = allocateRecords()
    const [writer, reader] = [new RecordWriter(records), new RecordReader(records)]
    const requests: readonly SearchThreadRequest[] = [
      search,
      select,
      match,
      { ...match, kind: 'count' },
      ...reaches.map((reach) => ({ ...search, reach })),
      { ...search, params: {}, queries: new Uint8Array(0) },
      search,
    ]
    for (let run = 0; run < 3; run++) {
      writer.clear()
      reader.clear()
      for (const request of requests) writeRequest(writer, request)
      for (const request of requests) expect(readRequest(reader)).toEqual(request)
    }
  })

  it('carry answers of every kind', () => {
    const records = allocateRecords()
    const [writer, reader] = [new RecordWriter(records), new RecordReader(records)]
    const answers: readonly SearchThreadAnswer[] = [
      {
        kind: 'hits',
        hits: {
          counts: Uint32Array.of(2, 0, 1),
          segmentIndexes: Uint32Array.of(0, 1, 0),
          offsets: Uint32Array.of(7, 4_294_967_295, 1),
          scores: Float32Array.of(0.5, -0, Number.POSITIVE_INFINITY),
        },
      },
      { kind: 'rows', rows: { segmentIndexes: Uint32Array.of(1), offsets: Uint32Array.of(2) } },
      { kind: 'count', count: 4_294_967_295 },
      { kind: 'failed', code: 'CORRUPT', message: 'Cannot read "鳶"' },
    ]
    for (const answer of answers) writeAnswer(writer, answer)
    for (const answer of answers) expect(readAnswer(reader)).toEqual(answer)
  })

  it('grow under a reader that is open already', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    const records = allocateRecords()
    const [writer, reader] = [new RecordWriter(records), new RecordReader(records)]
    for (let round = 0; round < 30; round++) {
      writer.clear()
      reader.clear()
      const requests = Array.from({ length: 1 + random.below(5) }, () => ({
        ...search,
        queries: Uint8Array.from({ length: random.below(200_000) }, (_, index) => index),
      }))
      for (const request of requests) writeRequest(writer, request)
      for (const { queries } of requests) {
        const read = readRequest(reader)
        const isEqual = read.kind === 'search' && Buffer.compare(read.queries, queries) === 0
        expect(isEqual, `seed ${seed}`).toBe(true)
      }
    }
  })

  it('lose a record whose writing failed, and no other', () => {
    const records = allocateRecords()
    const [writer, reader] = [new RecordWriter(records), new RecordReader(records)]
    writeRequest(writer, search)
    const failing = (): void =>
      writer.atomically(() => {
        writeRequest(writer, select)
        throw new Error('Failed')
      })
    expect(failing).toThrow('Failed')
    writeRequest(writer, { ...select, limit: 7 })
    expect(readRequest(reader)).toEqual(search)
    expect(readRequest(reader)).toMatchObject({ kind: 'select', limit: 7 })
  })
})

describe('an error between threads', () => {
  it('keeps its code and message', () => {
    const failure = structuredClone(toFailure(new ElanusError('CORRUPT', 'Cannot read it')))
    expect(fromFailure(failure)).toMatchObject({ code: 'CORRUPT', message: 'Cannot read it' })
  })

  it("is the thread's own failure when it is none of ours", () => {
    expect(fromFailure(toFailure(new TypeError('x is undefined')))).toMatchObject({
      code: 'WORKER_FAILED',
    })
    expect(fromFailure(toFailure('thrown text'))).toMatchObject({ code: 'WORKER_FAILED' })
    const unknown = { kind: 'failed', code: 'NOT_OURS', message: '' } as const
    expect(fromFailure(unknown)).toMatchObject({ code: 'WORKER_FAILED' })
  })
})
