import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, IndexId, PartitionId, SegmentId } from '../../base/int64.ts'
import type { Segment } from '../../segment/segment.ts'
import type { ShardDelete } from '../data/shard-deletes.ts'

export interface ServedSegment {
  readonly segment: Segment
  readonly partitionId: PartitionId
  /** Indexes that came with it from files. */
  readonly indexIds: ReadonlySet<IndexId>
}

/** What a loaded collection is read from now: for each of its segments one place. */
export class ServingSet {
  readonly collectionId: CollectionId
  readonly #served = new Map<SegmentId, ServedSegment>()
  readonly #ready = Promise.withResolvers<void>()
  #isReady = false
  #segmentsToLoad = 0
  #segmentsLoaded = 0

  constructor(collectionId: CollectionId) {
    this.collectionId = collectionId
    // Nobody may be waiting when a release rejects it.
    this.#ready.promise.catch(() => undefined)
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** Of the segments that the load began with, 0 to 99; 100 once ready. */
  get percent(): number {
    if (this.#isReady) return 100
    if (this.#segmentsToLoad === 0) return 0
    return Math.min(99, Math.floor((100 * this.#segmentsLoaded) / this.#segmentsToLoad))
  }

  expect(segmentCount: number): void {
    this.#segmentsToLoad = segmentCount
    this.#segmentsLoaded = 0
  }

  markReady(): void {
    this.#isReady = true
    this.#ready.resolve()
  }

  close(): void {
    this.#ready.reject(
      new ElanusError(
        'COLLECTION_NOT_LOADED',
        `collection not loaded[collection=${this.collectionId}]`,
      ),
    )
  }

  whenReady(): Promise<void> {
    return this.#ready.promise
  }

  get(id: SegmentId): ServedSegment | undefined {
    return this.#served.get(id)
  }

  /** Puts it in the place of what served the segment before, which is returned. */
  put(id: SegmentId, served: ServedSegment): Segment | undefined {
    const former = this.#served.get(id)
    this.#served.set(id, served)
    this.#segmentsLoaded += 1
    return former?.segment
  }

  drop(id: SegmentId): Segment | undefined {
    const former = this.#served.get(id)
    this.#served.delete(id)
    return former?.segment
  }

  ids(): readonly SegmentId[] {
    return [...this.#served.keys()]
  }

  /** Segments of these partitions; of all when none is named. */
  segments(partitionIds: readonly PartitionId[]): readonly Segment[] {
    const found: Segment[] = []
    for (const { segment, partitionId } of this.#served.values()) {
      if (partitionIds.length > 0 && !partitionIds.includes(partitionId)) continue
      found.push(segment)
    }
    return found
  }

  /** Growing segments are told by who owns them. */
  applyDelete(entry: ShardDelete): void {
    for (const { segment, partitionId } of this.#served.values()) {
      if (segment.kind === 'growing') continue
      if (entry.partitionId !== 0n && entry.partitionId !== partitionId) continue
      segment.applyDelete(entry.primaryKeys, entry.timestamp)
    }
  }
}
