import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { type Elanus, open } from '../../../src/open.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import * as ask from './requests.ts'
import type { Subject } from './subject.ts'

const name = 'seen'
const target = { databaseName: '', collectionName: name }
const read = {
  ...target,
  consistencyLevel: 'Strong',
  guaranteeTimestamp: 0n,
  partitionNames: [],
  filter: '',
} as const
const batchRowCount = 300
const batchCount = 8

describe('handoff', () => {
  it('T15: every read finds every row once, while segments are flushed, indexed and swapped', async () => {
    const seed = seedOfRun()
    await using folder = await temporaryFolder()
    const database = await open({ data: folder.path, settings: { indexedRowCountMin: 100 } })
    const subject: Subject = {
      ...database.protocol,
      settled: () => database.settled(),
      [Symbol.asyncDispose]: () => database.close(),
    }
    const collectionID = await ask.makeCollection(subject, name, 2)
    const hnsw = { index_type: 'HNSW', metric_type: 'L2', M: '8', efConstruction: '40' }
    await subject.master.createIndex(ask.createIndex(name, hnsw))
    await database.proxy.load(target)
    const rows = { acknowledged: 0, sent: 0, isDone: false }
    const readers = [watchQueries(database, rows), watchSearches(database, rows, seed)]
    for (let batch = 0; batch < batchCount; batch += 1) {
      rows.sent += batchRowCount
      await subject.insertChannel.insert(ask.insert(name, batch * batchRowCount, batchRowCount))
      rows.acknowledged += batchRowCount
      await subject.dataService.flush({ base: undefined, dbID: 0n, collectionID, segmentIDs: [] })
      // Every other time the next rows come while the former are on their way through all states.
      if (batch % 2 === 1) await database.settled()
    }
    await database.settled()
    rows.isDone = true
    const readCounts = await Promise.all(readers)
    for (const count of readCounts) expect(count, `seed ${seed}`).toBeGreaterThan(batchCount)
    const served = await database.proxy.catalog.servedSegments(target)
    expect(served.every(({ isGrowing, indexes }) => !isGrowing && indexes.length === 1)).toBe(true)
    await database.close()
  })
})

interface Rows {
  /** Rows whose insert was answered: each read that begins later finds them. */
  acknowledged: number
  sent: number
  isDone: boolean
}

/** Reads all keys and counts them, over and over; how often. */
async function watchQueries({ proxy }: Elanus, rows: Rows): Promise<number> {
  let readCount = 0
  for (; !rows.isDone; readCount += 1) {
    const least = rows.acknowledged
    const page = { limit: 16_384, offset: 0, outputFields: ['id'] }
    const found = await proxy.query({ ...read, ...page })
    if (found.kind !== 'rows') throw new Error('a query for rows answers with rows')
    const [column] = found.columns
    const keys = column?.column.type === 'Int64' ? [...column.column.values] : []
    expectAllOnce(keys, least, rows.sent)
    const before = rows.acknowledged
    const counted = await proxy.query({
      ...read,
      outputFields: ['count(*)'],
      limit: undefined,
      offset: 0,
    })
    if (counted.kind !== 'count') throw new Error('a query for a count answers with it')
    expect(counted.count).toBeGreaterThanOrEqual(before)
    expect(counted.count).toBeLessThanOrEqual(rows.sent)
  }
  return readCount
}

/** Searches for rows that are there, over and over; how often. */
async function watchSearches({ proxy }: Elanus, rows: Rows, seed: number): Promise<number> {
  const random = seededRandom(seed)
  let readCount = 0
  while (!rows.isDone) {
    if (rows.acknowledged === 0) {
      await new Promise((resolve) => setImmediate(resolve))
      continue
    }
    const key = random.below(rows.acknowledged)
    const topk = 50
    const hits = await proxy.search({
      ...read,
      fieldName: 'vector',
      queryCount: 1,
      queries: new Uint8Array(Float32Array.of(key, 1, 2, 3).buffer),
      topk,
      offset: 0,
      metric: 'L2',
      params: { ef: 100 },
      roundDecimal: -1,
      outputFields: [],
    })
    const keys = hits.primaryKeys.type === 'Int64' ? [...hits.primaryKeys.values] : []
    expect(keys[0], `seed ${seed}`).toBe(BigInt(key))
    expect(new Set(keys).size, `seed ${seed}`).toBe(topk)
    readCount += 1
  }
  return readCount
}

/** The keys are a run from zero on: all that were acknowledged before, none twice. */
function expectAllOnce(keys: readonly bigint[], least: number, most: number): void {
  expect(new Set(keys).size).toBe(keys.length)
  expect(keys.length).toBeGreaterThanOrEqual(least)
  expect(keys.length).toBeLessThanOrEqual(most)
  const missing = Array.from({ length: least }, (_, key) => BigInt(key))
  expect(new Set(keys).isSupersetOf(new Set(missing))).toBe(true)
}
