import { require } from './violation.ts'

/** Timestamps and ids that were handed out, over all restarts: none comes twice. */
export class Ledger {
  readonly #timestamps = new Set<bigint>()
  readonly #owners = new Map<bigint, string>()
  #latest = 0n

  /** The latest timestamp that anybody was told: whatever is asked for from now on is later. */
  get latest(): bigint {
    return this.#latest
  }

  /** A timestamp that was told to who asked when `floor` was the latest. */
  takeTimestamp(timestamp: bigint, floor: bigint): void {
    require(timestamp > floor, () =>
      `timestamp ${timestamp} comes after ${floor}, and is not later`)
    require(!this.#timestamps.has(timestamp), () => `timestamp ${timestamp} was handed out twice`)
    this.#timestamps.add(timestamp)
    if (timestamp > this.#latest) this.#latest = timestamp
  }

  /** An id, and what it is of: the same id is of the same thing for ever. */
  takeId(id: bigint, owner: string): void {
    const former = this.#owners.get(id) ?? owner
    require(former === owner, () => `id ${id} is of ${former}, and of ${owner}`)
    this.#owners.set(id, owner)
  }
}
