import { assert } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import {
  composeTimestamp,
  logicalCountMax,
  physicalMsOf,
  type Timestamp,
} from '../../base/timestamp.ts'

/** How far ahead of use the bound is saved; also how far a restart may run ahead of the clock. */
const windowMs = 3_000
/** Less than this left in the window: save the next one before it is needed. */
const windowLeftMsMin = 1_000

/** Where the bound lives: `load` gives milliseconds, or zero when none was ever saved. */
export interface BoundStore {
  load(): Promise<bigint>
  save(bound: bigint): Promise<void>
}

/**
 * Hands out timestamps that never repeat and never go back, whatever the wall clock does and
 * however the process ends. (The scheme of Percolator's oracle: Peng and Dabek, OSDI 2010.)
 *
 * Invariants: every timestamp's physical part is below the saved bound; the saved bound only grows;
 * after a restart the first physical part is at least the bound found. A clock that jumps back
 * leaves the physical part where it is, and the logical part counts on.
 */
export class TimestampOracle {
  readonly #clock: Clock
  readonly #store: BoundStore
  #physicalMs: number
  /** The next logical part to hand out. */
  #logical = 0
  #boundMs: number
  #saving: Promise<void> | undefined

  private constructor(clock: Clock, store: BoundStore, physicalMs: number) {
    this.#clock = clock
    this.#store = store
    this.#physicalMs = physicalMs
    this.#boundMs = physicalMs
  }

  static async open(clock: Clock, store: BoundStore): Promise<TimestampOracle> {
    const found = Number(await store.load())
    const oracle = new TimestampOracle(clock, store, Math.max(found, clock.nowMs()))
    await oracle.ready()
    return oracle
  }

  /** Resolves when timestamps can be taken for a while without waiting. */
  async ready(): Promise<void> {
    this.#advance()
    if (this.#boundMs - this.#target() >= windowLeftMsMin) return
    this.#saving ??= this.#save().finally(() => {
      this.#saving = undefined
    })
    // While the window still has room its renewal is not waited for.
    if (this.#boundMs - this.#target() > 0) this.#saving.catch(() => undefined)
    else await this.#saving
  }

  /**
   * The next timestamp, at once. Call `ready` shortly before: without it the window may be used up,
   * which throws SERVICE_UNAVAILABLE.
   */
  next(): Timestamp {
    return this.take(1)
  }

  /** The first of `count` timestamps that follow each other. */
  take(count: number): Timestamp {
    assert(count > 0 && count < logicalCountMax, 'a batch fits one millisecond')
    this.#advance()
    if (this.#logical + count > logicalCountMax) {
      if (this.#physicalMs + 1 >= this.#boundMs) {
        throw new ElanusError(
          'SERVICE_UNAVAILABLE',
          `Cannot take ${count} timestamps: the saved window ends at ${this.#boundMs} ms`,
        )
      }
      this.#physicalMs += 1
      this.#logical = 0
    }
    const first = composeTimestamp(this.#physicalMs, this.#logical)
    this.#logical += count
    return first
  }

  /** Checks what a caller asks for, then takes it; INVALID_ARGUMENT for a count that cannot be had. */
  async allocate(count: number): Promise<Timestamp> {
    if (!Number.isInteger(count) || count < 1 || count >= logicalCountMax) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `Cannot allocate ${count} timestamps: from 1 to ${logicalCountMax - 1} at a time`,
      )
    }
    await this.ready()
    return this.take(count)
  }

  #advance(): void {
    const target = Math.min(this.#target(), this.#boundMs - 1)
    if (target <= this.#physicalMs) return
    this.#physicalMs = target
    this.#logical = 0
  }

  #target(): number {
    return Math.max(this.#clock.nowMs(), this.#physicalMs)
  }

  async #save(): Promise<void> {
    const bound = Math.max(this.#target(), this.#boundMs) + windowMs
    await this.#store.save(BigInt(bound))
    this.#boundMs = bound
  }
}

/** The lag of a timestamp behind the wall clock; negative while the clock has jumped back. */
export function lagMs(timestamp: Timestamp, clock: Clock): number {
  return clock.nowMs() - physicalMsOf(timestamp)
}
