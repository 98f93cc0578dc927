import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Elanus, open } from '../../../src/open.ts'
import { SegmentState } from '../../../src/services/seed/data-messages.ts'
import type { Settings } from '../../../src/services/settings.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import * as ask from './requests.ts'
import type { Subject } from './subject.ts'

const { base } = ask
const name = 'merged'
const target = { databaseName: '', collectionName: name }
const read = {
  ...target,
  consistencyLevel: 'Strong',
  guaranteeTimestamp: 0n,
  partitionNames: [],
  filter: '',
} as const
/** Nothing is kept for who looks back or has just learnt of it. */
const atOnce = { compactionRetentionMs: 0, droppedToleranceMs: 0 }

describe('compaction', () => {
  it('leaves few segments of many flushes, and every row once', async () => {
    await using ground = await openGround(atOnce)
    const { subject, database } = ground
    const collectionID = await ask.makeCollection(subject, name)
    await indexAndLoad(ground)
    const flushCount = 40
    for (let flush = 0; flush < flushCount; flush += 1) {
      await subject.insertChannel.insert(ask.insert(name, flush * 10, 10))
      await subject.dataService.flush({ base, dbID: 0n, collectionID, segmentIDs: [] })
      if (flush % 8 === 7) await database.settled()
    }
    await database.settled()
    expect((await flushedIds(ground, collectionID)).length).toBeLessThanOrEqual(12)
    expect(await keysOf(database)).toEqual(runOf(0, flushCount * 10))
    expect(await nearest(database, 123)).toBe(123n)
  })

  it('gives back what dropped and deleted rows took, on disk and in counts', async () => {
    await using ground = await openGround(atOnce)
    const { subject, database } = ground
    const collectionID = await ask.makeCollection(subject, name)
    await indexAndLoad(ground)
    for (let batch = 0; batch < 4; batch += 1) {
      await subject.insertChannel.insert(ask.insert(name, batch * 2_000, 2_000))
      await ask.flush(subject, collectionID)
    }
    await database.proxy.delete({ ...target, partitionName: '', filter: 'id % 2 == 1' })
    await ask.flush(subject, collectionID)
    await compacted(ground)
    expect(await keysOf(database)).toEqual(runOf(0, 8_000).filter((key) => key % 2n === 0n))
    expect(await countOf(database)).toBe(4_000)
    expect(await objectNames(ground.path, 'delta_log')).toEqual([])

    const live = await openGround(atOnce)
    const liveID = await ask.makeCollection(live.subject, name)
    await indexAndLoad(live)
    const rows = ask.insert(name, 0, 8_000)
    const rowData = rows.rowData.filter((_, row) => row % 2 === 0)
    await live.subject.insertChannel.insert({ ...rows, rowData })
    await ask.flush(live.subject, liveID)
    const [used, least] = [await diskBytes(ground.path), await diskBytes(live.path)]
    await live[Symbol.asyncDispose]()
    expect(used / least).toBeLessThanOrEqual(1.3)
  })

  it('is done for collections that are not loaded, and survives a restart', async () => {
    await using ground = await openGround(atOnce)
    const { subject, database, path } = ground
    const collectionID = await ask.makeCollection(subject, name)
    for (let flush = 0; flush < 8; flush += 1) {
      await subject.insertChannel.insert(ask.insert(name, flush * 100, 100))
      await ask.flush(subject, collectionID)
    }
    await database.settled()
    expect(await flushedIds(ground, collectionID)).toHaveLength(1)
    await database.close()
    await using again = await openGround(atOnce, path)
    expect(await flushedIds(again, collectionID)).toHaveLength(1)
    await indexAndLoad(again)
    expect(await keysOf(again.database)).toEqual(runOf(0, 800))
  })

  it('drops a segment of which nothing is left, without one in its place', async () => {
    await using ground = await openGround(atOnce)
    const { subject, database } = ground
    const collectionID = await ask.makeCollection(subject, name)
    await indexAndLoad(ground)
    await subject.insertChannel.insert(ask.insert(name, 0, 100))
    await ask.flush(subject, collectionID)
    await database.proxy.delete({ ...target, partitionName: '', filter: 'id >= 0' })
    await ask.flush(subject, collectionID)
    await database.settled()
    expect(await flushedIds(ground, collectionID)).toEqual([])
    expect(await keysOf(database)).toEqual([])
    await subject.insertChannel.insert(ask.insert(name, 50, 10))
    expect(await keysOf(database)).toEqual(runOf(50, 60))
  })

  it('keeps deleted rows for who reads at a time when they were there', async () => {
    await using ground = await openGround({ droppedToleranceMs: 0 })
    const { subject, database } = ground
    const collectionID = await ask.makeCollection(subject, name)
    await indexAndLoad(ground)
    await subject.insertChannel.insert(ask.insert(name, 0, 100))
    await ask.flush(subject, collectionID)
    await database.proxy.delete({ ...target, partitionName: '', filter: 'id < 90' })
    await ask.flush(subject, collectionID)
    await subject.insertChannel.insert(ask.insert(name, 100, 10))
    await ask.flush(subject, collectionID)
    const id = await compacted(ground)
    expect(database.proxy.catalog.compaction(id)?.plans).toMatchObject([{ state: 'completed' }])
    const [segmentID = 0n] = await flushedIds(ground, collectionID)
    const { infos } = await subject.dataService.getSegmentInfo({ base, segmentIDs: [segmentID] })
    expect(infos[0]?.numRows).toBe(110n)
    expect(await keysOf(database)).toEqual(runOf(90, 110))
    expect(await countOf(database)).toBe(20)
  })
})

