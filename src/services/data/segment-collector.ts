import type { Clock } from '../../base/clock.ts'
import type { SegmentId } from '../../base/int64.ts'
import { physicalMsOf } from '../../base/timestamp.ts'
import type { MetaOperation } from '../../meta/meta-kv.ts'
import type { SegmentRecord } from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { Master } from '../master/master.ts'
import type { TimestampOracle } from '../master/timestamp-oracle.ts'
import { isPast, visibleAfter } from '../visible-after.ts'
import type { SegmentBook } from './segment-book.ts'
import { drop } from './segment-moves.ts'

export interface SegmentCollectorOptions {
  readonly clock: Clock
  readonly catalog: Catalog
  readonly master: Master
  readonly oracle: TimestampOracle
  readonly objects: ObjectStore
  readonly book: SegmentBook
  readonly toleranceMs: number
  readonly onDropped: (record: SegmentRecord) => void
}

/**
 * Drops segments whose partition or collection is gone, and those that no read finds a row in any more; and forgets
 * segments that were dropped a while ago, with their files: whoever learnt of a segment before it was
 * dropped has that long to be done with it.
 */
export class SegmentCollector {
  readonly #options: SegmentCollectorOptions

  constructor(options: SegmentCollectorOptions) {
    this.#options = options
  }

  async dropOfGonePartitions(): Promise<void> {
    const { master, book } = this.#options
    const dropping = new Set(master.droppingCollections().map((collection) => collection.id))
    for (const { id, collectionId, partitionId, state } of book.all()) {
      if (state === 'dropped') continue
      // Of a collection that is being dropped its dropper takes care.
      if (dropping.has(collectionId)) continue
      const partitions = master.collection(collectionId)?.partitions ?? []
      if (partitions.some((partition) => partition.id === partitionId)) continue
      await this.#drop(id)
    }
  }

  /** Flushed segments whose rows, all of them, have expired or were truncated. */
  async dropPast(): Promise<void> {
    const { master, book, oracle, catalog } = this.#options
    const now = await oracle.allocate(1)
    for (const { id, collectionId, partitionId, state, openedAt } of book.all()) {
      const collection = master.collection(collectionId)
      if (state !== 'flushed' || collection === undefined) continue
      const after = visibleAfter(collection, now)
      if (openedAt > after) continue
      const binlogs = catalog.binlogs.scan(collectionId, partitionId, id)
      if (isPast(await Array.fromAsync(binlogs), after)) await this.#drop(id)
    }
  }

  async #drop(id: SegmentId): Promise<void> {
    const { book, oracle, onDropped } = this.#options
    const droppedAt = await oracle.allocate(1)
    const dropped = await book.change(id, (record) =>
      record.state === 'dropped' ? undefined : drop(record, droppedAt),
    )
    if (dropped !== undefined) onDropped(dropped)
  }

  async forgetDropped(): Promise<void> {
    const { clock, book, toleranceMs } = this.#options
    const droppedBeforeMs = clock.nowMs() - toleranceMs
    for (const record of book.all()) {
      if (record.state !== 'dropped') continue
      if (physicalMsOf(record.droppedAt) <= droppedBeforeMs) await this.#forget(record)
    }
  }

  /** Objects first: a crash in between leaves records that name nothing, and this goes on. */
  async #forget(record: SegmentRecord): Promise<void> {
    const { catalog, objects, book } = this.#options
    const { collectionId, partitionId, id } = record
    const operations: MetaOperation[] = []
    for await (const binlog of catalog.binlogs.scan(collectionId, partitionId, id)) {
      await objects.drop(binlog.path)
      const { logId, fieldId } = binlog
      operations.push(catalog.binlogs.drop(collectionId, partitionId, id, logId, fieldId))
    }
    await book.forget([record], operations)
  }
}
