import { assert } from '../base/assert.ts'
import { toId } from '../base/int64.ts'
import { type Timestamp, timestampZero } from '../base/timestamp.ts'
import type { DeletionsHandle } from './segment-handle.ts'
import {
  allocateGrowable,
  allocateShared,
  bigInt64View,
  type GrowingView,
  growTo,
  uint32View,
} from './shared-array.ts'

/**
 * When each row of a segment was deleted, in memory that threads share.
 *
 *     deletedAt    by row: the earliest delete later than the row, 0 while there is none
 *     deletedRows  the rows that have one, in the order in which they got it
 *     control      [ count u32 | is unordered u32 | newest timestamp i64 ]
 *
 * Both arrays are empty until the first delete. The list makes a read cheap: what is hidden at t is
 * a prefix of it, because deletes come in the order of their timestamps. Should one come late (a
 * delete file that overlaps the log), the list is marked unordered and the prefix is not used.
 *
 * One thread records; it publishes an entry by the count, after everything else is written. A read
 * at t is only sent out once every delete up to t is recorded, so what a reader can meet half-way is
 * later than its t.
 */
const countWord = 0
const unorderedWord = 1
const newestLong = 1
const controlSizeBytes = 16

export class Deletions {
  readonly handle: DeletionsHandle
  readonly #words: Int32Array
  readonly #longs: BigInt64Array
  readonly #deletedAt: GrowingView<BigInt64Array>
  readonly #deletedRows: GrowingView<Uint32Array>

  constructor(handle: DeletionsHandle) {
    this.handle = handle
    this.#words = new Int32Array(handle.control)
    this.#longs = new BigInt64Array(handle.control)
    this.#deletedAt = bigInt64View(handle.deletedAt)
    this.#deletedRows = uint32View(handle.deletedRows)
  }

  static allocate(rowCountMax: number): Deletions {
    return new Deletions({
      control: allocateShared(controlSizeBytes),
      deletedAt: allocateGrowable(rowCountMax * BigInt64Array.BYTES_PER_ELEMENT),
      deletedRows: allocateGrowable(rowCountMax * Uint32Array.BYTES_PER_ELEMENT),
    })
  }

  /** Rows that some delete hides. */
  get count(): number {
    return Atomics.load(this.#words, countWord)
  }

  get memoryBytes(): number {
    return this.handle.deletedAt.byteLength + this.handle.deletedRows.byteLength + controlSizeBytes
  }

  /** Every row that has a delete lies before this one. */
  get rowBound(): number {
    return this.#deletedAt.capacity()
  }

  /** The earliest delete that hides the row; zero when there is none. */
  deletedAt(row: number): Timestamp {
    if (row >= this.#deletedAt.capacity()) return timestampZero
    return toId<Timestamp>(Atomics.load(this.#deletedAt.atLeast(row + 1), row))
  }

  hides(row: number, readAt: Timestamp): boolean {
    if (this.count === 0) return false
    const deletedAt = this.deletedAt(row)
    return deletedAt !== 0n && deletedAt <= readAt
  }

  /** The rows that have a delete, as many as `count` of them were recorded first. */
  rows(count: number): Uint32Array {
    return this.#deletedRows.atLeast(count).subarray(0, count)
  }

  /**
   * How many entries of the list are hidden at `readAt`, when they are exactly its first ones;
   * undefined when the list is unordered and `readAt` lies within it.
   */
  prefixAt(readAt: Timestamp): number | undefined {
    const count = this.count
    if (count === 0 || readAt >= Atomics.load(this.#longs, newestLong)) return count
    if (Atomics.load(this.#words, unorderedWord) !== 0) return undefined
    const rows = this.rows(count)
    let low = 0
    let high = count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.deletedAt(rows[middle] ?? 0) <= readAt) low = middle + 1
      else high = middle
    }
    return low
  }

  /** How many rows from `rowFrom` on are hidden at `readAt`. */
  countAt(readAt: Timestamp, rowFrom = 0): number {
    const prefix = this.prefixAt(readAt)
    if (prefix !== undefined && rowFrom === 0) return prefix
    let count = 0
    for (const row of this.rows(this.count)) {
      if (row >= rowFrom && this.hides(row, readAt)) count += 1
    }
    return count
  }

  /**
   * Owner only: notes that a delete hides the row from `timestamp` on. Returns whether it is the
   * row's first; an earlier one than that which is known takes its place.
   */
  record(row: number, timestamp: Timestamp): boolean {
    assert(timestamp > 0n, 'a delete has a timestamp')
    growTo(this.handle.deletedAt, (row + 1) * BigInt64Array.BYTES_PER_ELEMENT)
    const deletedAt = this.#deletedAt.atLeast(row + 1)
    const known = deletedAt[row] ?? 0n
    if (known !== 0n && known <= timestamp) return false
    if (timestamp < Atomics.load(this.#longs, newestLong))
      Atomics.store(this.#words, unorderedWord, 1)
    else Atomics.store(this.#longs, newestLong, timestamp)
    if (known === 0n) this.#list(row)
    Atomics.store(deletedAt, row, timestamp)
    if (known === 0n) Atomics.add(this.#words, countWord, 1)
    return known === 0n
  }

  #list(row: number): void {
    const count = this.count
    growTo(this.handle.deletedRows, (count + 1) * Uint32Array.BYTES_PER_ELEMENT)
    this.#deletedRows.atLeast(count + 1)[count] = row
  }
}
