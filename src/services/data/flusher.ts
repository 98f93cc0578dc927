import { present } from '../../base/assert.ts'
import type { CollectionId, LogId, PartitionId, SegmentId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { MetaOperation } from '../../meta/meta-kv.ts'
import type {
  ChannelRecord,
  CollectionRecord,
  FlushedSegmentRecord,
  FlushingSegmentRecord,
  SegmentRecord,
} from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import type { PrimaryKeys } from '../../schema/row-batch.ts'
import {
  deleteLogPrefix,
  insertLogPrefix,
  statisticsLogPrefix,
} from '../../storage/binlog-paths.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import { flushLogIdCount } from '../../workers/tasks.ts'
import { abortable } from '../abortable.ts'
import type { Master } from '../master/master.ts'
import type { TimestampOracle } from '../master/timestamp-oracle.ts'
import type { ObjectClaims } from '../object-claims.ts'
import type { CollectionDeletes } from './collection-deletes.ts'
import type { GrowingEntry, GrowingSegments } from './growing-segments.ts'
import type { PhysicalChannel } from './physical-channel.ts'
import type { SealPolicy } from './seal-policy.ts'
import type { SegmentBook } from './segment-book.ts'
import { beginFlush, drop, finishFlush } from './segment-moves.ts'
import type { SegmentWriter } from './segment-writer.ts'
import type { ShardDelete } from './shard-deletes.ts'

export interface FlusherOptions {
  readonly catalog: Catalog
  readonly master: Master
  readonly oracle: TimestampOracle
  readonly objects: ObjectStore
  readonly claims: ObjectClaims
  readonly pool: WorkerPool
  readonly writer: SegmentWriter
  readonly policy: SealPolicy
  readonly book: SegmentBook
  readonly growing: GrowingSegments
  readonly deletes: CollectionDeletes
  readonly channelOf: (collection: CollectionRecord) => PhysicalChannel
  /** Aborts when the service closes: a flush that waits for promised rows begins again at the start. */
  readonly closing: AbortSignal
  readonly onFlushed: (record: FlushedSegmentRecord) => void
}

/**
 * Brings rows and deletes from the log into binlogs, in the one order that no crash can spoil:
 * objects first, then a single meta batch that names them with the position that they cover, then
 * the news. Before the batch a crash leaves objects that nothing names; after it replay skips what
 * they hold.
 */
export class Flusher {
  readonly #options: FlusherOptions
  readonly #running = new Map<SegmentId, { collectionId: CollectionId; done: Promise<void> }>()
  readonly #deletesWanted = new Set<CollectionId>()

  constructor(options: FlusherOptions) {
    this.#options = options
  }

  /** Flushes all that is sealed, and the deletes that are due. */
  async flushDue(): Promise<void> {
    const { book, deletes, policy } = this.#options
    const due = book.all().filter(({ state }) => state === 'sealed' || state === 'flushing')
    const flushes = due.map((record) => this.#flushOnce(record))
    const collections = deletes
      .collections()
      .filter(
        (id) =>
          this.#deletesWanted.has(id) || deletes.of(id).sizeBytes > policy.deleteBufferBytesMax,
      )
    const results = await Promise.allSettled([
      ...flushes,
      ...collections.map((id) => this.#flushDeletes(id)),
    ])
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  /** The deletes that a collection has now go to a file at the next turn, however few they are. */
  wantDeletes(collectionId: CollectionId): void {
    this.#deletesWanted.add(collectionId)
  }

  /** Resolves when no flush of the collection is under way. */
  async settled(collectionId: CollectionId): Promise<void> {
    for (const running of this.#running.values()) {
      if (running.collectionId === collectionId) await running.done.catch(() => undefined)
    }
  }

  /** Everything before this position of the channel is in binlogs, as far as the collection goes. */
  checkpoint(collection: CollectionRecord): bigint {
    return this.#checkpointWithout(collection, undefined)
  }

  /** Where replay starts for a collection; also tells which deletes are in files already. */
  async recoverChannel(collection: CollectionRecord): Promise<bigint> {
    const found = await this.#options.catalog.channels.get(collection.id, 0n)
    if (found !== undefined) {
      this.#options.deletes.setWrittenPosition(collection.id, found.deletePosition)
      return found.checkpoint
    }
    return present(collection.shards[0], 'a collection has a shard').startPosition
  }

  /** Objects first: a crash in between leaves records that name nothing, and the drop goes on. */
  async dropCollection(collection: CollectionRecord): Promise<void> {
    const { catalog, objects, book } = this.#options
    for (const prefix of [insertLogPrefix, statisticsLogPrefix, deleteLogPrefix]) {
      for await (const { name } of objects.list(`${prefix}${collection.id}/`))
        await objects.drop(name)
    }
    const operations: MetaOperation[] = []
    for await (const binlog of catalog.binlogs.scan(collection.id)) {
      const { partitionId, segmentId, logId, fieldId } = binlog
      operations.push(catalog.binlogs.drop(collection.id, partitionId, segmentId, logId, fieldId))
    }
    for await (const channel of catalog.channels.scan(collection.id)) {
      operations.push(catalog.channels.drop(collection.id, BigInt(channel.shardIndex)))
    }
    await book.forget(book.of(collection.id), operations)
  }

  #flushOnce(record: SegmentRecord): Promise<void> {
    const running = this.#running.get(record.id)
    if (running !== undefined) return running.done
    const done = this.#flushSegment(record).finally(() => this.#running.delete(record.id))
    this.#running.set(record.id, { collectionId: record.collectionId, done })
    return done
  }

  async #flushSegment(record: SegmentRecord): Promise<void> {
    const { growing, book, closing, onFlushed } = this.#options
    const entry = growing.get(record.id)
    if (entry === undefined) return
    const collection = this.#created(record.collectionId)
    if (collection === undefined) return
    await abortable(growing.quiet(entry), closing)
    // Promises that a process before this one made are known by their end alone.
    await abortable(this.#options.channelOf(collection).passed(record.lastExpireAt), closing)
    if (entry.segment.rowCount === 0) {
      const droppedAt = await this.#now()
      growing.drop(record.id)
      await book.change(record.id, (found) =>
        found.state === 'dropped' ? undefined : drop(found, droppedAt),
      )
      return
    }
    const flushing = await book.change(record.id, (found) =>
      found.state === 'sealed' || found.state === 'flushing' ? beginFlush(found) : undefined,
    )
    if (flushing === undefined) return
    const flushed = await this.#writeSegment(collection, flushing, entry)
    if (flushed !== undefined) onFlushed(flushed)
  }

  async #writeSegment(
    collection: CollectionRecord,
    record: FlushingSegmentRecord,
    entry: GrowingEntry,
  ): Promise<FlushedSegmentRecord | undefined> {
    const { master, writer, book, catalog, claims, channelOf } = this.#options
    const { segment } = entry
    const position = channelOf(collection).appliedNext
    const task = {
      collectionId: collection.id,
      partitionId: record.partitionId,
      segment,
      // What it was opened with: a field may have been added since.
      schema: segment.schema,
      rowFrom: 0,
      rowTo: segment.rowCount,
      logIds: await this.#logIds(flushLogIdCount(segment.schema)),
    }
    using _claim = claims.claim(
      `${insertLogPrefix}${placeOf(record)}`,
      `${statisticsLogPrefix}${placeOf(record)}`,
    )
    const facts = await writer.write(task, record)
    // Dropped meanwhile: the drop finds the objects by their names.
    if (master.collection(collection.id) === undefined) return undefined
    const flushedAt = await this.#now()
    const { rowCount } = facts
    const { sizeBytes } = segment
    // Dropped meanwhile: nothing comes to name the objects, and they are collected.
    return book.change(
      record.id,
      (found) =>
        found.state === 'flushing'
          ? finishFlush(found, { rowCount, sizeBytes, flushedAt, position })
          : undefined,
      [
        ...facts.binlogs.map((binlog) => catalog.binlogs.put(binlog)),
        ...this.#channelPuts(collection, record.id),
      ],
    )
  }

  async #flushDeletes(collectionId: CollectionId): Promise<void> {
    const { deletes, catalog } = this.#options
    this.#deletesWanted.delete(collectionId)
    const collection = this.#created(collectionId)
    const buffer = deletes.of(collectionId)
    const entries = buffer.unwritten()
    const last = entries.at(-1)
    if (collection === undefined || last === undefined) return
    const operations: MetaOperation[] = []
    using _claim = this.#options.claims.claim(`${deleteLogPrefix}${collectionId}/`)
    for (const [partitionId, group] of byPartition(entries)) {
      const facts = await this.#writeDeletes(collection, partitionId, group)
      operations.push(catalog.binlogs.put(facts))
    }
    if (this.#created(collectionId) === undefined) return
    const deletePosition = last.position + 1n
    const channels = channelRecords(collection, {
      checkpoint: this.#checkpointWithout(collection, undefined, deletePosition),
      checkpointAt: last.timestamp,
      deletePosition,
    })
    await catalog.write([...operations, ...channels.map((record) => catalog.channels.put(record))])
    buffer.markWritten(entries.length)
    deletes.setWrittenPosition(collectionId, deletePosition)
  }

  async #writeDeletes(
    collection: CollectionRecord,
    partitionId: PartitionId,
    entries: readonly ShardDelete[],
  ): ReturnType<WorkerPool['flushDeletes']> {
    const [logId] = await this.#logIds(1)
    return this.#options.pool.flushDeletes({
      collectionId: collection.id,
      partitionId,
      shardIndex: 0,
      primaryKeyFieldId: collection.schema.primaryKey.fieldId,
      logId: present(logId, 'one id was asked for'),
      primaryKeys: concatKeys(collection.schema.primaryKey.type, entries),
      timestamps: repeatTimestamps(entries),
    })
  }

  #channelPuts(collection: CollectionRecord, flushing: SegmentId): readonly MetaOperation[] {
    const { catalog, deletes, oracle } = this.#options
    const records = channelRecords(collection, {
      checkpoint: this.#checkpointWithout(collection, flushing),
      checkpointAt: oracle.next(),
      deletePosition: deletes.writtenPosition(collection.id),
    })
    return records.map((record) => catalog.channels.put(record))
  }

  #checkpointWithout(
    collection: CollectionRecord,
    flushing: SegmentId | undefined,
    deletesWrittenTo?: bigint,
  ): bigint {
    const { book, deletes, channelOf } = this.#options
    let checkpoint = channelOf(collection).appliedNext
    for (const record of book.of(collection.id)) {
      if (record.state === 'flushed' || record.state === 'dropped') continue
      if (record.id === flushing) continue
      if (record.startPosition < checkpoint) checkpoint = record.startPosition
    }
    const unwritten = deletes
      .of(collection.id)
      .unwritten()
      .find(({ position }) => position >= (deletesWrittenTo ?? 0n))
    if (unwritten !== undefined && unwritten.position < checkpoint) checkpoint = unwritten.position
    return checkpoint
  }

  #created(collectionId: CollectionId): CollectionRecord | undefined {
    return this.#options.master.collection(collectionId)
  }

  async #logIds(count: number): Promise<readonly LogId[]> {
    const first = await this.#options.master.allocId(count)
    return Array.from({ length: count }, (_, index) => toId<LogId>(first + BigInt(index)))
  }

  #now(): Promise<Timestamp> {
    return this.#options.oracle.allocate(1)
  }
}

