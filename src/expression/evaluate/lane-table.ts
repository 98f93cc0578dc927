import type { HashSlots } from './hash-slots.ts'
import { mixBits, placeEntries } from './hash-slots.ts'

/**
 * A list of numbers of one type, to look numbers up in: Int64s or Doubles, which are equal when
 * their bits are. Doubles have no NaN and no negative zero among them, and what is looked up has no
 * negative zero either.
 */
export class LaneTable {
  /** Pairs: the low and the high word of each number. */
  readonly #words: Int32Array
  readonly #hashed: HashSlots | undefined
  /** Entries in the order of their words, where hashing failed. */
  readonly #sorted: readonly number[]

  constructor(values: BigInt64Array | Float64Array) {
    const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
    this.#words = words
    this.#hashed = placeEntries(values.length, (entry, seed) =>
      hashWords(words[2 * entry] ?? 0, words[2 * entry + 1] ?? 0, seed),
    )
    this.#sorted = this.#hashed === undefined ? this.#sortEntries() : []
  }

  /** The number's place in the list; -1 if it is not there. */
  find(low: number, high: number): number {
    if (this.#hashed === undefined) return this.#search(low, high)
    const { seed, slots } = this.#hashed
    const words = this.#words
    for (let slot = hashWords(low, high, seed); ; slot++) {
      const entry = (slots[slot & (slots.length - 1)] ?? 0) - 1
      if (entry === -1) return -1
      if (words[2 * entry] === low && words[2 * entry + 1] === high) return entry
    }
  }

  findDouble(value: number): number {
    // The sum turns negative zero into zero.
    double[0] = value + 0
    return this.find(lane[0] ?? 0, lane[1] ?? 0)
  }

  findInt64(value: bigint): number {
    int64[0] = value
    return this.find(lane[0] ?? 0, lane[1] ?? 0)
  }

  /** For each pair of words, whether that number is in the list. */
  match(words: Int32Array, matches: Uint8Array): void {
    for (let i = 0; i < matches.length; i++) {
      matches[i] = Number(this.find(words[2 * i] ?? 0, words[2 * i + 1] ?? 0) !== -1)
    }
  }

  #sortEntries(): number[] {
    const entries = Array.from({ length: this.#words.length >> 1 }, (_, entry) => entry)
    return entries.sort((a, b) =>
      this.#compare(a, this.#words[2 * b] ?? 0, this.#words[2 * b + 1] ?? 0),
    )
  }

  #search(low: number, high: number): number {
    let [from, to] = [0, this.#sorted.length]
    while (from < to) {
      const middle = (from + to) >> 1
      const entry = this.#sorted[middle] ?? 0
      const sign = this.#compare(entry, low, high)
      if (sign === 0) return entry
      if (sign < 0) from = middle + 1
      else to = middle
    }
    return -1
  }

  #compare(entry: number, low: number, high: number): number {
    const difference = (this.#words[2 * entry + 1] ?? 0) - high
    return difference === 0 ? (this.#words[2 * entry] ?? 0) - low : difference
  }
}

/** A hash of 32 bits. */
export function hashWords(low: number, high: number, seed: number): number {
  return mixBits(Math.imul(low ^ seed, 0x9e3779b1) + mixBits(high ^ seed))
}

/** A number on its way to being words. */
const double = new Float64Array(1)
const int64 = new BigInt64Array(double.buffer)
const lane = new Int32Array(double.buffer)
