import type { CollectionId, PartitionId, SegmentId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { BinlogRecord, FlushedSegmentRecord, SegmentRecord } from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import type { CollectionDeletes } from './collection-deletes.ts'
import type { DataListener, DataService } from './data-service.ts'
import type { SegmentBook } from './segment-book.ts'

/** Delete files belong to no segment. */
const shardSegmentId = toId<SegmentId>(0n)

type Reads = Pick<
  DataService,
  'flushedSegments' | 'growingSegment' | 'binlogs' | 'deleteFiles' | 'subscribe'
>

/** The segments as compaction sees and changes them: through the one book that writes their records. */
export class SegmentLedger {
  readonly #catalog: Catalog
  readonly #book: SegmentBook
  readonly #deletes: CollectionDeletes
  readonly #reads: Reads
  readonly #tell: (call: (listener: DataListener) => void) => void
  readonly #isCreated: (id: CollectionId) => boolean
  readonly #replacing = new Map<CollectionId, Promise<unknown>>()

  constructor(options: {
    readonly catalog: Catalog
    readonly book: SegmentBook
    readonly deletes: CollectionDeletes
    readonly reads: Reads
    readonly tell: (call: (listener: DataListener) => void) => void
    /** Whether a collection is there, and not being dropped. */
    readonly isCreated: (id: CollectionId) => boolean
  }) {
    this.#catalog = options.catalog
    this.#book = options.book
    this.#deletes = options.deletes
    this.#reads = options.reads
    this.#tell = options.tell
    this.#isCreated = options.isCreated
  }

  subscribe(listener: DataListener): Disposable {
    return this.#reads.subscribe(listener)
  }

  of(collectionId: CollectionId): readonly SegmentRecord[] {
    return this.#book.of(collectionId)
  }

  flushedSegments(collectionId: CollectionId): readonly FlushedSegmentRecord[] {
    return this.#reads.flushedSegments(collectionId)
  }

  growingSegment(id: SegmentId): ReturnType<Reads['growingSegment']> {
    return this.#reads.growingSegment(id)
  }

  binlogs(record: SegmentRecord): Promise<readonly BinlogRecord[]> {
    return this.#reads.binlogs(record)
  }

  /** Those that concern a partition. */
  deleteFiles(
    collectionId: CollectionId,
    partitionId: PartitionId,
  ): Promise<readonly BinlogRecord[]> {
    return this.#reads.deleteFiles(collectionId, partitionId)
  }

  async allDeleteFiles(collectionId: CollectionId): Promise<readonly BinlogRecord[]> {
    const partitionIds = new Set(this.of(collectionId).map(({ partitionId }) => partitionId))
    const found = new Map<bigint, BinlogRecord>()
    for (const partitionId of partitionIds) {
      for (const file of await this.deleteFiles(collectionId, partitionId)) {
        if (file.segmentId === shardSegmentId) found.set(file.logId, file)
      }
    }
    return [...found.values()]
  }

  /** The time of the oldest delete that is in no file. */
  firstUnwrittenDeleteAt(collectionId: CollectionId): Timestamp | undefined {
    return this.#deletes.of(collectionId).unwritten()[0]?.timestamp
  }

  /** That no delete up to this time hides a row of the segment. */
  async notePurged(id: SegmentId, purgedAt: Timestamp): Promise<void> {
    await this.#book.change(id, (record) =>
      record.state === 'flushed' && record.purgedAt < purgedAt
        ? { ...record, purgedAt }
        : undefined,
    )
  }

  /** Resolves when nothing of the collection is being replaced; of a dropped one nothing is again. */
  async settled(collectionId: CollectionId): Promise<void> {
    await this.#replacing.get(collectionId)
  }

  /**
   * Puts a segment in the place of others in one batch, or nothing where no row was left. False when
   * one of them is not what it was: then nothing has changed.
   */
  async replace(
    sources: readonly FlushedSegmentRecord[],
    target: FlushedSegmentRecord | undefined,
    made: { readonly binlogs: readonly BinlogRecord[]; readonly droppedAt: Timestamp },
  ): Promise<boolean> {
    const [first] = sources
    if (first === undefined || !this.#isCreated(first.collectionId)) return false
    const together = made.binlogs.map((binlog) => this.#catalog.binlogs.put(binlog))
    const { droppedAt } = made
    const replacing = this.#book.replace(sources, target, { droppedAt, together })
    this.#replacing.set(
      first.collectionId,
      replacing.catch(() => undefined),
    )
    const dropped = await replacing.finally(() => this.#replacing.delete(first.collectionId))
    if (dropped === undefined) return false
    if (target !== undefined) {
      this.#tell((listener) => listener.segmentOpened?.(target))
      this.#tell((listener) => listener.segmentFlushed?.(target))
    }
    for (const record of dropped) this.#tell((listener) => listener.segmentDropped?.(record))
    return true
  }
}
