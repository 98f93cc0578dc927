import { describe, expect, it } from 'vitest'
import { toId } from '../../../src/base/int64.ts'
import { nodeFileSystem } from '../../../src/base/node-file-system.ts'
import { openMemoryMeta } from '../../../src/meta/memory-meta.ts'
import type { BinlogRecord, BuildRecord } from '../../../src/meta/records.ts'
import { openCatalog } from '../../../src/meta/tables.ts'
import { ObjectClaims } from '../../../src/services/object-claims.ts'
import { OrphanCollector } from '../../../src/services/orphans.ts'
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const toleranceMs = 60_000
const names = [
  'delta_log/1/0/41',
  'index_files/7/1/2/3/graph',
  'insert_log/1/2/3/100/40',
  'stats_log/1/2/3/100/42',
]

describe('objects that nothing names', () => {
  it('are dropped once they are old enough', async () => {
    await using ground = await groundWith(names)
    await ground.collectAfter(0)
    expect(await ground.found()).toEqual(names)
    await ground.collectAfter(toleranceMs)
    expect(await ground.found()).toEqual([])
  })

  it('are what no record says, and no others', async () => {
    const kept = ['insert_log/1/2/3/100/40', 'delta_log/1/0/41', 'index_files/7/2/2/3/graph']
    const stale = ['insert_log/1/2/3/100/39', 'delta_log/1/0/38', 'index_files/7/1/2/3/graph']
    await using ground = await groundWith([...kept, ...stale, 'insert_log/of/no/id/of/ours'])
    const { catalog } = ground
    await catalog.write([
      catalog.binlogs.put(binlog(3n, 40n, 'insert_log/1/2/3/100/40')),
      catalog.binlogs.put(binlog(0n, 41n, 'delta_log/1/0/41')),
      catalog.builds.put(build(['index_files/7/2/2/3/graph'])),
    ])
    await ground.collectAfter(2 * toleranceMs)
    expect(await ground.found()).toEqual(kept.toSorted())
  })

  it('are left to tasks that may come to name them', async () => {
    await using ground = await groundWith(names)
    {
      using _flush = ground.claims.claim('insert_log/1/2/3/', 'stats_log/1/2/3/')
      using _again = ground.claims.claim('insert_log/1/2/3/')
      using _build = ground.claims.claim('index_files/7/1/')
      await ground.collectAfter(2 * toleranceMs)
      expect(await ground.found()).toEqual(names.filter((name) => !name.startsWith('delta_log')))
    }
    await ground.collectAfter(0)
    expect(await ground.found()).toEqual([])
  })
})

async function groundWith(objectNames: readonly string[]) {
  const folder = await temporaryFolder()
  const objects = await LocalObjectStore.open(folder.path, nodeFileSystem)
  for (const name of objectNames) await objects.put(name, [Uint8Array.of(1)])
  const catalog = openCatalog(openMemoryMeta())
  const claims = new ObjectClaims()
  // A little behind the files: their times are those of the system.
  const clock = new ManualClock(Date.now() - 1_000)
  const errors: unknown[] = []
  const collector = new OrphanCollector({
    clock,
    catalog,
    objects,
    claims,
    toleranceMs,
    periodMs: 10 * toleranceMs,
    onError: (error) => errors.push(error),
  })
  return {
    catalog,
    claims,
    async collectAfter(ms: number): Promise<void> {
      clock.setWall(clock.nowMs() + ms + (ms > 0 ? 10_000 : 0))
      await collector.collect()
      expect(errors).toEqual([])
    },
    async found(): Promise<readonly string[]> {
      const listed = await Array.fromAsync(objects.list(''))
      return listed.map(({ name }) => name).toSorted()
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await collector[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function binlog(segmentId: bigint, logId: bigint, path: string): BinlogRecord {
  return {
    collectionId: toId<BinlogRecord['collectionId']>(1n),
    partitionId: toId<BinlogRecord['partitionId']>(2n),
    segmentId: toId<BinlogRecord['segmentId']>(segmentId),
    logId: toId<BinlogRecord['logId']>(logId),
    kind: segmentId === 0n ? 'delete' : 'insert',
    fieldId: toId<BinlogRecord['fieldId']>(100n),
    path,
    rowCount: 1,
    timestampFrom: toId<BinlogRecord['timestampFrom']>(1n),
    timestampTo: toId<BinlogRecord['timestampTo']>(1n),
    sizeBytes: 1,
    crc32c: 0,
  }
}

function build(paths: readonly string[]): BuildRecord {
  return {
    id: toId<BuildRecord['id']>(7n),
    collectionId: toId<BuildRecord['collectionId']>(1n),
    partitionId: toId<BuildRecord['partitionId']>(2n),
    segmentId: toId<BuildRecord['segmentId']>(3n),
    indexId: toId<BuildRecord['indexId']>(5n),
    state: 'finished',
    rowCount: 1,
    version: 2,
    failedCount: 1,
    lostCount: 0,
    files: paths.map((path) => ({ path, sizeBytes: 1, crc32c: 0 })),
  }
}
