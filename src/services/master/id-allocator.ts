import { assert } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import { composeTimestamp } from '../../base/timestamp.ts'
import type { BoundStore } from './timestamp-oracle.ts'

/** Ids that are claimed in meta at a time: what a crash may burn. */
const claimCount = 1n << 20n
/** The most that one call may take. */
export const idCountMax = 1 << 24

/**
 * Hands out ids that grow, have gaps and never repeat. They start where a timestamp would, so that
 * ids of a folder that was made anew do not repeat those of the old one.
 */
export class IdAllocator {
  readonly #store: BoundStore
  #next: bigint
  #bound: bigint
  #claiming: Promise<void> = Promise.resolve()

  private constructor(store: BoundStore, next: bigint) {
    this.#store = store
    this.#next = next
    this.#bound = next
  }

  static async open(clock: Clock, store: BoundStore): Promise<IdAllocator> {
    const found = await store.load()
    return new IdAllocator(store, found > 0n ? found : composeTimestamp(clock.nowMs(), 0))
  }

  /** The first of `count` ids that follow each other. */
  async allocate(count: number): Promise<bigint> {
    if (!Number.isInteger(count) || count < 1 || count > idCountMax) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `Cannot allocate ${count} ids: from 1 to ${idCountMax} at a time`,
      )
    }
    while (this.#next + BigInt(count) > this.#bound) await this.#claim(BigInt(count))
    const first = this.#next
    this.#next += BigInt(count)
    assert(this.#next <= this.#bound, 'ids are claimed before they are used')
    return first
  }

  async #claim(count: bigint): Promise<void> {
    const claim = async (): Promise<void> => {
      if (this.#next + count <= this.#bound) return
      const bound = this.#next + count + claimCount
      await this.#store.save(bound)
      this.#bound = bound
    }
    const claiming = this.#claiming.then(claim)
    this.#claiming = claiming.catch(() => undefined)
    await claiming
  }
}