describe('row counts of a collection', () => {
  it('are exact with deletes subtracted, loaded or not, before and after they are in files', async () => {
    await using ground = await openGround({})
    const { subject, database, path } = ground
    const collectionID = await ask.makeCollection(subject, name)
    await subject.insertChannel.insert(ask.insert(name, 0, 500))
    await ask.flush(subject, collectionID)
    await indexAndLoad(ground)
    const count = (of: Elanus) => of.proxy.collectionRowCount(target)
    await database.proxy.delete({ ...target, partitionName: '', filter: 'id < 100' })
    expect(await count(database)).toBe(400)
    await database.proxy.release(target)
    expect(await count(database)).toBe(400)
    await ask.flush(subject, collectionID)
    expect(await count(database)).toBe(400)
    await subject.insertChannel.insert(ask.insert(name, 50, 10))
    await ask.flush(subject, collectionID)
    expect(await count(database)).toBe(410)
    await database.close()
    await using again = await openGround({}, path)
    expect(await count(again.database)).toBe(410)
    await again.database.proxy.load(target)
    await again.database.settled()
    expect(await count(again.database)).toBe(410)
    expect(await countOf(again.database)).toBe(410)
  })
})

interface Ground extends AsyncDisposable {
  readonly path: string
  readonly database: Elanus
  readonly subject: Subject
}

async function openGround(settings: Partial<Settings>, given?: string): Promise<Ground> {
  const folder = given === undefined ? await temporaryFolder() : undefined
  const path = given ?? folder?.path ?? ''
  const database = await open({
    data: path,
    settings: { indexedRowCountMin: 100, ...settings },
  })
  const close = (): Promise<void> => database.close()
  const subject: Subject = {
    ...database.protocol,
    settled: () => database.settled(),
    [Symbol.asyncDispose]: close,
  }
  return {
    path,
    database,
    subject,
    async [Symbol.asyncDispose]() {
      await close()
      await folder?.[Symbol.asyncDispose]()
    },
  }
}

async function indexAndLoad({ subject, database }: Ground): Promise<void> {
  const hnsw = { index_type: 'HNSW', metric_type: 'L2', M: '8', efConstruction: '40' }
  await subject.master.createIndex(ask.createIndex(name, hnsw))
  await database.proxy.load(target)
  await database.settled()
}

/** Everything that can be merged is, and what was merged is forgotten. */
async function compacted({ database }: Ground): Promise<bigint> {
  const { id } = await database.proxy.catalog.compact(target)
  await database.settled()
  expect(database.proxy.catalog.compaction(id)?.state).toBe('completed')
  // Dropped segments are forgotten at the next look.
  await database.proxy.flush('', [name])
  await database.settled()
  return id
}

async function flushedIds({ subject }: Ground, collectionID: bigint): Promise<readonly bigint[]> {
  const place = { base, collectionID, partitionID: 0n, dbID: 0n }
  const { segmentIDs } = await subject.dataService.showSegments(place)
  const { states } = await subject.dataService.getSegmentStates({ base, segmentIDs, SegmentID: 0n })
  return states
    .filter(({ state }) => state === SegmentState.FLUSHED)
    .map(({ segmentID }) => segmentID)
}

async function keysOf({ proxy }: Elanus): Promise<readonly bigint[]> {
  const found = await proxy.query({ ...read, limit: 16_384, offset: 0, outputFields: ['id'] })
  if (found.kind !== 'rows') throw new Error('a query for rows answers with rows')
  const column = found.columns[0]?.column
  return column?.type === 'Int64' ? [...column.values] : []
}

async function countOf({ proxy }: Elanus): Promise<number> {
  const asked = { limit: undefined, offset: 0, outputFields: ['count(*)'] }
  const counted = await proxy.query({ ...read, ...asked })
  const known = await proxy.collectionRowCount(target)
  if (counted.kind !== 'count') throw new Error('a query for a count answers with it')
  expect(known).toBe(counted.count)
  return counted.count
}

async function nearest({ proxy }: Elanus, key: number): Promise<bigint | undefined> {
  const hits = await proxy.search({
    ...read,
    fieldName: 'vector',
    queryCount: 1,
    queries: new Uint8Array(Float32Array.of(key, 1, 2, 3).buffer),
    topk: 1,
    offset: 0,
    metric: 'L2',
    params: { ef: 64 },
    roundDecimal: -1,
    outputFields: [],
  })
  return hits.primaryKeys.type === 'Int64' ? hits.primaryKeys.values[0] : undefined
}

function runOf(from: number, to: number): readonly bigint[] {
  return Array.from({ length: to - from }, (_, place) => BigInt(from + place))
}

async function objectNames(path: string, kind: string): Promise<readonly string[]> {
  const entries = await readdir(join(path, 'objects'), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + '/objects/'.length))
    .filter((object) => object.startsWith(`${kind}/`))
}

async function diskBytes(path: string): Promise<number> {
  const kinds = ['insert_log', 'stats_log', 'delta_log', 'index_files']
  const names = (await Promise.all(kinds.map((kind) => objectNames(path, kind)))).flat()
  const sizes = await Promise.all(
    names.map(async (object) => (await stat(join(path, 'objects', object))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
