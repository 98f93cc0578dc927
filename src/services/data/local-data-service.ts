import { present } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, PartitionId, SegmentId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { Log } from '../../log/log.ts'
import type { DeletePart, InsertPart, LogMessage } from '../../log/message.ts'
import { deletesOf, insertsOf } from '../../log/message.ts'
import { decodeMessage } from '../../log/message-codec.ts'
import type {
  BinlogRecord,
  CollectionRecord,
  FlushedSegmentRecord,
  SegmentRecord,
  ShardRecord,
} from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import type { GrowingSegment } from '../../segment/growing-segment.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import type { Master } from '../master/master.ts'
import type { TimestampOracle } from '../master/timestamp-oracle.ts'
import type { ObjectClaims } from '../object-claims.ts'
import { Reconciler } from '../reconciler.ts'
import { ChannelSet } from './channel-set.ts'
import { CollectionDeletes } from './collection-deletes.ts'
import type {
  DataListener,
  DataService,
  DeleteRows,
  FlushOutcome,
  InsertRows,
  RetainedDeletes,
} from './data-service.ts'
import { Flusher } from './flusher.ts'
import { GrowingSegments } from './growing-segments.ts'
import type { PhysicalChannel } from './physical-channel.ts'
import { type SealPolicy, segmentsToSeal } from './seal-policy.ts'
import { type Assignment, type RowsToCome, SegmentAssigner } from './segment-assigner.ts'
import { SegmentBook } from './segment-book.ts'
import { SegmentCollector } from './segment-collector.ts'
import { SegmentLedger } from './segment-ledger.ts'
import { seal } from './segment-moves.ts'
import { type DatedPromise, SegmentPromises } from './segment-promises.ts'
import type { SegmentWriter } from './segment-writer.ts'
import type { ShardDelete } from './shard-deletes.ts'
import { WriteAdmission } from './write-admission.ts'

export interface DataServiceOptions {
  readonly clock: Clock
  readonly catalog: Catalog
  readonly master: Master
  readonly oracle: TimestampOracle
  readonly log: Log
  readonly objects: ObjectStore
  readonly claims: ObjectClaims
  readonly pool: WorkerPool
  /** Who writes the rows that are flushed. */
  readonly writer: SegmentWriter
  readonly physicalChannelCount: number
  readonly policy: SealPolicy
  /** How long a read waits for writes that it must see. */
  readonly readTimeoutMs: number
  /** How long a dropped segment is remembered, and its files kept. */
  readonly droppedToleranceMs: number
  readonly onError: (error: unknown) => void
}

const reconcilePeriodMs = 10_000
/** Delete files belong to no segment, and those of a delete that names no partition to none. */
const shardSegmentId = toId<SegmentId>(0n)
const anyPartitionId = toId<PartitionId>(0n)

export class LocalDataService implements DataService, AsyncDisposable {
  readonly #options: DataServiceOptions
  readonly #book: SegmentBook
  readonly #growing: GrowingSegments
  readonly #assigner: SegmentAssigner
  readonly #admission: WriteAdmission
  readonly #deletes = new CollectionDeletes()
  readonly #channels: ChannelSet
  readonly #listeners = new Set<DataListener>()
  readonly #flusher: Flusher
  readonly #collector: SegmentCollector
  readonly #promises: SegmentPromises
  readonly #subscription: Disposable
  /** Seals on their way, which nobody else waits for. */
  readonly #sealing = new Set<Promise<void>>()
  readonly #reconciler: Reconciler
  readonly #closing = new AbortController()
  /** For who merges segments. */
  readonly ledger: SegmentLedger

