import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, SegmentId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { timestampZero } from '../../base/timestamp.ts'
import type { CollectionRecord, SegmentRecord } from '../../meta/records.ts'
import { batchSizeBytes } from '../../schema/batch-size.ts'
import type { RowBatch } from '../../schema/row-batch.ts'
import type { Master } from '../master/master.ts'
import type { InsertRows } from './data-service.ts'
import type { GrowingEntry, GrowingSegments, Room } from './growing-segments.ts'
import { estimatedRowSizeBytes } from './row-size.ts'
import type { SegmentBook } from './segment-book.ts'

/** A place in a segment that rows on their way to the log hold. */
export interface Assignment extends Room {
  readonly segmentId: SegmentId
}

/** Where rows go: a growing segment is open for each such place at most once. */
export type SegmentPlace = Pick<InsertRows, 'partitionId' | 'shardIndex'>

export interface RowsToCome extends SegmentPlace {
  readonly rowCount: number
}

export interface PromisedRows {
  readonly segmentId: SegmentId
  readonly entry: GrowingEntry
  readonly rowCount: number
  readonly rowSizeBytes: number
}

/** The most segments that one promise may open. */
const reservedSegmentCountMax = 16

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
    const { segmentSizeBytesMax } = this.#growing.capacity
    if (sizeBytes > segmentSizeBytesMax) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `Cannot insert ${sizeBytes} bytes of rows: a segment holds ${segmentSizeBytesMax}`,
      )
    }
    for (;;) {
      this.#closeOutdated(key, rows.batch)
      const assignment = this.#reserve(key, sizeBytes, rows.batch.rowCount)
      if (assignment !== undefined) return assignment
      await this.#openOnce(key, collection, rows, position)
    }
  }

  /** Promises rows a place; one promise for each segment that it takes to hold them. */
  async reserve(
    collection: CollectionRecord,
    request: RowsToCome,
    position: () => bigint,
  ): Promise<readonly PromisedRows[]> {
    const key = keyOf(collection.id, request)
    const rowSizeBytes = estimatedRowSizeBytes(collection.schema)
    checkSegmentCount(request.rowCount, this.#rowCountMax(collection))
    const promised: PromisedRows[] = []
    try {
      for (let left = request.rowCount; left > 0; ) {
        const entry = this.#openEntry(key)
        const rowCount =
          entry === undefined ? 0 : Math.min(left, this.#roomFor(entry, rowSizeBytes))
        if (entry !== undefined && rowCount > 0) {
          this.#growing.take({ entry, rowCount, sizeBytes: rowCount * rowSizeBytes })
          promised.push({ segmentId: entry.segment.id, entry, rowCount, rowSizeBytes })
          left -= rowCount
          continue
        }
        if (entry !== undefined) this.#markFull(key, entry.segment.id)
        await this.#openOnce(key, collection, request, position)
      }
    } catch (error) {
      this.giveBack(promised)
      throw error
    }
    return promised
  }

  /** Nobody learns of these promises. */
  giveBack(promised: readonly PromisedRows[]): void {
    for (const { entry, rowCount, rowSizeBytes } of promised) {
      this.#growing.release({ entry, rowCount, sizeBytes: rowCount * rowSizeBytes })
    }
  }

  /** A segment that survived a restart with room takes rows again. */
  reopen(record: SegmentRecord, entry: GrowingEntry): void {
    this.#open.set(keyOf(record.collectionId, entry), record.id)
  }

  /** Segments that take rows, over all channels. */
  get openCount(): number {
    return this.#open.size
  }

  /** No more rows for this segment. */
  close(entry: GrowingEntry): void {
    const key = keyOf(entry.collectionId, entry)
    if (this.#open.get(key) === entry.segment.id) this.#open.delete(key)
  }

  /** A segment that was opened before a field was added has no place for it. */
  #closeOutdated(key: string, batch: RowBatch): void {
    const entry = this.#openEntry(key)
    if (entry !== undefined && !entry.segment.holds(batch)) this.#markFull(key, entry.segment.id)
  }

  #reserve(key: string, sizeBytes: number, rowCount: number): Assignment | undefined {
    const entry = this.#openEntry(key)
    if (entry === undefined) return undefined
    const assignment = { segmentId: entry.segment.id, entry, sizeBytes, rowCount }
    if (!this.#growing.hasRoom(assignment)) {
      this.#markFull(key, assignment.segmentId)
      return undefined
    }
    this.#growing.take(assignment)
    return assignment
  }

  /** Rows of this size that still fit. */
  #roomFor(entry: GrowingEntry, rowSizeBytes: number): number {
    const bySize = Math.floor(this.#growing.roomBytes(entry) / rowSizeBytes)
    return Math.min(bySize, this.#growing.roomRowCount(entry))
  }

  #openEntry(key: string): GrowingEntry | undefined {
    const segmentId = this.#open.get(key)
    const entry = segmentId === undefined ? undefined : this.#growing.get(segmentId)
    if (entry === undefined) this.#open.delete(key)
    return entry
  }

  #markFull(key: string, segmentId: SegmentId): void {
    this.#open.delete(key)
    this.#onFull(segmentId)
  }

  #rowCountMax(collection: CollectionRecord): number {
    const { segmentSizeBytesMax, segmentRowCountMax } = this.#growing.capacity
    const bySize = Math.floor(segmentSizeBytesMax / estimatedRowSizeBytes(collection.schema))
    return Math.min(bySize, segmentRowCountMax)
  }

  /** Callers that come while a segment is being opened wait for that one. */
  async #openOnce(
    key: string,
    collection: CollectionRecord,
    place: SegmentPlace,
    position: () => bigint,
  ): Promise<void> {
    let opening = this.#opening.get(key)
    if (opening === undefined) {
      opening = this.#openSegment(key, collection, place, position()).finally(() =>
        this.#opening.delete(key),
      )
      this.#opening.set(key, opening)
    }
    await opening
  }

  async #openSegment(
    key: string,
    collection: CollectionRecord,
    rows: SegmentPlace,
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
      rowCountMax: this.#rowCountMax(collection),
      lastExpireAt: timestampZero,
      openedAt,
      startPosition: position,
    }
    await this.#book.open(record)
    this.#growing.open({
      id,
      schema: collection.schema,
      collectionId: collection.id,
      partitionId: rows.partitionId,
      shardIndex: rows.shardIndex,
      channelName: shard.physicalChannel,
      nowMs: this.#clock.nowMs(),
    })
    this.#open.set(key, id)
    this.#onOpened(record)
  }
}

function keyOf(collectionId: CollectionId, place: SegmentPlace): string {
  return `${collectionId}/${place.partitionId}/${place.shardIndex}`
}

function checkSegmentCount(rowCount: number, rowCountMax: number): void {
  if (rowCount >= 1 && rowCount <= reservedSegmentCountMax * rowCountMax) return
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot promise ${rowCount} rows a place: from 1 to ${reservedSegmentCountMax * rowCountMax}, ` +
      `${rowCountMax} in a segment`,
  )
}
