import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ConsistencyLevelEnum, DataType, logger, MilvusClient } from '@zilliz/milvus2-sdk-node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AsyncStack } from '../../src/base/async-stack.ts'
import { ElanusError } from '../../src/base/errors.ts'
import { nodeFileSystem } from '../../src/base/node-file-system.ts'
import { openFileLog } from '../../src/log/file-log.ts'
import { openMemoryMeta } from '../../src/meta/memory-meta.ts'
import type { ConsistencyLevel } from '../../src/meta/records.ts'
import { startServer } from '../../src/rpc/server.ts'
import { startServices } from '../../src/services/coordinator.ts'
import type { Proxy } from '../../src/services/proxy/proxy.ts'
import { settingsDefault } from '../../src/services/settings.ts'
import { LocalObjectStore } from '../../src/storage/local-object-store.ts'
import { openWorkerPool } from '../../src/workers/open-pool.ts'
import { LateLog } from '../support/late-log.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// Under a test it would print every request.
logger.level = 'error'

const collection_name = 'consistent'
const readTimeoutMs = settingsDefault.readTimeoutMs

/** A server whose log is applied when the test says so, and whose clock goes when it says so. */
class LateServer implements AsyncDisposable {
  readonly log: LateLog
  readonly clock: ManualClock
  readonly port: number
  readonly proxy: Proxy
  readonly #opened: AsyncStack

  private constructor(parts: {
    readonly log: LateLog
    readonly clock: ManualClock
    readonly port: number
    readonly proxy: Proxy
    readonly opened: AsyncStack
  }) {
    this.log = parts.log
    this.clock = parts.clock
    this.port = parts.port
    this.proxy = parts.proxy
    this.#opened = parts.opened
  }

  static async start(): Promise<LateServer> {
    await using opened = new AsyncStack()
    const clock = new ManualClock()
    const { path: folder } = opened.use(await temporaryFolder())
    const onFatal = (error: Error): never => {
      throw error
    }
    const fileSystem = nodeFileSystem
    const files = await openFileLog({ folder: join(folder, 'log'), fileSystem, onFatal })
    const log = opened.use(new LateLog(files))
    const objectFolder = join(folder, 'objects')
    const services = opened.use(
      await startServices({
        folder,
        settings: settingsDefault,
        clock,
        meta: openMemoryMeta(),
        log,
        objects: await LocalObjectStore.open(objectFolder, fileSystem),
        pool: opened.use(openWorkerPool({ objects: { kind: 'local', folder: objectFolder } })),
        onError: () => {},
      }),
    )
    const { proxy } = services
    const server = opened.use(
      await startServer({ proxy, host: '127.0.0.1', port: 0, version: 'test' }),
    )
    return new LateServer({ log, clock, port: server.port, proxy, opened: opened.move() })
  }

  /** Resolves once so many writes are durable and wait to be applied. */
  async held(count: number): Promise<void> {
    while (this.log.heldCount < count) await nextTurn()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened[Symbol.asyncDispose]()
  }
}

const levels = [
  ['Strong', ConsistencyLevelEnum.Strong],
  ['Session', ConsistencyLevelEnum.Session],
  ['Bounded', ConsistencyLevelEnum.Bounded],
  ['Eventually', ConsistencyLevelEnum.Eventually],
] as const

