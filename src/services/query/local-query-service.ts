import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, PartitionId } from '../../base/int64.ts'
import type { CollectionRecord, FlushedSegmentRecord } from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import type { PrimaryKeys } from '../../schema/row-batch.ts'
import { locateRows } from '../../segment/read-segments.ts'
import type { RowReferences, Segment } from '../../segment/segment.ts'
import type { Snapshot } from '../../segment/snapshot.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import type { EncodedFilter, RowGroup, SearchHits } from '../../workers/tasks.ts'
import type { DataService } from '../data/data-service.ts'
import type { IndexService } from '../index/index-service.ts'
import type { Master } from '../master/master.ts'
import type { LoadState } from '../proxy/proxy.ts'
import { Reconciler } from '../reconciler.ts'
import { SerialQueue } from '../serial-queue.ts'
import { visibleAfter } from '../visible-after.ts'
import { Handoff } from './handoff.ts'
import type {
  GroupRequest,
  NearestRequest,
  QueryService,
  ReadScope,
  ReadView,
  Window,
} from './query-service.ts'
import { type ServedSegment, ServingSet } from './serving-set.ts'
import { SleepingRows } from './sleeping-rows.ts'

export interface QueryServiceOptions {
  readonly clock: Clock
  readonly catalog: Catalog
  readonly master: Master
  readonly data: DataService
  readonly index: IndexService
  readonly pool: WorkerPool
  readonly onError: (error: unknown) => void
}

const reconcilePeriodMs = 10_000

export class LocalQueryService implements QueryService, AsyncDisposable {
  readonly #options: QueryServiceOptions
  readonly #sets = new Map<CollectionId, ServingSet>()
  /** Loads and releases, one after the other: meta and memory must not part. */
  readonly #loads = new SerialQueue()
  readonly #handoff: Handoff
  readonly #sleeping: SleepingRows
  readonly #reconciler: Reconciler
  readonly #subscriptions: readonly Disposable[]

