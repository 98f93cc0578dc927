import type { HashSlots } from './hash-slots.ts'
import { mixBits, placeEntries } from './hash-slots.ts'
import { batchRowCount } from './mask.ts'

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

  /** The place in the list of the number with these words; -1 if it is not there. */
  find(low: number, high: number): number {
    if (this.#hashed === undefined) return this.#search(low, high)
    return probe(this.#hashed, this.#words, low, high)
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

  /** For each pair of words of a batch, whether that number is in the list. */
  match(words: Int32Array, matches: Uint8Array): void {
    if (this.#hashed !== undefined) {
      matchHashed(this.#hashed, this.#words, words, matches)
      return
    }
    for (let i = 0; i < batchRowCount; i++) {
      matches[i] = +(this.#search(words[2 * i] ?? 0, words[2 * i + 1] ?? 0) !== -1)
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

/** `probe` for a whole batch, written out: as a call it costs half as much again. */
function matchHashed(
  { seed, slots }: HashSlots,
  held: Int32Array,
  words: Int32Array,
  matches: Uint8Array,
): void {
  const last = slots.length - 1
  for (let i = 0; i < batchRowCount; i++) {
    const low = words[2 * i] ?? 0
    const high = words[2 * i + 1] ?? 0
    let slot = hashWords(low, high, seed) & last
    let entry = (slots[slot] ?? 0) - 1
    while (entry !== -1 && (held[2 * entry] !== low || held[2 * entry + 1] !== high)) {
      slot = (slot + 1) & last
      entry = (slots[slot] ?? 0) - 1
    }
    matches[i] = +(entry !== -1)
  }
}

/** Looks a number up among the words that are held. */
function probe({ seed, slots }: HashSlots, held: Int32Array, low: number, high: number): number {
  const last = slots.length - 1
  let slot = hashWords(low, high, seed) & last
  let entry = (slots[slot] ?? 0) - 1
  while (entry !== -1 && (held[2 * entry] !== low || held[2 * entry + 1] !== high)) {
    slot = (slot + 1) & last
    entry = (slots[slot] ?? 0) - 1
  }
  return entry
}

/** A hash of 32 bits. */
export function hashWords(low: number, high: number, seed: number): number {
  return mixBits(Math.imul(low ^ seed, 0x9e3779b1) ^ Math.imul(high + seed, 0x85ebca77))
}

/** A number on its way to being words. */
const double = new Float64Array(1)
const int64 = new BigInt64Array(double.buffer)
const lane = new Int32Array(double.buffer)