describe('a log that is applied late', () => {
  let server: LateServer
  let writer: MilvusClient
  let reader: MilvusClient
  let lastId = 0

  const insertOne = async (): Promise<{ id: string; timestamp: string }> => {
    lastId += 1
    const data = [{ id: lastId, vector: [lastId, 0] }]
    const { status, timestamp } = await writer.insert({ collection_name, data })
    expect(status).toMatchObject({ code: 0 })
    return { id: String(lastId), timestamp }
  }

  /** The ids that a client's query finds. */
  const idsAt = async (consistency_level: ConsistencyLevelEnum): Promise<readonly string[]> => {
    const { status, data } = await reader.query({
      collection_name,
      filter: 'id > 0',
      output_fields: ['id'],
      consistency_level,
    })
    expect(status).toMatchObject({ code: 0 })
    return data.map(({ id }) => String(id))
  }

  /** The same with a timestamp of the client's, which this client cannot send. */
  const readFrom = async (guaranteeTimestamp: bigint, consistencyLevel: ConsistencyLevel) => {
    const result = await server.proxy.query({
      databaseName: 'default',
      collectionName: collection_name,
      filter: 'id > 0',
      partitionNames: [],
      outputFields: ['id'],
      limit: undefined,
      offset: 0,
      guaranteeTimestamp,
      consistencyLevel,
    })
    if (result.kind !== 'rows') throw new Error('A query for rows found something else')
    const column = result.columns.find(({ name }) => name === 'id')?.column
    if (column?.type !== 'Int64') throw new Error('Ids are no Int64')
    return { ids: Array.from(column.values, String), readAt: result.readAt }
  }

  beforeAll(async () => {
    server = await LateServer.start()
    const address = `127.0.0.1:${server.port}`
    writer = new MilvusClient({ address })
    reader = new MilvusClient({ address })
    await Promise.all([writer.connectPromise, reader.connectPromise])
    await writer.createCollection({
      collection_name,
      fields: [
        { name: 'id', data_type: DataType.Int64, is_primary_key: true },
        { name: 'vector', data_type: DataType.FloatVector, dim: 2 },
      ],
      index_params: [{ field_name: 'vector', index_type: 'FLAT', metric_type: 'L2' }],
    })
    await writer.loadCollectionSync({ collection_name })
  })

  afterEach(() => {
    server.log.release()
  })

  afterAll(async () => {
    await writer.closeConnection()
    await reader.closeConnection()
    await server[Symbol.asyncDispose]()
  })

  it.each(levels)('shows at level %s what was acknowledged, to every client', async (_, level) => {
    server.log.hold()
    const writing = insertOne()
    await server.held(1)
    server.log.release()
    const { id } = await writing
    expect(await idsAt(level)).toContain(id)
  })

  it.each(levels)('holds no read up at level %s, however late it is', async (_, level) => {
    const { id } = await insertOne()
    server.log.hold()
    const writing = insertOne()
    await server.held(1)
    server.clock.advance(60_000)
    const found = await idsAt(level)
    expect(found).toContain(id)
    expect(found).not.toContain(String(lastId))
    server.log.release()
    await writing
    expect(await idsAt(level)).toContain(String(lastId))
  })

  it('shows a session its own writes beside those of others that are late', async () => {
    const own = await insertOne()
    server.log.hold()
    const other = insertOne()
    await server.held(1)
    const { ids } = await readFrom(BigInt(own.timestamp), 'Session')
    expect(ids).toContain(own.id)
    server.log.release()
    await other
  })

  it('makes a read wait that asks for a time which is not applied yet', async () => {
    server.log.hold()
    const writing = insertOne()
    await server.held(1)
    const now = await server.proxy.catalog.allocTimestamp()
    let isAnswered = false
    const reading = readFrom(now, 'Strong').finally(() => {
      isAnswered = true
    })
    // A read that waits for nothing is asked later and answered before.
    await idsAt(ConsistencyLevelEnum.Eventually)
    expect(isAnswered).toBe(false)
    server.log.release()
    const { id } = await writing
    const { ids, readAt } = await reading
    expect(ids).toContain(id)
    expect(readAt).toBeGreaterThanOrEqual(now)
  })

  it('lets such a read wait so long and no longer', async () => {
    server.log.hold()
    const writing = insertOne()
    await server.held(1)
    const now = await server.proxy.catalog.allocTimestamp()
    let outcome = ''
    const startMs = server.clock.monotonicMs()
    const reading = readFrom(now, 'Strong').then(
      () => 'an answer',
      (error: unknown) => (error instanceof ElanusError ? error.code : 'another error'),
    )
    void reading.then((code) => {
      outcome = code
    })
    while (outcome === '') {
      server.clock.advance(readTimeoutMs / 10)
      await nextTurn()
    }
    expect(outcome).toBe('TIMEOUT')
    expect(server.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(readTimeoutMs)
    server.log.release()
    await writing
  })

  it('shows all of a request or nothing of it, and deletes with what they follow', async () => {
    const { id } = await insertOne()
    server.log.hold()
    lastId += 2
    const data = [lastId - 1, lastId].map((each) => ({ id: each, vector: [each, 0] }))
    const inserting = writer.insert({ collection_name, data })
    await server.held(1)
    const deleting = writer.delete({ collection_name, ids: [Number(id)] })
    await server.held(2)
    const before = await idsAt(ConsistencyLevelEnum.Strong)
    expect(before).toContain(id)
    expect(before).not.toContain(String(lastId))
    server.log.release()
    await Promise.all([inserting, deleting])
    const after = await idsAt(ConsistencyLevelEnum.Strong)
    expect(after).not.toContain(id)
    expect(after).toEqual(expect.arrayContaining([String(lastId - 1), String(lastId)]))
  })

  it('never lets the time of reads go back', async () => {
    const times: bigint[] = []
    server.log.hold()
    const writing = insertOne()
    await server.held(1)
    for (const [level] of [...levels, ...levels]) times.push((await readFrom(0n, level)).readAt)
    const late = times.length
    server.log.release()
    await writing
    for (const [level] of levels) times.push((await readFrom(0n, level)).readAt)
    expect(times[late]).toBeGreaterThan(times[late - 1] ?? 0n)
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
  })
})
