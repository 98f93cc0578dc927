import type { Timestamp } from '../base/timestamp.ts'
import type { Deletions } from './deletions.ts'

/**
 * Which rows a read is not to find, as a bitset (bit i & 7 of byte i >> 3): one thread's cache for
 * one segment. The cached bitset holds a prefix of the list of deletions; a later read adds to it
 * what was deleted since, an earlier one takes a copy and clears the rest.
 */
export class Exclusion {
  readonly #deletions: Deletions
  #bits: Uint8Array<ArrayBuffer> = new Uint8Array(0)
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
  deletedAt(readAt: Timestamp, rowCount: number): Uint8Array | undefined {
    const prefix = this.#deletions.prefixAt(readAt)
    if (prefix === 0) return undefined
    // A row that was added and deleted since the caller counted is in the list already.
    this.#fit(Math.max(rowCount, this.#deletions.rowBound))
    if (prefix === undefined) return this.#unordered(readAt)
    if (prefix >= this.#count) return this.#extend(prefix)
    const bits = this.#bits.slice()
    const rows = this.#deletions.rows(this.#count)
    for (let entry = prefix; entry < rows.length; entry++) clearBit(bits, rows[entry] ?? 0)
    return bits
  }

  /** The same, and every row from `rowCountAt` on: what an index over all rows is not to find. */
  deletedOrLaterAt(
    readAt: Timestamp,
    rowCount: number,
    rowCountAt: number,
  ): Uint8Array | undefined {
    const deleted = this.deletedAt(readAt, rowCount)
    if (rowCountAt >= rowCount) return deleted
    const bits = deleted?.slice() ?? new Uint8Array((rowCount + 7) >> 3)
    setBitsFrom(bits, rowCountAt)
    return bits
  }

  #extend(prefix: number): Uint8Array {
    const rows = this.#deletions.rows(prefix)
    for (let entry = this.#count; entry < prefix; entry++) setBit(this.#bits, rows[entry] ?? 0)
    this.#count = prefix
    return this.#bits
  }

  #unordered(readAt: Timestamp): Uint8Array {
    const bits = new Uint8Array(this.#bits.length)
    for (const row of this.#deletions.rows(this.#deletions.count)) {
      if (this.#deletions.hides(row, readAt)) setBit(bits, row)
    }
    return bits
  }

  #fit(rowCount: number): void {
    const sizeBytes = (rowCount + 7) >> 3
    if (sizeBytes <= this.#bits.length) return
    const larger = new Uint8Array(Math.max(sizeBytes, this.#bits.length + (this.#bits.length >> 2)))
    larger.set(this.#bits)
    this.#bits = larger
  }
}

/** The bitset with every row before `rowFrom` in it too; the same one when there is none. */
export function withRowsBefore(
  excluded: Uint8Array | undefined,
  rowFrom: number,
  rowCount: number,
): Uint8Array | undefined {
  if (rowFrom === 0) return excluded
  const bits = excluded?.slice() ?? new Uint8Array((rowCount + 7) >> 3)
  bits.fill(0xff, 0, rowFrom >> 3)
  for (let row = rowFrom & ~7; row < rowFrom; row++) setBit(bits, row)
  return bits
}

function setBit(bits: Uint8Array, row: number): void {
  const at = row >> 3
  bits[at] = (bits[at] ?? 0) | (1 << (row & 7))
}

function clearBit(bits: Uint8Array, row: number): void {
  const at = row >> 3
  bits[at] = (bits[at] ?? 0) & ~(1 << (row & 7))
}

function setBitsFrom(bits: Uint8Array, row: number): void {
  const at = row >> 3
  if (at >= bits.length) return
  bits[at] = (bits[at] ?? 0) | (0xff << (row & 7))
  bits.fill(0xff, at + 1)
}
