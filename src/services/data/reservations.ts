import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import type { SegmentId } from '../../base/int64.ts'
import { composeTimestamp, physicalMsOf, type Timestamp } from '../../base/timestamp.ts'
import type { GrowingEntry, GrowingSegments, Room } from './growing-segments.ts'

/** Rows that were promised a place in a segment until a time. */
export interface Reservation {
  readonly segmentId: SegmentId
  readonly entry: GrowingEntry
  readonly rowSizeBytes: number
  readonly expireAt: Timestamp
  rowCount: number
}

/** How long rows may be appended that were promised a place, at the least. */
const promiseMs = 2_000
/**
 * Promises end at multiples of this, so that those of a while end together: they are remembered as
 * one, and one durable write tells the next process of all of them.
 */
const promiseStepMs = 250

export function promisedUntil(now: Timestamp): Timestamp {
  const endMs = physicalMsOf(now) + 1 + promiseMs
  return composeTimestamp(Math.ceil(endMs / promiseStepMs) * promiseStepMs, 0)
}

/** How often expired reservations are looked for: the period of the time tick. */
const expiryPeriodMs = 200

/**
 * The promises that are open. A promise holds its room until the time tick passes its expiry: from
 * then on no row can come that relies on it, so what is sealed may be flushed.
 */
export class Reservations implements Disposable {
  readonly #clock: Clock
  readonly #growing: GrowingSegments
  readonly #watermark: () => Promise<Timestamp>
  readonly #onError: (error: unknown) => void
  readonly #open = new Map<SegmentId, Reservation[]>()
  #timer: Disposable | undefined
  #isClosed = false

  constructor(options: {
    readonly clock: Clock
    readonly growing: GrowingSegments
    /** Everything up to it has been applied. */
    readonly watermark: () => Promise<Timestamp>
    readonly onError: (error: unknown) => void
  }) {
    this.#clock = options.clock
    this.#growing = options.growing
    this.#watermark = options.watermark
    this.#onError = options.onError
  }

  /** The room is taken already: `entry.reservedBytes` counts it. */
  add(reservation: Reservation): void {
    const open = this.#open.get(reservation.segmentId) ?? []
    const alike = open.find(
      ({ expireAt, rowSizeBytes }) =>
        expireAt === reservation.expireAt && rowSizeBytes === reservation.rowSizeBytes,
    )
    if (alike === undefined) this.#open.set(reservation.segmentId, [...open, reservation])
    else alike.rowCount += reservation.rowCount
    this.#schedule()
  }

  /**
   * Takes rows out of the promises for a segment; the room goes over to the caller, who releases it.
   * INVALID_ARGUMENT when no open promise covers them.
   */
  use(segmentId: SegmentId, rowCount: number, now: Timestamp): Room {
    const open = this.#open.get(segmentId) ?? []
    const usable = open.filter(({ expireAt }) => expireAt > now)
    const [first] = usable
    const promised = usable.reduce((sum, reservation) => sum + reservation.rowCount, 0)
    if (first === undefined || promised < rowCount) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `Cannot append ${rowCount} rows to segment ${segmentId}: it has promised ` +
          `${promised} rows a place that has not expired`,
      )
    }
    let left = rowCount
    for (const reservation of usable) {
      const taken = Math.min(left, reservation.rowCount)
      reservation.rowCount -= taken
      left -= taken
    }
    return { entry: first.entry, sizeBytes: rowCount * first.rowSizeBytes, rowCount }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#timer?.[Symbol.dispose]()
  }

  #schedule(): void {
    if (this.#isClosed || this.#open.size === 0) return
    this.#timer ??= this.#clock.schedule(expiryPeriodMs, () => {
      this.#timer = undefined
      this.#watermark()
        .then((now) => this.#expire(now))
        .catch(this.#onError)
        .finally(() => this.#schedule())
    })
  }

  #expire(now: Timestamp): void {
    for (const [segmentId, reservations] of this.#open) {
      const left = reservations.filter(({ expireAt }) => expireAt > now)
      if (left.length === 0) this.#open.delete(segmentId)
      else this.#open.set(segmentId, left)
      for (const { entry, expireAt, rowCount, rowSizeBytes } of reservations) {
        if (expireAt > now || rowCount === 0) continue
        this.#growing.release({ entry, rowCount, sizeBytes: rowCount * rowSizeBytes })
      }
    }
  }
}
