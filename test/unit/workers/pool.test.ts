import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BuildId, LogId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { nodeFileSystem } from '../../../src/base/node-file-system.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { SealedSegment } from '../../../src/segment/sealed-segment.ts'
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts'
import { parseIndexSpec, parseSearchParams } from '../../../src/vector-index/index-types.ts'
import { openWorkerPool } from '../../../src/workers/open-pool.ts'
import type { WorkerPool } from '../../../src/workers/pool.ts'
import { flushLogIdCount } from '../../../src/workers/tasks.ts'
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
} from '../segment/sample.ts'

let folder: string
let pool: WorkerPool

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elanus-pool-'))
  await LocalObjectStore.open(folder, nodeFileSystem)
  pool = openWorkerPool({ objects: { kind: 'local', folder } })
})

afterAll(async () => {
  await pool.close()
  await rm(folder, { recursive: true })
})

describe('a worker pool', () => {
  it('flushes, builds, loads and searches', async () => {
    const schema = schemaOf('Int64')
    const segment = growing(schema)
    const numbers = Array.from({ length: 1000 }, (_, index) => index)
    segment.append(
      batchOf(schema, keysOf('Int64', numbers), seededRandom(7)),
      rowIdsOf(1000),
      at(5),
    )
    const count = flushLogIdCount(schema)
    const flushed = await pool.flush({
      collectionId,
      partitionId,
      segment,
      schema,
      rowFrom: 0,
      rowTo: segment.rowCount,
      logIds: Array.from({ length: count }, (_, index) => toId<LogId>(BigInt(index + 1))),
    })
    const spec = parseIndexSpec({ type: 'HNSW', metric: 'L2' })
    const binlogs = flushed.binlogs.filter(
      ({ fieldId, kind }) => fieldId === vectorFieldId && kind === 'insert',
    )
    const build = {
      segmentId,
      partitionId,
      collectionId,
      buildId: toId<BuildId>(1n),
      version: 1,
      fieldId: vectorFieldId,
      vectorType: 'FloatVector' as const,
      dimension: 5,
      spec,
      binlogs,
      rowCount: 1000,
    }
    const built = await pool.build(build)
    const handle = await pool.load({
      collectionId,
      partitionId,
      segmentId,
      schema,
      rowCount: 1000,
      binlogs: flushed.binlogs,
      deletes: [],
      indexes: [
        { fieldId: vectorFieldId, spec, buildId: build.buildId, version: 1, files: built.files },
      ],
      scalarIndexes: [],
    })
    const sealed = SealedSegment.attach(handle)
    const query = segment.readColumn(vectorFieldId, Uint32Array.of(17))
    if (query.type !== 'FloatVector') throw new Error()
    const search = {
      fieldId: vectorFieldId,
      metric: 'L2' as const,
      queries: query.bytes,
      queryCount: 1,
      topk: 10,
      params: parseSearchParams(spec, 10, {}),
      readAt: at(5),
      visibleAfter: at(0),
    }
    const fromGrowing = await pool.search({ ...search, segments: [segment] })
    const fromSealed = await pool.search({ ...search, segments: [sealed] })
    expect(fromGrowing.offsets[0]).toBe(17)
    expect(fromSealed).toEqual(fromGrowing)
  })
})
