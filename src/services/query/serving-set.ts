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

/**
 * What a loaded collection, or some partitions of it, is read from now: for each segment one place.
 *
 *     loading --markReady--> ready --widen--> loading       reads wait while it loads
 */
export class ServingSet {
  readonly collectionId: CollectionId
  readonly #served = new Map<SegmentId, ServedSegment>()
  #partitionIds: readonly PartitionId[]
  #ready = Promise.withResolvers<void>()
  #isReady = false
  #round = 0
  #segmentsToLoad = 0
  #segmentsLoaded = 0

  /** No partitions: all, and those to come. */
  constructor(collectionId: CollectionId, partitionIds: readonly PartitionId[]) {
    this.collectionId = collectionId
    this.#partitionIds = partitionIds
    this.#ready.promise.catch(ignore)
  }

  /** Empty: all, and those to come. */
  get partitionIds(): readonly PartitionId[] {
    return this.#partitionIds
  }

  serves(partitionId: PartitionId): boolean {
    return this.#partitionIds.length === 0 || this.#partitionIds.includes(partitionId)
  }

  /** Counts how often there was more to load: what was brought up for an earlier round is not all. */
  get round(): number {
    return this.#round
  }

  /** There is more to load. */
  widen(partitionIds: readonly PartitionId[]): void {
    this.#partitionIds = partitionIds
    this.#round += 1
    if (!this.#isReady) return
    this.#isReady = false
    this.#ready = Promise.withResolvers()
    this.#ready.promise.catch(ignore)
  }

  /** There is less to serve; returns what is not served any more. */
  narrow(partitionIds: readonly PartitionId[]): readonly Segment[] {
    this.#partitionIds = partitionIds
    const gone = [...this.#served].filter(([, { partitionId }]) => !this.serves(partitionId))
    for (const [id] of gone) this.#served.delete(id)
    return gone.map(([, { segment }]) => segment)
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

  all(): readonly ServedSegment[] {
    return [...this.#served.values()]
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

/** Nobody may be waiting when a release rejects what is not ready. */
function ignore(): void {}