function placeOf({ collectionId, partitionId, id }: SegmentRecord): string {
  return `${collectionId}/${partitionId}/${id}/`
}

function channelRecords(
  collection: CollectionRecord,
  place: Pick<ChannelRecord, 'checkpoint' | 'checkpointAt' | 'deletePosition'>,
): readonly ChannelRecord[] {
  return collection.shards.map(({ virtualChannel }, shardIndex) => ({
    virtualChannel,
    collectionId: collection.id,
    shardIndex,
    ...place,
  }))
}

function byPartition(entries: readonly ShardDelete[]): Map<PartitionId, ShardDelete[]> {
  return Map.groupBy(entries, ({ partitionId }) => partitionId)
}

function concatKeys(type: PrimaryKeys['type'], entries: readonly ShardDelete[]): PrimaryKeys {
  if (type === 'VarChar') {
    return {
      type,
      values: entries.flatMap(({ primaryKeys }) =>
        primaryKeys.type === 'VarChar' ? primaryKeys.values : [],
      ),
    }
  }
  const count = entries.reduce((sum, { primaryKeys }) => sum + primaryKeys.values.length, 0)
  const values = new BigInt64Array(count)
  let row = 0
  for (const { primaryKeys } of entries) {
    if (primaryKeys.type !== 'Int64') continue
    values.set(primaryKeys.values, row)
    row += primaryKeys.values.length
  }
  return { type, values }
}

function repeatTimestamps(entries: readonly ShardDelete[]): BigInt64Array {
  const count = entries.reduce((sum, { primaryKeys }) => sum + primaryKeys.values.length, 0)
  const timestamps = new BigInt64Array(count)
  let row = 0
  for (const { primaryKeys, timestamp } of entries) {
    timestamps.fill(timestamp, row, row + primaryKeys.values.length)
    row += primaryKeys.values.length
  }
  return timestamps
}