  private constructor(options: DataServiceOptions, book: SegmentBook, channels: ChannelSet) {
    this.#options = options
    this.#channels = channels
    this.#book = book
    this.#growing = new GrowingSegments(options.policy)
    this.#admission = new WriteAdmission({
      master: options.master,
      policy: options.policy,
      growing: this.#growing,
      onFull: () => this.#reconciler.wake(),
    })
    this.#assigner = new SegmentAssigner({
      clock: options.clock,
      master: options.master,
      book,
      growing: this.#growing,
      onOpened: (record) => {
        this.#tell((listener) => listener.segmentOpened?.(record))
        if (this.#assigner.openCount > options.policy.openSegmentCountMax) this.#reconciler.wake()
      },
      onFull: (id) => this.#sealInBackground(id),
    })
    this.#flusher = new Flusher({
      ...options,
      book,
      growing: this.#growing,
      deletes: this.#deletes,
      channelOf: (collection) => this.#channels.of(collection),
      closing: this.#closing.signal,
      onFlushed: (record) => this.#tell((listener) => listener.segmentFlushed?.(record)),
    })
    this.#collector = new SegmentCollector({
      ...options,
      book,
      toleranceMs: options.droppedToleranceMs,
      onDropped: (record) => this.#dropped(record),
    })
    this.#promises = new SegmentPromises({
      ...options,
      book,
      channels,
      growing: this.#growing,
      assigner: this.#assigner,
      admission: this.#admission,
    })
    this.ledger = new SegmentLedger({
      catalog: options.catalog,
      book,
      deletes: this.#deletes,
      reads: this,
      isCreated: (id) => options.master.collection(id) !== undefined,
      tell: (call) => this.#tell(call),
    })
    this.#reconciler = new Reconciler({
      clock: options.clock,
      periodMs: reconcilePeriodMs,
      reconcile: () => this.#reconcile(),
      onError: options.onError,
    })
    this.#subscription = options.master.subscribe(() => this.#reconciler.wake())
  }

  /** Opens the channels and replays what is not in binlogs; then everything acknowledged is there. */
  static async open(options: DataServiceOptions): Promise<LocalDataService> {
    const channels = await ChannelSet.open({
      ...options,
      count: options.physicalChannelCount,
      apply: (...record) => service.#apply(...record),
    })
    const service = new LocalDataService(options, await SegmentBook.open(options.catalog), channels)
    await service.#recover()
    service.#reconciler.wake()
    return service
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]()
    this.#promises[Symbol.dispose]()
    this.#closing.abort(new ElanusError('CLOSED', 'The data service is closing'))
    await Promise.all(this.#sealing)
    await this.#reconciler[Symbol.asyncDispose]()
  }

  placeShards(collectionId: CollectionId, shardCount: number): readonly ShardRecord[] {
    return this.#channels.placeShards(collectionId, shardCount)
  }

  insert(collection: CollectionRecord, parts: readonly InsertRows[]): Promise<Timestamp> {
    return this.#addRows(collection, parts, (assigned) => ({
      kind: 'insert',
      collectionId: collection.id,
      parts: assigned,
    }))
  }

  upsert(
    collection: CollectionRecord,
    deletes: readonly DeleteRows[],
    parts: readonly InsertRows[],
  ): Promise<Timestamp> {
    return this.#addRows(collection, parts, (inserts) => ({
      kind: 'upsert',
      collectionId: collection.id,
      deletes,
      inserts,
    }))
  }

  async #addRows(
    collection: CollectionRecord,
    parts: readonly InsertRows[],
    messageOf: (parts: readonly InsertPart[]) => LogMessage,
  ): Promise<Timestamp> {
    this.#admission.checkMemory()
    const channel = this.#channels.of(collection)
    const assignments: Assignment[] = []
    try {
      for (const rows of parts) {
        assignments.push(await this.#assigner.assign(collection, rows, () => channel.appliedNext))
      }
      await this.#options.oracle.ready()
      this.#admission.checkPartitions(collection, parts)
      const assigned = parts.map((rows, index) => ({
        ...rows,
        segmentId: present(assignments[index], 'each part is assigned').segmentId,
      }))
      return await channel.writeNow(messageOf(assigned))
    } finally {
      for (const assignment of assignments) this.#growing.release(assignment)
    }
  }

  async delete(collection: CollectionRecord, parts: readonly DeleteRows[]): Promise<Timestamp> {
    const channel = this.#channels.of(collection)
    await this.#options.oracle.ready()
    this.#admission.checkCreated(collection)
    return channel.writeNow({ kind: 'delete', collectionId: collection.id, parts })
  }

  reserve(collection: CollectionRecord, request: RowsToCome): Promise<readonly DatedPromise[]> {
    return this.#promises.reserve(collection, request)
  }

  append(collection: CollectionRecord, segmentId: SegmentId, rows: InsertRows): Promise<Timestamp> {
    return this.#promises.append(collection, segmentId, rows)
  }

  async flush(
    collection: CollectionRecord,
    segmentIds: readonly SegmentId[] = [],
  ): Promise<FlushOutcome> {
    await this.#options.oracle.ready()
    const sealedAt = this.#options.oracle.next()
    const growing = this.#recordsIn(collection.id, 'growing').filter(
      ({ id }) => segmentIds.length === 0 || segmentIds.includes(id),
    )
    const flushedSegmentIds = this.#recordsIn(collection.id, 'flushed').map(({ id }) => id)
    await Promise.all(growing.map(({ id }) => this.#seal(id, sealedAt)))
    this.#flusher.wantDeletes(collection.id)
    this.#reconciler.wake()
    const sealedSegmentIds = [
      ...growing,
      ...this.#recordsIn(collection.id, 'sealed'),
      ...this.#recordsIn(collection.id, 'flushing'),
    ].map(({ id }) => id)
    return { sealedSegmentIds: [...new Set(sealedSegmentIds)], flushedSegmentIds, sealedAt }
  }

  isFlushed(segmentIds: readonly SegmentId[], flushedAt: Timestamp | undefined): boolean {
    for (const id of segmentIds) {
      const record = this.#book.get(id)
      if (record === undefined || record.state === 'dropped') continue
      if (record.state !== 'flushed') return false
      if (flushedAt !== undefined && !this.#deletes.isWritten(record.collectionId, flushedAt)) {
        return false
      }
    }
    return true
  }

  isCheckpointed(collection: CollectionRecord, flushedAt: Timestamp): boolean {
    const isBehind = ({ state, openedAt }: SegmentRecord): boolean =>
      state !== 'flushed' && openedAt <= flushedAt
    return (
      !this.segments(collection.id).some(isBehind) &&
      this.#deletes.isWritten(collection.id, flushedAt)
    )
  }

  checkpoint(collection: CollectionRecord): bigint {
    return this.#flusher.checkpoint(collection)
  }

  physicalChannels(): readonly PhysicalChannel[] {
    return this.#channels.all()
  }

  tick(): Promise<Timestamp> {
    return this.#channels.tick()
  }

  rowCount(segment: SegmentRecord): number {
    if (segment.state === 'flushed') return segment.rowCount
    if (segment.state === 'dropped') return segment.rowCount ?? 0
    return this.#growing.get(segment.id)?.segment.rowCount ?? 0
  }

  segment(id: SegmentId): SegmentRecord | undefined {
    return this.#book.get(id)
  }

  allSegments(collectionId: CollectionId): readonly SegmentRecord[] {
    return this.#book.of(collectionId)
  }

  segments(collectionId: CollectionId): readonly SegmentRecord[] {
    const partitions = this.#options.master.collection(collectionId)?.partitions
    // What is in a partition that was just dropped is gone for readers, if not yet in meta.
    return this.#book
      .of(collectionId)
      .filter(
        ({ state, partitionId }) =>
          state !== 'dropped' && (partitions?.some(({ id }) => id === partitionId) ?? true),
      )
  }

  flushedSegments(collectionId: CollectionId): readonly FlushedSegmentRecord[] {
    return this.segments(collectionId).filter((record) => record.state === 'flushed')
  }

  growingSegment(id: SegmentId): GrowingSegment | undefined {
    return this.#growing.get(id)?.segment
  }

  binlogs({ collectionId, partitionId, id }: SegmentRecord): Promise<readonly BinlogRecord[]> {
    return Array.fromAsync(this.#options.catalog.binlogs.scan(collectionId, partitionId, id))
  }

  async deleteFiles(
    collectionId: CollectionId,
    partitionId: PartitionId,
  ): Promise<readonly BinlogRecord[]> {
    const { binlogs } = this.#options.catalog
    return [
      ...(await Array.fromAsync(binlogs.scan(collectionId, anyPartitionId, shardSegmentId))),
      ...(await Array.fromAsync(binlogs.scan(collectionId, partitionId, shardSegmentId))),
    ]
  }

  retainDeletes(collectionId: CollectionId): RetainedDeletes {
    return this.#deletes.of(collectionId).retain()
  }

  watermark(collection: CollectionRecord, guarantee: Timestamp): Promise<Timestamp> {
    return this.#channels.of(collection).waitFor(guarantee, this.#options.readTimeoutMs)
  }

  subscribe(listener: DataListener): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  releaseGrowing(id: SegmentId): void {
    const entry = this.#growing.get(id)
    if (entry === undefined) return
    this.#growing.drop(id)
    this.#options.pool.forget([entry.segment]).catch(this.#options.onError)
  }

  async dropCollection(collection: CollectionRecord): Promise<void> {
    for (const entry of this.#growing.of(collection.id)) {
      this.#assigner.close(entry)
      this.releaseGrowing(entry.segment.id)
    }
    this.#deletes.drop(collection.id)
    await this.#flusher.settled(collection.id)
    await this.ledger.settled(collection.id)
    await this.#flusher.dropCollection(collection)
  }

  /** For tests and for an orderly end: everything that was called for is done. */
  settled(): Promise<void> {
    return this.#reconciler.settled()
  }

  #dropped(record: SegmentRecord): void {
    const entry = this.#growing.get(record.id)
    if (entry !== undefined) {
      this.#assigner.close(entry)
      this.releaseGrowing(record.id)
    }
    this.#tell((listener) => listener.segmentDropped?.(record))
  }

  /** On the same path for live records and for those that replay finds. */
  #apply(message: LogMessage, position: bigint, timestamp: Timestamp): void {
    if (this.#options.master.collection(message.collectionId) === undefined) return
    // Deletes first: where both come in one message, they leave its rows alone.
    for (const part of deletesOf(message)) this.#applyDelete(message, part, { position, timestamp })
    for (const part of insertsOf(message)) this.#applyInsert(part, timestamp)
  }

  #applyInsert(part: InsertPart, timestamp: Timestamp): void {
    // Flushed segments have the row already; their growing rows may be held for readers still.
    if (this.#book.get(part.segmentId)?.state === 'flushed') return
    if (this.#growing.get(part.segmentId) === undefined) return
    this.#growing.append(part, timestamp, this.#options.clock.nowMs())
    this.#tell((listener) => listener.rowsAdded?.(part.segmentId))
  }

  #applyDelete(
    { collectionId }: LogMessage,
    { partitionId, primaryKeys }: DeletePart,
    place: Pick<ShardDelete, 'position' | 'timestamp'>,
  ): void {
    const entry: ShardDelete = { ...place, partitionId, primaryKeys }
    this.#deletes.add(collectionId, entry)
    this.#growing.applyDelete(collectionId, entry)
    this.#tell((listener) => listener.deleted?.(collectionId, entry))
  }

  async #seal(id: SegmentId, sealedAt: Timestamp): Promise<void> {
    const entry = this.#growing.get(id)
    if (entry !== undefined) this.#assigner.close(entry)
    await this.#book.change(id, (record) =>
      record.state === 'growing' ? seal(record, sealedAt) : undefined,
    )
  }

  #sealInBackground(id: SegmentId): void {
    const sealing = this.#options.oracle
      .allocate(1)
      .then((sealedAt) => this.#seal(id, sealedAt))
      .then(() => this.#reconciler.wake(), this.#options.onError)
      .finally(() => this.#sealing.delete(sealing))
    this.#sealing.add(sealing)
  }

  async #reconcile(): Promise<void> {
    const open = this.#growing
      .all()
      .filter(({ segment }) => this.#book.get(segment.id)?.state === 'growing')
    const due = segmentsToSeal(open, this.#options.policy, this.#options.clock.nowMs())
    await this.#collector.dropOfGonePartitions()
    for (const id of due) await this.#seal(id, await this.#options.oracle.allocate(1))
    await this.#flusher.flushDue()
    await this.#collector.dropPast()
    await this.#collector.forgetDropped()
    await this.#truncateLogs()
  }

  async #recover(): Promise<void> {
    const starts = new Map<string, bigint>()
    for (const record of this.#book.all()) this.#reopenGrowing(record)
    for (const collection of this.#options.master.allCollections()) {
      const start = await this.#flusher.recoverChannel(collection)
      const { name } = this.#channels.of(collection)
      const former = starts.get(name)
      if (former === undefined || start < former) starts.set(name, start)
    }
    for (const [name, start] of starts) {
      await this.#channels.get(name).replay(start, decodeMessage)
    }
  }

  #reopenGrowing(record: SegmentRecord): void {
    if (record.state === 'flushed' || record.state === 'dropped') return
    const collection = this.#options.master.collection(record.collectionId)
    if (collection === undefined) return
    const shardIndex = collection.shards.findIndex(
      ({ virtualChannel }) => virtualChannel === record.virtualChannel,
    )
    const entry = this.#growing.open({
      id: record.id,
      schema: collection.schema,
      collectionId: record.collectionId,
      partitionId: record.partitionId,
      shardIndex,
      channelName: this.#channels.of(collection).name,
      nowMs: this.#options.clock.nowMs(),
    })
    if (record.state === 'growing') this.#assigner.reopen(record, entry)
  }

  /** Unlinks log files that no collection of the channel needs any more. */
  async #truncateLogs(): Promise<void> {
    const needed = new Map<string, bigint>()
    for (const channel of this.#channels.all()) needed.set(channel.name, channel.appliedNext)
    for (const id of new Set([...this.#growing.collections(), ...this.#deletes.collections()])) {
      const collection = this.#options.master.collection(id)
      if (collection === undefined) continue
      const { name } = this.#channels.of(collection)
      const checkpoint = this.#flusher.checkpoint(collection)
      if (checkpoint < present(needed.get(name), 'a channel is open')) needed.set(name, checkpoint)
    }
    for (const [name, before] of needed) await this.#channels.get(name).truncate(before)
  }

  #recordsIn(collectionId: CollectionId, state: SegmentRecord['state']): readonly SegmentRecord[] {
    return this.#book.of(collectionId).filter((record) => record.state === state)
  }

  #tell(call: (listener: DataListener) => void): void {
    for (const listener of this.#listeners) call(listener)
  }
}
