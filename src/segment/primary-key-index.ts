import type { HashSeed } from '../base/half-sip-hash.ts'
import type { PrimaryKeys } from '../schema/row-batch.ts'
import type { KeyReader } from './key-reader.ts'
import type { PrimaryKeyIndexHandle } from './segment-handle.ts'
import { allocateGrowable, type GrowingView, growTo, int32View } from './shared-array.ts'

/**
 * From a primary key to its rows, in eight bytes a row: a hash table whose entries are the rows
 * themselves.
 *
 *     buckets[hash] ─▶ row ─next─▶ row ─next─▶ 0        row r is stored as r + 1; newest first
 *
 * It grows by linear hashing (Litwin, "Linear hashing: a new tool for file and table addressing",
 * 1980): each new row splits one bucket at most, so that no insert waits for a whole table to be
 * hashed anew. A key may have any number of rows: they share a chain, and adding one is constant
 * work. The hash is seeded, so a client cannot choose keys that share one.
 *
 * Only the owner of a growing segment reads its index; a sealed segment's does not change.
 */
const bucketCountMin = 64

export class PrimaryKeyIndex {
  readonly handle: PrimaryKeyIndexHandle
  readonly #keys: KeyReader
  readonly #buckets: GrowingView<Int32Array>
  readonly #next: GrowingView<Int32Array>
  #bucketCount: number
  /** The largest power of two up to the bucket count, less one. */
  #lowMask: number

  constructor(handle: PrimaryKeyIndexHandle, keys: KeyReader) {
    this.handle = handle
    this.#keys = keys
    this.#buckets = int32View(handle.buckets)
    this.#next = int32View(handle.next)
    this.#bucketCount = Math.max(bucketCountMin, handle.bucketCount)
    this.#lowMask = 2 ** Math.floor(Math.log2(this.#bucketCount)) - 1
  }

  /** For rows that are still to come. */
  static allocate(keys: KeyReader, seed: HashSeed, rowCountMax: number): PrimaryKeyIndex {
    const bucketCountMax = Math.max(bucketCountMin, rowCountMax)
    const buckets = allocateGrowable(bucketCountMax * Int32Array.BYTES_PER_ELEMENT)
    growTo(buckets, bucketCountMin * Int32Array.BYTES_PER_ELEMENT)
    const next = allocateGrowable(rowCountMax * Int32Array.BYTES_PER_ELEMENT)
    return new PrimaryKeyIndex({ seed, bucketCount: bucketCountMin, buckets, next }, keys)
  }

  /** For rows that are all there: no bucket is ever split. */
  static build(keys: KeyReader, seed: HashSeed, rowCount: number): PrimaryKeyIndex {
    const bucketCount = Math.max(bucketCountMin, rowCount)
    const buckets = allocateGrowable(bucketCount * Int32Array.BYTES_PER_ELEMENT)
    growTo(buckets, bucketCount * Int32Array.BYTES_PER_ELEMENT)
    const next = allocateGrowable(rowCount * Int32Array.BYTES_PER_ELEMENT)
    const index = new PrimaryKeyIndex({ seed, bucketCount, buckets, next }, keys)
    index.reserve(rowCount)
    index.add(0, rowCount)
    return index
  }

  get memoryBytes(): number {
    return this.handle.buckets.byteLength + this.handle.next.byteLength
  }

  /** Room for so many rows in all. */
  reserve(rowCount: number): void {
    growTo(this.handle.next, rowCount * Int32Array.BYTES_PER_ELEMENT)
    if (rowCount > this.#bucketCount) {
      growTo(this.handle.buckets, rowCount * Int32Array.BYTES_PER_ELEMENT)
    }
  }

  /** Rows [from, to), whose keys are there and for which room was reserved. */
  add(from: number, to: number): void {
    const next = this.#next.atLeast(to)
    const buckets = this.#buckets.atLeast(Math.max(this.#bucketCount, to))
    for (let row = from; row < to; row++) {
      if (row >= this.#bucketCount) this.#split(buckets, next)
      const bucket = this.#bucketOf(this.#keys.hashRow(this.handle.seed, row))
      next[row] = buckets[bucket] ?? 0
      buckets[bucket] = row + 1
    }
  }

  /** Calls back with each row that has the key, newest first, until it answers `stop`. */
  find(keys: PrimaryKeys, index: number, visit: (row: number) => 'go on' | 'stop'): void {
    const hash = this.#keys.aim(this.handle.seed, keys, index)
    const bucket = this.#bucketOf(hash)
    let entry = this.#buckets.atLeast(bucket + 1)[bucket] ?? 0
    while (entry !== 0) {
      const row = entry - 1
      if (this.#keys.matches(row) && visit(row) === 'stop') return
      entry = this.#next.atLeast(entry)[row] ?? 0
    }
  }

  #bucketOf(hash: number): number {
    const bucket = (hash & (2 * this.#lowMask + 1)) >>> 0
    return bucket < this.#bucketCount ? bucket : (hash & this.#lowMask) >>> 0
  }

  /** Shares the rows of the next bucket in turn with a new one at the end, keeping their order. */
  #split(buckets: Int32Array, next: Int32Array): void {
    const created = this.#bucketCount
    const divided = created - this.#lowMask - 1
    this.#bucketCount += 1
    if (this.#bucketCount === 2 * (this.#lowMask + 1)) this.#lowMask = 2 * this.#lowMask + 1
    let entry = buckets[divided] ?? 0
    buckets[divided] = 0
    let lastKept = 0
    let lastMoved = 0
    while (entry !== 0) {
      const following = next[entry - 1] ?? 0
      next[entry - 1] = 0
      if (this.#bucketOf(this.#keys.hashRow(this.handle.seed, entry - 1)) === divided) {
        if (lastKept === 0) buckets[divided] = entry
        else next[lastKept - 1] = entry
        lastKept = entry
      } else {
        if (lastMoved === 0) buckets[created] = entry
        else next[lastMoved - 1] = entry
        lastMoved = entry
      }
      entry = following
    }
  }
}
