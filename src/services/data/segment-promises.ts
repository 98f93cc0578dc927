import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import type { SegmentId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import { batchSizeBytes } from '../../schema/batch-size.ts'
import type { TimestampOracle } from '../master/timestamp-oracle.ts'
import type { ChannelSet } from './channel-set.ts'
import type { InsertRows } from './data-service.ts'
import type { GrowingSegments } from './growing-segments.ts'
import { promisedUntil, Reservations } from './reservations.ts'
import type { PromisedRows, RowsToCome, SegmentAssigner } from './segment-assigner.ts'
import type { SegmentBook } from './segment-book.ts'
import type { WriteAdmission } from './write-admission.ts'

export interface SegmentPromisesOptions {
  readonly clock: Clock
  readonly oracle: TimestampOracle
  readonly book: SegmentBook
  readonly channels: ChannelSet
  readonly growing: GrowingSegments
  readonly assigner: SegmentAssigner
  readonly admission: WriteAdmission
  readonly onError: (error: unknown) => void
}

export interface DatedPromise extends PromisedRows {
  /** Rows that are appended later than this have no place. */
  readonly expireAt: Timestamp
}

/** Rows in two steps, for who learns their segment before sending them: a promise, then the rows. */
export class SegmentPromises implements Disposable {
  readonly #options: SegmentPromisesOptions
  readonly #reservations: Reservations

  constructor(options: SegmentPromisesOptions) {
    this.#options = options
    const watermark = (): Promise<Timestamp> => options.channels.tick()
    this.#reservations = new Reservations({ ...options, watermark })
  }

  [Symbol.dispose](): void {
    this.#reservations[Symbol.dispose]()
  }

  async reserve(
    collection: CollectionRecord,
    request: RowsToCome,
  ): Promise<readonly DatedPromise[]> {
    const { admission, channels, assigner, book } = this.#options
    admission.checkMemory()
    const channel = channels.of(collection)
    const promised = await assigner.reserve(collection, request, () => channel.appliedNext)
    const expireAt = await this.#expiryOf(promised)
    for (const rows of promised) this.#reservations.add({ ...rows, expireAt })
    // Durable before anybody relies on it: the next process must know how long to wait.
    await Promise.all(
      promised.map(({ segmentId }) =>
        book.change(segmentId, (record) =>
          record.lastExpireAt < expireAt ? { ...record, lastExpireAt: expireAt } : undefined,
        ),
      ),
    )
    return promised.map((rows) => ({ ...rows, expireAt }))
  }

  async #expiryOf(promised: readonly PromisedRows[]): Promise<Timestamp> {
    const { assigner, oracle } = this.#options
    try {
      return promisedUntil(await oracle.allocate(1))
    } catch (error) {
      assigner.giveBack(promised)
      throw error
    }
  }

  async append(
    collection: CollectionRecord,
    segmentId: SegmentId,
    rows: InsertRows,
  ): Promise<Timestamp> {
    const { admission, channels, growing, oracle } = this.#options
    await oracle.ready()
    admission.checkPartitions(collection, [rows])
    const promised = this.#reservations.use(segmentId, rows.batch.rowCount, oracle.next())
    if (!promised.entry.segment.holds(rows.batch)) {
      growing.release(promised)
      throw new ElanusError(
        'SCHEMA_MISMATCH',
        `Cannot append to segment ${segmentId}: a field was added since it was opened, ask for another`,
      )
    }
    const room = growing.fit(promised, batchSizeBytes(rows.batch))
    try {
      const parts = [{ ...rows, segmentId }]
      return await channels
        .of(collection)
        .writeNow({ kind: 'insert', collectionId: collection.id, parts })
    } finally {
      growing.release(room)
    }
  }
}