  private constructor(options: QueryServiceOptions) {
    this.#options = options
    this.#handoff = new Handoff(options)
    this.#sleeping = new SleepingRows(options)
    this.#reconciler = new Reconciler({
      clock: options.clock,
      periodMs: reconcilePeriodMs,
      reconcile: () => this.#reconcile(),
      onError: options.onError,
    })
    const wake = (): void => this.#reconciler.wake()
    this.#subscriptions = [
      options.data.subscribe({
        segmentOpened: (record) => {
          // At once, or its first rows would be acknowledged before they could be found.
          const set = this.#sets.get(record.collectionId)
          if (set !== undefined) this.#handoff.serveGrowing(set, record)
        },
        segmentFlushed: (record) => {
          if (this.#sets.get(record.collectionId)?.serves(record.partitionId) === true) wake()
          else options.data.releaseGrowing(record.id)
        },
        segmentDropped: wake,
        deleted: (collectionId, entry) => this.#sets.get(collectionId)?.applyDelete(entry),
      }),
      options.index.subscribe(wake),
      options.master.subscribe(wake),
    ]
  }

  /** Loads again what was loaded when the last process ended; reads wait until it is there. */
  static async open(options: QueryServiceOptions): Promise<LocalQueryService> {
    const service = new LocalQueryService(options)
    for await (const { collectionId, partitionIds } of options.catalog.loads.scan()) {
      if (options.master.collection(collectionId) === undefined) continue
      service.#begin(new ServingSet(collectionId, partitionIds))
    }
    service.#reconciler.wake()
    return service
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]()
    await this.#reconciler[Symbol.asyncDispose]()
    for (const set of this.#sets.values()) set.close()
  }

  load(collection: CollectionRecord, partitionIds: readonly PartitionId[]): Promise<void> {
    return this.#loads.run(async () => {
      const set = this.#sets.get(collection.id)
      const wanted = widened(set, partitionIds)
      if (wanted === undefined) return
      await this.#saveLoad(collection.id, wanted)
      if (set === undefined) {
        this.#begin(new ServingSet(collection.id, wanted))
      } else {
        set.widen(wanted)
        this.#serveGrowing(set)
      }
      this.#reconciler.wake()
    })
  }

  release(collectionId: CollectionId): Promise<void> {
    return this.#loads.run(() => this.#release(collectionId))
  }

  releasePartitions(
    collection: CollectionRecord,
    partitionIds: readonly PartitionId[],
  ): Promise<void> {
    return this.#loads.run(async () => {
      const set = this.#sets.get(collection.id)
      if (set === undefined) return
      const kept = collection.partitions
        .map(({ id }) => id)
        .filter((id) => set.serves(id) && !partitionIds.includes(id))
      if (kept.length === 0) {
        await this.#release(collection.id)
        return
      }
      await this.#saveLoad(collection.id, kept)
      await this.#letGo(set.narrow(kept))
    })
  }

  async #release(collectionId: CollectionId): Promise<void> {
    const { catalog } = this.#options
    await catalog.write([catalog.loads.drop(collectionId)])
    const set = this.#sets.get(collectionId)
    if (set === undefined) return
    this.#sets.delete(collectionId)
    set.close()
    await this.#letGo(set.segments([]))
  }

  async #saveLoad(collectionId: CollectionId, partitionIds: readonly PartitionId[]): Promise<void> {
    const { catalog, master } = this.#options
    const loadedAt = await master.allocTimestamp(1)
    await catalog.write([catalog.loads.put({ collectionId, partitionIds, loadedAt })])
  }

  async #letGo(segments: readonly Segment[]): Promise<void> {
    const { data, pool } = this.#options
    const sealed: Segment[] = []
    for (const segment of segments) {
      if (segment.kind === 'sealed') sealed.push(segment)
      else if (data.segment(segment.id)?.state === 'flushed') data.releaseGrowing(segment.id)
    }
    await pool.forget(sealed)
  }

  state(
    collectionId: CollectionId,
    partitionIds: readonly PartitionId[] = [],
  ): Exclude<LoadState, { kind: 'notExist' }> {
    const set = this.#sets.get(collectionId)
    if (set === undefined || !partitionIds.every((id) => set.serves(id))) {
      return { kind: 'notLoaded' }
    }
    return set.isReady ? { kind: 'loaded' } : { kind: 'loading', percent: set.percent }
  }

  async view(collection: CollectionRecord, scope: ReadScope): Promise<ReadView> {
    const set = this.#sets.get(collection.id)
    if (set === undefined) {
      throw new ElanusError(
        'COLLECTION_NOT_LOADED',
        `collection not loaded[collection=${collection.schema.name}]`,
      )
    }
    if (!set.isReady) await set.whenReady()
    const watermark = await this.#options.data.watermark(collection, scope.guarantee)
    const readAt = scope.isPinned === true ? scope.guarantee : watermark
    // By name or all that there are: a dropped partition's rows are gone before its segments are.
    const partitionIds =
      scope.partitionIds.length > 0 ? scope.partitionIds : collection.partitions.map(({ id }) => id)
    const released = scope.partitionIds.find((id) => !set.serves(id))
    if (released !== undefined) throw partitionNotLoaded(collection, released)
    const after = visibleAfter(collection, readAt)
    const segments = set
      .segments(partitionIds)
      .filter(({ timestampTo }) => timestampTo > after)
      .filter(({ kind }) => kind !== 'growing' || scope.ignoresGrowing !== true)
    return { segments, readAt, visibleAfter: after }
  }

  search(view: ReadView, request: NearestRequest, signal?: AbortSignal): Promise<SearchHits> {
    return this.#options.pool.search(
      {
        segments: view.segments,
        fieldId: request.field.id,
        metric: request.metric,
        queries: request.queries,
        queryCount: request.queryCount,
        topk: request.topk,
        params: request.params,
        filter: request.filter,
        reach: request.reach,
        readAt: view.readAt,
        visibleAfter: view.visibleAfter,
      },
      signal,
    )
  }

  locate(view: ReadView, primaryKeys: PrimaryKeys): RowReferences {
    return locateRows(view.segments, primaryKeys, view)
  }

  page(view: ReadView, window: Window, signal?: AbortSignal): Promise<RowReferences> {
    return this.#options.pool.select({ ...window, ...view }, signal)
  }

  match(view: ReadView, filter: EncodedFilter, signal?: AbortSignal): Promise<RowReferences> {
    return this.#options.pool.match({ ...view, filter }, signal)
  }

  async count(view: ReadView, filter?: EncodedFilter, signal?: AbortSignal): Promise<number> {
    if (filter !== undefined) return await this.#options.pool.count({ ...view, filter }, signal)
    return view.segments.reduce((sum, segment) => sum + segment.rowCountVisible(view), 0)
  }

  aggregate(
    view: ReadView,
    request: GroupRequest,
    signal?: AbortSignal,
  ): Promise<readonly RowGroup[]> {
    return this.#options.pool.aggregate({ ...request, ...view }, signal)
  }

  sleepingRowCount(
    collection: CollectionRecord,
    record: FlushedSegmentRecord,
    snapshot: Snapshot,
  ): Promise<number> {
    return this.#sleeping.count(collection, record, snapshot)
  }

  served({ id }: CollectionRecord): readonly ServedSegment[] {
    return this.#sets.get(id)?.all() ?? []
  }

  /** For tests and for an orderly end: everything is served from where it should be. */
  settled(): Promise<void> {
    return this.#reconciler.settled()
  }

  #begin(set: ServingSet): void {
    this.#sets.set(set.collectionId, set)
    this.#serveGrowing(set)
  }

  #serveGrowing(set: ServingSet): void {
    const records = this.#options.data
      .segments(set.collectionId)
      .filter(({ partitionId }) => set.serves(partitionId))
    for (const record of records) this.#handoff.serveGrowing(set, record)
    set.expect(records.filter(({ id }) => set.get(id) === undefined).length)
  }

  async #reconcile(): Promise<void> {
    const results = await Promise.allSettled(
      [...this.#sets.values()].map((set) => this.#reconcileSet(set)),
    )
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  async #reconcileSet(set: ServingSet): Promise<void> {
    const collection = this.#options.master.collection(set.collectionId)
    if (collection === undefined) return
    const isServed = (): boolean => this.#sets.get(set.collectionId) === set
    const { round } = set
    await this.#handoff.bringUp(collection, set, isServed)
    if (!isServed() || set.round !== round) return
    if (this.#handoff.isComplete(collection, set)) set.markReady()
    else this.#reconciler.wake()
  }
}

/** What is to be served when these partitions are asked for too; undefined when all of it is. */
function widened(
  set: ServingSet | undefined,
  partitionIds: readonly PartitionId[],
): readonly PartitionId[] | undefined {
  if (set === undefined) return partitionIds
  if (set.partitionIds.length === 0) return undefined
  if (partitionIds.length === 0) return []
  const more = partitionIds.filter((id) => !set.serves(id))
  return more.length === 0 ? undefined : [...set.partitionIds, ...more]
}

function partitionNotLoaded(collection: CollectionRecord, partitionId: PartitionId): ElanusError {
  const name = collection.partitions.find(({ id }) => id === partitionId)?.name
  return new ElanusError('PARTITION_NOT_LOADED', `partition not loaded[partition=${name}]`)
}
