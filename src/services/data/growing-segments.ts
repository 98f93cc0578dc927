import { assert, present } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, PartitionId, SegmentId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { InsertPart } from '../../log/message.ts'
import type { CollectionSchema } from '../../schema/collection-schema.ts'
import { GrowingSegment } from '../../segment/growing-segment.ts'
import type { SealPolicy } from './seal-policy.ts'
import type { ShardDelete } from './shard-deletes.ts'

export interface GrowingEntry {
  readonly segment: GrowingSegment
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly shardIndex: number
  /** The physical channel that its rows come on. */
  readonly channelName: string
  readonly openedAtMs: number
  lastWriteAtMs: number
  /** Bytes and rows that are promised a place here and not applied yet. */
  reservedBytes: number
  reservedRowCount: number
  /** The wait of whoever flushes it, for the last reservation to be used. */
  onQuiet: (() => void) | undefined
}

/** A part of a segment that is kept free for rows to come. */
export interface Room {
  readonly entry: GrowingEntry
  readonly sizeBytes: number
  readonly rowCount: number
}

/** What one segment may come to. */
export type SegmentCapacity = Pick<SealPolicy, 'segmentSizeBytesMax' | 'segmentRowCountMax'>

/** Rows in memory that are not in binlogs yet, by segment. */
export class GrowingSegments {
  readonly #entries = new Map<SegmentId, GrowingEntry>()
  readonly #capacity: SegmentCapacity

  constructor(capacity: SegmentCapacity) {
    this.#capacity = capacity
  }

  get memoryBytes(): number {
    let sum = 0
    for (const { segment } of this.#entries.values()) sum += segment.memoryBytes
    return sum
  }

  open(options: {
    readonly id: SegmentId
    readonly schema: CollectionSchema
    readonly collectionId: CollectionId
    readonly partitionId: PartitionId
    readonly shardIndex: number
    readonly channelName: string
    readonly nowMs: number
  }): GrowingEntry {
    assert(!this.#entries.has(options.id), 'a growing segment is opened once')
    const entry: GrowingEntry = {
      segment: GrowingSegment.create({
        id: options.id,
        schema: options.schema,
        sizeBytesMax: this.#capacity.segmentSizeBytesMax,
      }),
      collectionId: options.collectionId,
      partitionId: options.partitionId,
      shardIndex: options.shardIndex,
      channelName: options.channelName,
      openedAtMs: options.nowMs,
      lastWriteAtMs: options.nowMs,
      reservedBytes: 0,
      reservedRowCount: 0,
      onQuiet: undefined,
    }
    this.#entries.set(options.id, entry)
    return entry
  }

  get(id: SegmentId): GrowingEntry | undefined {
    return this.#entries.get(id)
  }

  all(): readonly GrowingEntry[] {
    return [...this.#entries.values()]
  }

  /** Those that have rows, or places for rows, here. */
  collections(): IteratorObject<CollectionId> {
    return this.#entries.values().map(({ collectionId }) => collectionId)
  }

  of(collectionId: CollectionId): readonly GrowingEntry[] {
    return this.all().filter((entry) => entry.collectionId === collectionId)
  }

  get capacity(): SegmentCapacity {
    return this.#capacity
  }

  /** What neither rows nor promises to rows have taken. */
  roomBytes(entry: GrowingEntry): number {
    return this.#capacity.segmentSizeBytesMax - entry.segment.sizeBytes - entry.reservedBytes
  }

  /** How many more rows may come to be. */
  roomRowCount(entry: GrowingEntry): number {
    return this.#capacity.segmentRowCountMax - entry.segment.rowCount - entry.reservedRowCount
  }

  /** A segment without rows takes any one batch that it can hold: a request is never torn. */
  hasRoom({ entry, sizeBytes, rowCount }: Room): boolean {
    const isEmpty = entry.segment.rowCount + entry.reservedRowCount === 0
    return this.roomBytes(entry) >= sizeBytes && (isEmpty || this.roomRowCount(entry) >= rowCount)
  }

  /** Whoever takes room releases it once its rows are applied, or are not to come. */
  take({ entry, sizeBytes, rowCount }: Room): void {
    entry.reservedBytes += sizeBytes
    entry.reservedRowCount += rowCount
  }

  /**
   * Makes the room that was promised to rows be what they take: promises are made by an estimate.
   * INVALID_ARGUMENT when there is not so much left; then the promised room is free again.
   */
  fit(promised: Room, sizeBytes: number): Room {
    const { entry } = promised
    const missing = Math.max(0, sizeBytes - promised.sizeBytes)
    if (missing > this.roomBytes(entry)) {
      this.release(promised)
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `Cannot append ${sizeBytes} bytes of rows to segment ${entry.segment.id}: ` +
          `${promised.sizeBytes} are promised, and ${this.roomBytes(entry)} are left in all`,
      )
    }
    entry.reservedBytes += missing
    return { ...promised, sizeBytes: promised.sizeBytes + missing }
  }

  /** Takes rows that the log holds. Where they were reserved, `release` follows. */
  append(part: InsertPart, timestamp: Timestamp, nowMs: number): void {
    const entry = present(this.#entries.get(part.segmentId), 'rows have a segment to go to')
    const rowIds = new BigInt64Array(part.batch.rowCount)
    for (let row = 0; row < rowIds.length; row += 1) rowIds[row] = part.rowIdFirst + BigInt(row)
    entry.segment.append(part.batch, rowIds, timestamp)
    entry.lastWriteAtMs = nowMs
  }

  release({ entry, sizeBytes, rowCount }: Room): void {
    entry.reservedBytes -= sizeBytes
    entry.reservedRowCount -= rowCount
    assert(entry.reservedBytes >= 0, 'reserved bytes are released once')
    assert(entry.reservedRowCount >= 0, 'reserved rows are released once')
    if (entry.reservedBytes === 0) entry.onQuiet?.()
  }

  /** Resolves when every promised row has come. Call it only once nothing more is promised. */
  async quiet(entry: GrowingEntry): Promise<void> {
    if (entry.reservedBytes === 0) return
    await new Promise<void>((resolve) => {
      entry.onQuiet = resolve
    })
  }

  applyDelete(collectionId: CollectionId, entry: ShardDelete): void {
    for (const growing of this.of(collectionId)) {
      if (entry.partitionId !== 0n && entry.partitionId !== growing.partitionId) continue
      growing.segment.applyDelete(entry.primaryKeys, entry.timestamp)
    }
  }

  drop(id: SegmentId): void {
    this.#entries.delete(id)
  }
}
