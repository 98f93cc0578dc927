import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, SegmentId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { timestampZero } from '../../base/timestamp.ts'
import type { CollectionRecord, SegmentRecord } from '../../meta/records.ts'
import { batchSizeBytes } from '../../schema/batch-size.ts'
import type { Master } from '../master/master.ts'
import type { InsertRows } from './data-service.ts'
import type { GrowingEntry, GrowingSegments } from './growing-segments.ts'
import type { SegmentBook } from './segment-book.ts'

/** A place in a segment that rows on their way to the log hold. */
export interface Assignment {
  readonly segmentId: SegmentId
  readonly entry: GrowingEntry
  readonly sizeBytes: number
}

/**
 * Finds each batch a growing segment with room, and opens one where there is none. There is at most
 * one open segment for each partition and shard; whoever fills it seals it.
 */
export class SegmentAssigner {
  readonly #clock: Clock
  readonly #master: Master
  readonly #book: SegmentBook
  readonly #growing: GrowingSegments
  readonly #onOpened: (record: SegmentRecord) => void
  readonly #onFull: (id: SegmentId) => void
  readonly #open = new Map<string, SegmentId>()
  readonly #opening = new Map<string, Promise<void>>()

  constructor(options: {
    readonly clock: Clock
    readonly master: Master
    readonly book: SegmentBook
    readonly growing: GrowingSegments
    readonly onOpened: (record: SegmentRecord) => void
    readonly onFull: (id: SegmentId) => void
  }) {
    this.#clock = options.clock
    this.#master = options.master
    this.#book = options.book
    this.#growing = options.growing
    this.#onOpened = options.onOpened
    this.#onFull = options.onFull
  }

  /** `position` gives the place in the log before which the segment has no rows. */
  async assign(
    collection: CollectionRecord,
    rows: InsertRows,
    position: () => bigint,
  ): Promise<Assignment> {
    const key = keyOf(collection.id, rows)
    const sizeBytes = batchSizeBytes(rows.batch)
    for (;;) {
      const assignment = this.#reserve(key, sizeBytes)
      if (assignment !== undefined) return assignment
      let opening = this.#opening.get(key)
      if (opening === undefined) {
        opening = this.#openSegment(key, collection, rows, position()).finally(() =>
          this.#opening.delete(key),
        )
        this.#opening.set(key, opening)
      }
      await opening
    }
  }

  /** A segment that survived a restart with room takes rows again. */
  reopen(record: SegmentRecord, entry: GrowingEntry): void {
    this.#open.set(keyOf(record.collectionId, entry), record.id)
  }

  /** No more rows for this segment. */
  close(entry: GrowingEntry): void {
    const key = keyOf(entry.collectionId, entry)
    if (this.#open.get(key) === entry.segment.id) this.#open.delete(key)
  }

  #reserve(key: string, sizeBytes: number): Assignment | undefined {
    const segmentId = this.#open.get(key)
    if (segmentId === undefined) return undefined
    const entry = this.#growing.get(segmentId)
    if (entry === undefined) {
      this.#open.delete(key)
      return undefined
    }
    if (!this.#growing.hasRoom(entry, sizeBytes)) {
      this.#open.delete(key)
      this.#onFull(segmentId)
      return undefined
    }
    entry.reservedBytes += sizeBytes
    return { segmentId, entry, sizeBytes }
  }

  async #openSegment(
    key: string,
    collection: CollectionRecord,
    rows: InsertRows,
    position: bigint,
  ): Promise<void> {
    const shard = collection.shards[rows.shardIndex]
    if (shard === undefined) {
      throw new ElanusError(
        'INTERNAL',
        `Collection ${collection.id} has no shard ${rows.shardIndex} of ${collection.shards.length}`,
      )
    }
    const id = toId<SegmentId>(await this.#master.allocId(1))
    const openedAt = await this.#master.allocTimestamp(1)
    const record: SegmentRecord = {
      id,
      collectionId: collection.id,
      partitionId: rows.partitionId,
      virtualChannel: shard.virtualChannel,
      state: 'growing',
      rowCount: 0,
      sizeBytes: 0,
      rowCountMax: 0,
      lastExpireAt: timestampZero,
      openedAt,
      sealedAt: timestampZero,
      flushedAt: timestampZero,
      droppedAt: timestampZero,
      startPosition: position,
      position,
    }
    await this.#book.save(record)
    this.#growing.open({
      id,
      schema: collection.schema,
      collectionId: collection.id,
      partitionId: rows.partitionId,
      shardIndex: rows.shardIndex,
      nowMs: this.#clock.nowMs(),
    })
    this.#open.set(key, id)
    this.#onOpened(record)
  }
}

function keyOf(
  collectionId: CollectionId,
  place: Pick<InsertRows, 'partitionId' | 'shardIndex'>,
): string {
  return `${collectionId}/${place.partitionId}/${place.shardIndex}`
}
