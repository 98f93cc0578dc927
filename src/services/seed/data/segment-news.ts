import type { Clock } from '../../../base/clock.ts'
import type { SegmentId } from '../../../base/int64.ts'
import type { Timestamp } from '../../../base/timestamp.ts'
import type { FlushedSegmentRecord, SegmentRecord } from '../../../meta/records.ts'
import type { EventChannel } from '../../channels/event-channel.ts'
import { tickPeriodMs } from '../../channels/follow.ts'
import type { DataService } from '../../data/data-service.ts'
import type { LocalMaster } from '../../master/local-master.ts'
import { MsgType } from '../common-messages.ts'
import type { SegmentStatisticsUpdates } from '../data-messages.ts'
import { wireSegment, wireSegmentStatistics } from './wire-segment.ts'

export interface SegmentNewsOptions {
  readonly clock: Clock
  readonly master: LocalMaster
  readonly data: DataService
  readonly segmentInfo: EventChannel
  readonly statistics: EventChannel
  /** Whether a data node tells how this segment grows. */
  readonly isToldElsewhere: (record: SegmentRecord) => boolean
  readonly onError: (error: unknown) => void
}

/**
 * Tells the segment channels what happens to segments: that one was opened, that one is flushed, and
 * how those that took rows have grown. At the start it tells all that is so already.
 */
export class SegmentNews implements Disposable {
  readonly #options: SegmentNewsOptions
  readonly #grown = new Set<SegmentId>()
  readonly #subscription: Disposable
  #timer: Disposable | undefined
  #isClosed = false

  constructor(options: SegmentNewsOptions) {
    this.#options = options
    this.#subscription = options.data.subscribe({
      segmentOpened: (record) => this.#tellInfo(record),
      segmentFlushed: (record) => this.#tellFlushed(record),
      rowsAdded: (id) => this.#noteGrowth(id),
    })
  }

  /** Of all segments of all collections, in the order of their ids. */
  tellState(): void {
    const { master, data } = this.#options
    for (const collection of master.allCollections()) {
      for (const record of data.segments(collection.id)) {
        this.#tellInfo(record)
        if (record.state === 'flushed') this.#tellFlushed(record)
      }
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#subscription[Symbol.dispose]()
    this.#timer?.[Symbol.dispose]()
  }

  #tellInfo(record: SegmentRecord): void {
    const { data, segmentInfo } = this.#options
    const segment = wireSegment(data, record)
    segmentInfo.publish(MsgType.SEGMENT_INFO, record.openedAt, (base) => ({
      type: MsgType.SEGMENT_INFO,
      message: { base, segment },
    }))
  }

  #tellFlushed(record: FlushedSegmentRecord): void {
    this.#options.segmentInfo.publish(MsgType.SEGMENT_FLUSH_DONE, record.flushedAt, (base) => ({
      type: MsgType.SEGMENT_FLUSH_DONE,
      message: { base, segmentID: record.id },
    }))
  }

  #noteGrowth(id: SegmentId): void {
    this.#grown.add(id)
    this.#timer ??= this.#options.clock.schedule(tickPeriodMs, () => {
      this.#timer = undefined
      this.#tellGrowth().catch((error: unknown) => {
        if (!this.#isClosed) this.#options.onError(error)
      })
    })
  }

  /** What came within one tick is one message. */
  async #tellGrowth(): Promise<void> {
    const { master, data, isToldElsewhere } = this.#options
    const ids = [...this.#grown]
    this.#grown.clear()
    const at = await master.allocTimestamp(1)
    const records = ids
      .flatMap((id) => data.segment(id) ?? [])
      .filter((record) => !isToldElsewhere(record))
    if (records.length === 0) return
    const SegStats = records.map((record) => wireSegmentStatistics(data, record))
    this.tellStatistics(at, SegStats, 0n)
  }

  /** `sourceID` is the node whose numbers these are; zero for the coordinator's own. */
  tellStatistics(at: Timestamp, SegStats: SegmentStatisticsUpdates[], sourceID: bigint): void {
    this.#options.statistics.publish(MsgType.SEGMENT_STATISTICS, at, (base) => ({
      type: MsgType.SEGMENT_STATISTICS,
      message: { base: { ...base, sourceID }, SegStats },
    }))
  }
}
