import type { Clock } from '../../base/clock.ts'
import { ElanusError, toElanusError } from '../../base/errors.ts'
import type { BuildId, CollectionId, IndexId, SegmentId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { physicalMsOf } from '../../base/timestamp.ts'
import type {
  BuildRecord,
  CollectionRecord,
  FailedBuildRecord,
  FinishedBuildRecord,
  FlushedSegmentRecord,
  IndexRecord,
  RunningBuildRecord,
  UnissuedBuildRecord,
} from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import { isVectorField } from '../../schema/collection-schema.ts'
import { indexFilePrefix } from '../../storage/binlog-paths.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { DataService } from '../data/data-service.ts'
import type { Master } from '../master/master.ts'
import type { ObjectClaims } from '../object-claims.ts'
import { Reconciler } from '../reconciler.ts'
import { SerialQueue } from '../serial-queue.ts'
import { BuildBook } from './build-book.ts'
import {
  type AttemptBounds,
  begin,
  endAttempt,
  erase,
  finish,
  isSameAttempt,
  plan,
} from './build-moves.ts'
import type { IndexBuilder } from './index-builder.ts'
import type { IndexProgress, IndexService } from './index-service.ts'
import { indexSpecOf, isScalarIndex } from './index-spec.ts'

export interface IndexServiceOptions {
  readonly clock: Clock
  readonly catalog: Catalog
  readonly master: Master
  readonly data: DataService
  readonly objects: ObjectStore
  readonly builder: IndexBuilder
  /** When a build is given up; the rows are searched exactly then. */
  readonly bounds: AttemptBounds
  /** How long it is remembered that a build was deleted. */
  readonly deletedToleranceMs: number
  readonly claims: ObjectClaims
  /** A smaller segment is scanned as fast as an index would answer. */
  readonly indexedRowCountMin: number
  readonly onError: (error: unknown) => void
}

const reconcilePeriodMs = 10_000

export class LocalIndexService implements IndexService, AsyncDisposable {
  readonly #options: IndexServiceOptions
  readonly #book: BuildBook
  readonly #reconciler: Reconciler
  readonly #running = new Map<BuildId, { abort: AbortController; done: Promise<void> }>()
  readonly #planning = new SerialQueue()
  readonly #listeners = new Set<(build: BuildRecord) => void>()
  readonly #subscriptions: readonly Disposable[]

  private constructor(options: IndexServiceOptions, book: BuildBook) {
    this.#options = options
    this.#book = book
    this.#reconciler = new Reconciler({
      clock: options.clock,
      periodMs: reconcilePeriodMs,
      reconcile: () => this.#reconcile(),
      onError: options.onError,
    })
    const wake = (): void => this.#reconciler.wake()
    this.#subscriptions = [
      options.master.subscribe(wake),
      options.builder.subscribe(wake),
      options.data.subscribe({ segmentFlushed: wake, segmentDropped: wake }),
    ]
  }

  /** What was under way when the last process ended starts again under the next version. */
  static async open(options: IndexServiceOptions): Promise<LocalIndexService> {
    const book = await BuildBook.open(options.catalog)
    const end = { kind: 'lost', reason: 'The process that built it has ended' } as const
    const interrupted = book.all().filter((record) => record.state === 'inProgress')
    await book.save(...interrupted.map((record) => endAttempt(record, end, options.bounds)))
    const service = new LocalIndexService(options, book)
    service.#reconciler.wake()
    return service
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]()
    for (const { abort } of this.#running.values()) abort.abort(closing())
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done))
    await this.#reconciler[Symbol.asyncDispose]()
  }

  progress(collection: CollectionRecord, index: IndexRecord): IndexProgress {
    const flushed = this.#options.data.flushedSegments(collection.id)
    const builds = flushed.map(({ id }) => this.#book.find(id, index.id))
    const failed = builds.find((build) => build?.state === 'failed')
    const totalRowCount = flushed.reduce((sum, { rowCount }) => sum + rowCount, 0)
    const indexedRowCount = builds.reduce(
      (sum, build) => sum + (build?.state === 'finished' ? build.rowCount : 0),
      0,
    )
    const isFinished = builds.every((build) => build?.state === 'finished')
    return {
      state: failed !== undefined ? 'failed' : isFinished ? 'finished' : 'inProgress',
      indexedRowCount,
      totalRowCount,
      failReason: failed?.state === 'failed' ? failed.failReason : '',
    }
  }

  finishedBuild(segmentId: SegmentId, indexId: IndexId): FinishedBuildRecord | undefined {
    const build = this.#book.find(segmentId, indexId)
    return build?.state === 'finished' ? build : undefined
  }

  isSettled(segmentId: SegmentId, indexId: IndexId): boolean {
    const state = this.#book.find(segmentId, indexId)?.state
    return state === 'finished' || state === 'failed'
  }

  build(id: BuildId): BuildRecord | undefined {
    return this.#book.get(id)
  }

  buildsOf(indexId: IndexId): readonly BuildRecord[] {
    return this.#book.all().filter((build) => build.indexId === indexId)
  }

  async request(segment: FlushedSegmentRecord, index: IndexRecord): Promise<BuildRecord> {
    const found = this.#book.find(segment.id, index.id) ?? (await this.#plan(segment, index))
    this.#reconciler.wake()
    return found
  }

  subscribe(listener: (build: BuildRecord) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  async dropCollection(collectionId: CollectionId): Promise<void> {
    await this.#eraseAll(this.#book.of(collectionId))
  }

  /** For tests and for an orderly end: every build that was called for has ended. */
  async settled(): Promise<void> {
    await this.#reconciler.settled()
    while (this.#running.size > 0) {
      await Promise.allSettled([...this.#running.values()].map(({ done }) => done))
      await this.#reconciler.settled()
    }
  }

  async #reconcile(): Promise<void> {
    await this.#eraseAll(this.#book.all().filter((build) => !this.#isWanted(build)))
    await this.#forgetDeleted()
    for (const collection of this.#options.master.allCollections()) {
      for (const index of collection.indexes) await this.#planAll(collection, index)
    }
    await this.#endUnattended()
    for (const build of this.#book.all()) {
      if (this.#running.size >= this.#options.builder.capacity) break
      if (build.state === 'unissued' && !this.#running.has(build.id)) this.#start(build)
    }
  }

  /** An attempt whose end could not be written, as on a full disk: it is nobody's any more. */
  async #endUnattended(): Promise<void> {
    const end = { kind: 'lost', reason: 'Its end could not be recorded' } as const
    for (const build of this.#book.all()) {
      if (build.state !== 'inProgress' || this.#running.has(build.id)) continue
      const next = endAttempt(build, end, this.#options.bounds)
      if (next.state === 'failed') await this.#end(next)
      else await this.#book.save(next)
    }
  }

  /** A build is wanted while its collection, its index and its segment are there. */
  #isWanted(build: BuildRecord): boolean {
    const { master, data } = this.#options
    const collection = master.collection(build.collectionId)
    if (collection === undefined) return false
    if (!collection.indexes.some(({ id }) => id === build.indexId)) return false
    return data.segment(build.segmentId)?.state === 'flushed'
  }

  /** Gives each flushed segment that has none a build record for the index. */
  async #planAll(collection: CollectionRecord, index: IndexRecord): Promise<void> {
    for (const segment of this.#options.data.flushedSegments(collection.id)) {
      if (this.#book.find(segment.id, index.id) === undefined) await this.#plan(segment, index)
    }
  }

  /** Whoever asks for a build that is being planned gets that one. */
  #plan(segment: FlushedSegmentRecord, index: IndexRecord): Promise<BuildRecord> {
    return this.#planning.run(async () => {
      const found = this.#book.find(segment.id, index.id)
      if (found !== undefined) return found
      const id = toId<BuildId>(await this.#options.master.allocId(1))
      const planned = plan(id, segment, index)
      const isLargeEnough = segment.rowCount >= this.#options.indexedRowCountMin
      const isWorthwhile = isLargeEnough && !isScalarIndex(index)
      if (!isWorthwhile) return this.#end(finish(planned, []))
      await this.#book.save(planned)
      return planned
    })
  }

  #start(build: UnissuedBuildRecord): void {
    const abort = new AbortController()
    const done = this.#run(build, abort.signal)
      .catch(this.#options.onError)
      .finally(() => {
        this.#running.delete(build.id)
        this.#reconciler.wake()
      })
    this.#running.set(build.id, { abort, done })
  }

  async #run(build: UnissuedBuildRecord, signal: AbortSignal): Promise<void> {
    const attempt = begin(build)
    using _claim = this.#options.claims.claim(`${indexFilePrefix}${attempt.id}/${attempt.version}/`)
    await this.#book.save(attempt)
    try {
      const files = await this.#build(attempt, signal)
      if (isSameAttempt(this.#book.get(attempt.id), attempt))
        await this.#end(finish(attempt, files))
    } catch (error) {
      if (signal.aborted) return
      await this.#fail(attempt, toElanusError(error, `Cannot build index ${attempt.indexId}`))
    }
  }

  async #build(
    attempt: RunningBuildRecord,
    signal: AbortSignal,
  ): Promise<FinishedBuildRecord['files']> {
    const { master, data, builder } = this.#options
    const collection = master.collection(attempt.collectionId)
    const index = collection?.indexes.find(({ id }) => id === attempt.indexId)
    const field = collection?.schema.fields.find(({ id }) => id === index?.fieldId)
    if (index === undefined || field === undefined || !isVectorField(field)) {
      throw new ElanusError('INDEX_NOT_FOUND', `Index ${attempt.indexId} is not defined any more`)
    }
    const segment = data.segment(attempt.segmentId)
    if (segment === undefined) {
      throw new ElanusError('SEGMENT_NOT_FOUND', `Segment ${attempt.segmentId} is gone`)
    }
    const binlogs = await data.binlogs(segment)
    const { files } = await builder.build(
      {
        collectionId: attempt.collectionId,
        partitionId: attempt.partitionId,
        segmentId: attempt.segmentId,
        buildId: attempt.id,
        indexId: attempt.indexId,
        version: attempt.version,
        vectorType: field.type,
        dimension: field.dimension,
        fieldId: field.id,
        spec: indexSpecOf(index),
        binlogs: binlogs.filter(({ kind, fieldId }) => kind === 'insert' && fieldId === field.id),
        rowCount: attempt.rowCount,
      },
      signal,
    )
    return files
  }

  /** The end of a build, good or bad. */
  async #end(build: FinishedBuildRecord | FailedBuildRecord): Promise<BuildRecord> {
    await this.#book.save(build)
    for (const listener of this.#listeners) listener(build)
    return build
  }

  async #fail(attempt: RunningBuildRecord, error: ElanusError): Promise<void> {
    await this.#dropFiles(attempt.id)
    if (!isSameAttempt(this.#book.get(attempt.id), attempt)) return
    const kind = error.code === 'NODE_NOT_FOUND' ? 'lost' : 'failed'
    const next = endAttempt(attempt, { kind, reason: error.message }, this.#options.bounds)
    if (next.state === 'failed') await this.#end(next)
    else await this.#book.save(next)
    throw error
  }

  /** Files go last: a crash in between leaves some that nothing names. */
  async #eraseAll(builds: readonly BuildRecord[]): Promise<void> {
    const present = builds.filter((build) => build.state !== 'deleted')
    if (present.length === 0) return
    for (const { id } of present) await this.#abort(id)
    const deletedAt = await this.#options.master.allocTimestamp(1)
    const current = present.flatMap(({ id }) => this.#book.get(id) ?? [])
    await this.#book.save(
      ...current
        .filter((build) => build.state !== 'deleted')
        .map((build) => erase(build, deletedAt)),
    )
    for (const { id } of present) await this.#dropFiles(id)
  }

  async #abort(id: BuildId): Promise<void> {
    const running = this.#running.get(id)
    running?.abort.abort(new ElanusError('CANCELED', `Build ${id} is not wanted any more`))
    await running?.done
  }

  async #forgetDeleted(): Promise<void> {
    const { clock, deletedToleranceMs } = this.#options
    const beforeMs = clock.nowMs() - deletedToleranceMs
    const old = this.#book
      .all()
      .filter((build) => build.state === 'deleted')
      .filter(({ deletedAt }) => physicalMsOf(deletedAt) <= beforeMs)
    if (old.length > 0) await this.#book.forget(old)
  }

  async #dropFiles(buildId: BuildId): Promise<void> {
    const { objects } = this.#options
    for await (const { name } of objects.list(`${indexFilePrefix}${buildId}/`)) {
      await objects.drop(name)
    }
  }
}

function closing(): ElanusError {
  return new ElanusError('CLOSED', 'The index service is closing')
}
