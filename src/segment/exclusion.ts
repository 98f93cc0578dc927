import type { Timestamp } from '../base/timestamp.ts'
import { type Bits, clearBit, copyBits, newBits, setBit } from './bits.ts'
import type { Deletions } from './deletions.ts'

/**
 * Which rows are deleted at some time, as a bitset: one thread's cache for one segment. The cached
 * bitset holds a prefix of the list of deletions; a later read adds to it what was deleted since, an
 * earlier one takes a copy and clears the rest.
 */
export class Exclusion {
  readonly #deletions: Deletions
  #bits: Bits = newBits(0)
  #count = 0

  constructor(deletions: Deletions) {
    this.#deletions = deletions
  }

  /** Bytes that the cache holds. */
  get memoryBytes(): number {
    return this.#bits.length
  }

  /**
   * Rows deleted up to `readAt`, at least one bit for each of `rowCount` rows; undefined when there
   * are none. The bitset is valid until the next call.
   */
  deletedAt(readAt: Timestamp, rowCount: number): Bits | undefined {
    const prefix = this.#deletions.prefixAt(readAt)
    if (prefix === 0) return undefined
    // A row that was added and deleted since the caller counted is in the list already.
    this.#fit(Math.max(rowCount, this.#deletions.rowBound))
    if (prefix === undefined) return this.#unordered(readAt)
    if (prefix >= this.#count) return this.#extend(prefix)
    const bits = copyBits(this.#bits, 0)
    const rows = this.#deletions.rows(this.#count)
    for (let entry = prefix; entry < rows.length; entry++) clearBit(bits, rows[entry] ?? 0)
    return bits
  }

  #extend(prefix: number): Bits {
    const rows = this.#deletions.rows(prefix)
    for (let entry = this.#count; entry < prefix; entry++) setBit(this.#bits, rows[entry] ?? 0)
    this.#count = prefix
    return this.#bits
  }

  #unordered(readAt: Timestamp): Bits {
    const bits = newBits(this.#bits.length * 8)
    for (const row of this.#deletions.rows(this.#deletions.count)) {
      if (this.#deletions.hides(row, readAt)) setBit(bits, row)
    }
    return bits
  }

  #fit(rowCount: number): void {
    const roomCount = this.#bits.length * 8
    if (rowCount <= roomCount) return
    this.#bits = copyBits(this.#bits, Math.max(rowCount, roomCount + (roomCount >> 2)))
  }
}
