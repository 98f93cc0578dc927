import type { ComparisonOperator } from '../plan.ts'
import type { HashSlots } from './hash-slots.ts'
import { mixBits, placeEntries } from './hash-slots.ts'
import { utf8 } from './utf8.ts'

/** Asks something of the UTF-8 text from `start` to before `end`. */
export type TextTest = (bytes: Uint8Array, start: number, end: number) => boolean

export function equalTo(text: string): TextTest {
  const wanted = utf8(text)
  return (bytes, start, end) => end - start === wanted.length && isAt(bytes, start, wanted)
}

/** Is `text < constant`, or `text <= constant`, by their bytes? */
export function below(operator: ComparisonOperator, constant: string): TextTest {
  const bound = utf8(constant)
  if (operator === '==') return equalTo(constant)
  const signMax = operator === '<' ? -1 : 0
  return (bytes, start, end) => signOf(bytes, start, end, bound) <= signMax
}

/** Is `constant < text`, or `constant <= text`, by their bytes? */
export function above(operator: ComparisonOperator, constant: string): TextTest {
  const bound = utf8(constant)
  if (operator === '==') return equalTo(constant)
  const signMin = operator === '<' ? 1 : 0
  return (bytes, start, end) => signOf(bytes, start, end, bound) >= signMin
}

/**
 * Are the wanted bytes at `start`? The caller knows that there are as many. It looks from the end,
 * because texts of one kind (paths, addresses, numbered names) more often begin alike.
 */
export function isAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let i = wanted.length - 1; i >= 0; i--) if (bytes[start + i] !== wanted[i]) return false
  return true
}

/** The sign of text − bound. */
function signOf(bytes: Uint8Array, start: number, end: number, bound: Uint8Array): number {
  const length = Math.min(end - start, bound.length)
  for (let i = 0; i < length; i++) {
    const difference = (bytes[start + i] ?? 0) - (bound[i] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return Math.sign(end - start - bound.length)
}

/** A list of texts to look texts up in. */
export class TextTable {
  readonly #texts: readonly Uint8Array[]
  readonly #hashed: HashSlots | undefined
  /** Entries in the order of their bytes, where hashing failed. */
  readonly #sorted: readonly number[]
  readonly #lengthMax: number

  constructor(texts: readonly string[]) {
    this.#texts = texts.map((text) => utf8(text))
    this.#lengthMax = this.#texts.reduce((longest, { length }) => Math.max(longest, length), 0)
    this.#hashed = placeEntries(texts.length, (entry, seed) => {
      const text = this.#text(entry)
      return hashText(text, 0, text.length, seed)
    })
    this.#sorted = this.#hashed === undefined ? this.#sortEntries() : []
  }

  /** The text's place in the list; -1 if it is not there. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > this.#lengthMax) return -1
    if (this.#hashed === undefined) return this.#search(bytes, start, end)
    const { seed, slots } = this.#hashed
    for (let slot = hashText(bytes, start, end, seed); ; slot++) {
      const entry = (slots[slot & (slots.length - 1)] ?? 0) - 1
      if (entry === -1) return -1
      const text = this.#text(entry)
      if (text.length === end - start && isAt(bytes, start, text)) return entry
    }
  }

  #text(entry: number): Uint8Array {
    return this.#texts[entry] ?? noBytes
  }

  #sortEntries(): number[] {
    const entries = Array.from(this.#texts, (_, entry) => entry)
    return entries.sort((a, b) => Buffer.compare(this.#text(a), this.#text(b)))
  }

  #search(bytes: Uint8Array, start: number, end: number): number {
    let [from, to] = [0, this.#sorted.length]
    while (from < to) {
      const middle = (from + to) >> 1
      const entry = this.#sorted[middle] ?? 0
      const sign = signOf(bytes, start, end, this.#text(entry))
      if (sign === 0) return entry
      if (sign > 0) from = middle + 1
      else to = middle
    }
    return -1
  }
}

const noBytes = new Uint8Array()

/** FNV-1a (Fowler, Noll, Vo), started from the seed, with its bits spread at the end. */
export function hashText(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193)
  return mixBits(hash)
}
