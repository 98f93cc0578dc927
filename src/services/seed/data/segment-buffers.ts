import type { CollectionId, PartitionId, SegmentId } from '../../../base/int64.ts'
import type { Timestamp } from '../../../base/timestamp.ts'
import type { CollectionSchema } from '../../../schema/collection-schema.ts'
import type { RowBatch } from '../../../schema/row-batch.ts'
import { GrowingSegment } from '../../../segment/growing-segment.ts'

export interface SegmentBuffer {
  readonly segment: GrowingSegment
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  /** The physical channel that its rows come from. */
  readonly channel: string
  readonly startPosition: bigint
  readonly startedAt: Timestamp
  /** Of its last row. */
  position: bigint
  endedAt: Timestamp
}

export interface BufferedRows {
  readonly segmentId: SegmentId
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly channel: string
  readonly schema: CollectionSchema
  readonly batch: RowBatch
  readonly rowIds: BigInt64Array
  readonly timestamp: Timestamp
  readonly position: bigint
}

/**
 * The rows that a data node holds, by segment: all of a segment or none. What it has no room for, or
 * could not read, it has none of: then somebody else flushes that segment.
 */
export class SegmentBuffers {
  readonly #sizeBytesMax: number
  readonly #memoryBytesMax: number
  readonly #buffers = new Map<SegmentId, SegmentBuffer>()
  readonly #given = new Set<SegmentId>()

  constructor(options: {
    /** The most that a segment may take. */
    readonly sizeBytesMax: number
    /** The most that all may take. */
    readonly memoryBytesMax: number
  }) {
    this.#sizeBytesMax = options.sizeBytesMax
    this.#memoryBytesMax = options.memoryBytesMax
  }

  get(id: SegmentId): SegmentBuffer | undefined {
    return this.#buffers.get(id)
  }

  all(): readonly SegmentBuffer[] {
    return [...this.#buffers.values()]
  }

  /** Rows that were here already, by their position, are not taken twice. */
  add(rows: BufferedRows): void {
    if (this.#given.has(rows.segmentId)) return
    const buffer = this.#buffers.get(rows.segmentId) ?? this.#open(rows)
    if (rows.position <= buffer.position) return
    buffer.segment.append(rows.batch, rows.rowIds, rows.timestamp)
    buffer.position = rows.position
    buffer.endedAt = rows.timestamp
    this.#makeRoom()
  }

  /** Holds nothing of the segment any more, and takes nothing of it again. */
  giveUp(id: SegmentId): GrowingSegment | undefined {
    this.#given.add(id)
    const buffer = this.#buffers.get(id)
    this.#buffers.delete(id)
    return buffer?.segment
  }

  /** Holds nothing of the channel any more; what comes of it again is taken again. */
  letGo(channel: string): readonly GrowingSegment[] {
    const gone = this.all().filter((buffer) => buffer.channel === channel)
    for (const { segment } of gone) this.#buffers.delete(segment.id)
    return gone.map(({ segment }) => segment)
  }

  clear(): readonly GrowingSegment[] {
    const segments = this.all().map(({ segment }) => segment)
    this.#buffers.clear()
    this.#given.clear()
    return segments
  }

  #open(rows: BufferedRows): SegmentBuffer {
    const { segmentId: id, schema, collectionId, partitionId, channel } = rows
    const segment = GrowingSegment.create({ id, schema, sizeBytesMax: this.#sizeBytesMax })
    const buffer: SegmentBuffer = {
      segment,
      collectionId,
      partitionId,
      channel,
      startPosition: rows.position,
      startedAt: rows.timestamp,
      position: -1n,
      endedAt: rows.timestamp,
    }
    this.#buffers.set(id, buffer)
    return buffer
  }

  #makeRoom(): void {
    const buffers = this.all()
    const memoryBytes = buffers.reduce((sum, { segment }) => sum + segment.memoryBytes, 0)
    if (memoryBytes <= this.#memoryBytesMax) return
    const [largest] = buffers.toSorted(
      (one, other) => other.segment.memoryBytes - one.segment.memoryBytes,
    )
    if (largest !== undefined) this.giveUp(largest.segment.id)
  }
}
