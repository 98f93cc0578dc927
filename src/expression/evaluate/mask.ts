/**
 * Which rows of a batch are meant: a byte for each row, 1 or 0. Bytes and not bits, because a loop
 * that stores one byte a row is plain, and runs at a row a nanosecond; bits come last, in one pass.
 * `words` are the same bytes four at a time, for the logic between masks.
 */
export interface Mask {
  readonly bytes: Uint8Array
  readonly words: Uint32Array
}

/**
 * Rows that are evaluated together. All intermediate results of a batch stay in the processor's
 * nearest caches, and the cost of walking the plan is shared by so many rows that it is nothing.
 * A multiple of 8, so that batches begin at whole bytes of bitsets.
 */
export const batchRowCount = 1024

export function newMask(): Mask {
  const words = new Uint32Array(batchRowCount / Uint32Array.BYTES_PER_ELEMENT)
  return { words, bytes: new Uint8Array(words.buffer) }
}

/** The first `count` rows, and none behind them. */
export function fillMask(mask: Mask, count: number): void {
  mask.bytes.fill(1, 0, count)
  mask.bytes.fill(0, count)
}

export function isEmpty({ words }: Mask): boolean {
  for (const word of words) if (word !== 0) return false
  return true
}

/** Adds the other's rows. */
export function unite({ words }: Mask, other: Mask): void {
  for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) | (other.words[i] ?? 0)
}

/** Takes the other's rows away. */
export function subtract({ words }: Mask, other: Mask): void {
  for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) & ~(other.words[i] ?? 0)
}

const everyRow = 0x01_01_01_01

/** Keeps the rows that are known and match; or those that are known and do not. */
export function keepOutcome(
  { words }: Mask,
  outcome: { readonly matches: Mask; readonly known: Mask; readonly isNegated: boolean },
): void {
  const matches = outcome.matches.words
  const known = outcome.known.words
  const flip = outcome.isNegated ? everyRow : 0
  for (let i = 0; i < words.length; i++) {
    words[i] = (words[i] ?? 0) & ((matches[i] ?? 0) ^ flip) & (known[i] ?? 0)
  }
}

/** Clears the rows whose bit in `validity` is clear; row 0 of the mask is row `start` of the bits. */
export function keepValid({ bytes }: Mask, validity: Uint8Array, start: number): void {
  const first = start >> 3
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (bytes[i] ?? 0) & ((validity[first + (i >> 3)] ?? 0) >> (i & 7)) & 1
  }
}

/**
 * Writes the mask as bits, from bit `start` on, a multiple of 8. Four bytes that are 0 or 1 become
 * four bits with one multiplication, which adds each of them into its own place of the top nibble:
 *
 *     byte 0 → bit 28     byte 1 → bit 29     byte 2 → bit 30     byte 3 → bit 31
 */
export function packMask({ words }: Mask, bits: Uint8Array, start: number): void {
  const first = start >> 3
  const byteCount = Math.min(words.length >> 1, bits.length - first)
  for (let i = 0; i < byteCount; i++) {
    const low = Math.imul(words[2 * i] ?? 0, gather) >>> 28
    const high = Math.imul(words[2 * i + 1] ?? 0, gather) >>> 28
    bits[first + i] = low | (high << 4)
  }
}

const gather = 0x10_20_40_80
