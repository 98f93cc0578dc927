import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import type { BuildId, LogId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { nodeFileSystem } from '../../../src/base/node-file-system.ts'
import { seededRandom } from '../../../src/base/random.ts'
import type { GrowingSegment } from '../../../src/segment/growing-segment.ts'
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts'
import { builtRowCount, createBuildControl } from '../../../src/vector-index/build-control.ts'
import { parseIndexSpec } from '../../../src/vector-index/index-types.ts'
import { BackgroundLane } from '../../../src/workers/background-lane.ts'
import type { BackgroundRequest } from '../../../src/workers/background-messages.ts'
import { flushLogIdCount } from '../../../src/workers/tasks.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import {
  at,
  batchOf,
  collectionId,
  growing,
  keysOf,
  partitionId,
  rowIdsOf,
  schemaOf,
  segmentId,
  vectorFieldId,
  vectorSchema,
} from '../segment/sample.ts'
import { killThread, until } from './kill.ts'

const deleteLog = {
  collectionId,
  partitionId,
  shardIndex: 0,
  fieldId: schemaOf('Int64').primaryKey.fieldId,
  primaryKeys: keysOf('Int64', [1, 2]),
  timestamps: BigInt64Array.of(1n, 2n),
}

async function openLane(waitingCountMax = 100) {
  const folder = await temporaryFolder()
  await LocalObjectStore.open(folder.path, nodeFileSystem)
  const objects = { kind: 'local', folder: folder.path } as const
  const lane = new BackgroundLane({ threadCount: 2, waitingCountMax, objects })
  let lastLogId = 0n
  return {
    lane,
    store: LocalObjectStore.attach(folder.path, nodeFileSystem),
    flushDeletes: (): BackgroundRequest => {
      lastLogId += 1n
      return { kind: 'flushDeletes', log: { ...deleteLog, logId: toId<LogId>(lastLogId) } }
    },
    [Symbol.asyncDispose]: async () => {
      await lane.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** A segment whose index takes some seconds, and the request that flushes it. */
function largeSegment(): { segment: GrowingSegment; flush: BackgroundRequest; rowCount: number } {
  const schema = vectorSchema('Int64', 128)
  const rowCount = 30_000
  const segment = growing(schema, 64 * 1024 * 1024)
  const keys = Array.from({ length: rowCount }, (_, row) => row)
  segment.append(batchOf(schema, keysOf('Int64', keys), seededRandom(1)), rowIdsOf(rowCount), at(1))
  const logIds = Array.from({ length: flushLogIdCount(schema) }, (_, index) =>
    toId<LogId>(BigInt(1000 + index)),
  )
  const place = { collectionId, partitionId, segment: segment.handle() }
  const flush = { ...place, rowFrom: 0, rowTo: rowCount, logIds }
  return { segment, flush: { kind: 'flush', flush }, rowCount }
}

async function largeBuild(
  lane: BackgroundLane,
  params = { M: 32, efConstruction: 500 },
): Promise<BackgroundRequest & { kind: 'build' }> {
  const { flush, rowCount } = largeSegment()
  const flushed = await lane.run(flush, {})
  if (flushed.of !== 'flush') throw new Error('A flush was asked for')
  const build = {
    partitionId,
    segmentId,
    buildId: toId<BuildId>(1n),
    version: 1,
    fieldId: vectorFieldId,
    vectorType: 'FloatVector' as const,
    dimension: 128,
    spec: parseIndexSpec({ type: 'HNSW', metric: 'L2', params }),
    binlogs: flushed.value.binlogs,
    rowCount,
  }
  return { kind: 'build', build, control: createBuildControl() }
}

async function names(store: LocalObjectStore): Promise<readonly string[]> {
  return (await Array.fromAsync(store.list(''))).map(({ name }) => name)
}

describe('a background lane', () => {
  it('lets quick work pass while a build runs, and stops the build when it is given up', async () => {
    await using opened = await openLane()
    const { lane, store } = opened
    const build = await largeBuild(lane)
    const controller = new AbortController()
    const { signal } = controller
    const builds = [build, { ...build, control: createBuildControl() }]
    const building = Promise.allSettled(builds.map((one) => lane.run(one, { signal })))
    const passed = await Promise.all(
      Array.from({ length: 5 }, () => lane.run(opened.flushDeletes(), {})),
    )
    expect(passed.map(({ of }) => of)).toEqual(Array(5).fill('flushDeletes'))
    controller.abort()
    for (const outcome of await building) {
      expect(outcome).toMatchObject({ reason: { code: 'CANCELED' } })
    }
    expect((await names(store)).filter((name) => name.startsWith('index_files/'))).toEqual([])
  })

  it('gives a build further threads where cores are left, and one memory', async () => {
    await using opened = await openLane()
    const { lane } = opened
    const build = await largeBuild(lane, { M: 8, efConstruction: 60 })
    const before = lane.workers.length
    const done = lane.run(build, {})
    await until(() => lane.workers.length > before || builtRowCount(build.control) === 30_000)
    const helperCount = lane.workers.length - before
    expect(await done).toMatchObject({ of: 'build', value: { rowCount: 30_000 } })
    expect(builtRowCount(build.control)).toBe(30_000)
    expect(helperCount).toBe(Math.min(1, availableParallelism() - 1))
  })

  it.skipIf(availableParallelism() === 1)(
    'fails a build whose helper was killed with WORKER_FAILED',
    async () => {
      await using opened = await openLane()
      const { lane } = opened
      const build = await largeBuild(lane)
      const outcome = lane.run(build, {}).catch((error: unknown) => error)
      await until(() => lane.workers.length > 1 && builtRowCount(build.control) > 0)
      await lane.workers.at(-1)?.terminate()
      expect(await outcome).toMatchObject({ code: 'WORKER_FAILED' })
      expect(await lane.run(opened.flushDeletes(), {})).toMatchObject({ of: 'flushDeletes' })
    },
  )

  it('fails what a killed thread had with WORKER_FAILED, and goes on with another', async () => {
    await using opened = await openLane()
    const { lane } = opened
    const build = await largeBuild(lane)
    const outcome = lane.run(build, {}).catch((error: unknown) => error)
    await until(() => builtRowCount(build.control) > 0)
    await killThread(lane)
    expect(await outcome).toMatchObject({ code: 'WORKER_FAILED' })
    expect(await lane.run(opened.flushDeletes(), {})).toMatchObject({ of: 'flushDeletes' })
  })

  it('is not held up by threads that die while they start', async () => {
    await using opened = await openLane()
    const { lane } = opened
    const working = lane.run(opened.flushDeletes(), {})
    await killThread(lane)
    expect(await working).toMatchObject({ of: 'flushDeletes' })
  })

  it('brings a typed error back from the thread', async () => {
    await using opened = await openLane()
    const request = opened.flushDeletes()
    await opened.lane.run(request, {})
    await expect(opened.lane.run(request, {})).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  })

  it('refuses work when too much waits', async () => {
    await using opened = await openLane(1)
    const work = Array.from({ length: 4 }, () => opened.lane.run(opened.flushDeletes(), {}))
    const outcomes = await Promise.allSettled(work)
    const rejected = outcomes.filter(({ status }) => status === 'rejected')
    expect(rejected).toHaveLength(1)
    expect(rejected[0]).toMatchObject({ reason: { code: 'RATE_LIMITED' } })
  })

  it('takes no work once it is closed, and stops a build to close', async () => {
    await using opened = await openLane()
    const { lane } = opened
    const building = lane.run(await largeBuild(lane), {})
    const outcome = building.catch((error: unknown) => error)
    await lane.close()
    expect(await outcome).toMatchObject({ code: 'CANCELED' })
    const late = lane.run(opened.flushDeletes(), {})
    await expect(late).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
