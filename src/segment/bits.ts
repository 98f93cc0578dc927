/**
 * Bitsets over rows: row i is bit i & 7 of byte i >> 3. Those made here have whole words and lie at
 * the start of their memory, so that they can be taken together four bytes at a time.
 */
export type Bits = Uint8Array<ArrayBuffer>

/** No row is in it. */
export function newBits(rowCount: number): Bits {
  return new Uint8Array(sizeOf(rowCount))
}

/** The same rows, and room for so many. */
export function copyBits(bits: Uint8Array, rowCount: number): Bits {
  const copy = newBits(Math.max(rowCount, bits.length * 8))
  copy.set(bits)
  return copy
}

export function hasBit(bits: Uint8Array, row: number): boolean {
  return (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1
}

export function setBit(bits: Uint8Array, row: number): void {
  const at = row >> 3
  bits[at] = (bits[at] ?? 0) | (1 << (row & 7))
}

export function clearBit(bits: Uint8Array, row: number): void {
  const at = row >> 3
  bits[at] = (bits[at] ?? 0) & ~(1 << (row & 7))
}

export function setBitsBefore(bits: Uint8Array, row: number): void {
  bits.fill(0xff, 0, row >> 3)
  for (let before = row & ~7; before < row; before++) setBit(bits, before)
}

/** As far as the bitset reaches. */
export function setBitsFrom(bits: Uint8Array, row: number): void {
  const at = row >> 3
  if (at >= bits.length) return
  bits[at] = (bits[at] ?? 0) | (0xff << (row & 7))
  bits.fill(0xff, at + 1)
}

/** Adds the other's rows, those that the first has room for. */
export function uniteBits(bits: Bits, other: Bits): void {
  const words = wordsOf(bits)
  const others = wordsOf(other)
  const count = Math.min(words.length, others.length)
  for (let word = 0; word < count; word++) words[word] = (words[word] ?? 0) | (others[word] ?? 0)
}

/** How many of the first `rowCount` rows are in it. */
export function countBits(bits: Bits, rowCount: number): number {
  const words = wordsOf(bits)
  const wholeCount = rowCount >> 5
  let count = 0
  for (let word = 0; word < wholeCount; word++) count += countOfWord(words[word] ?? 0)
  const spare = rowCount & 31
  return spare === 0 ? count : count + countOfWord((words[wholeCount] ?? 0) & (2 ** spare - 1))
}

/** Calls back with each of the first `rowCount` rows that is not in it, in their order. */
export function forEachClear(
  bits: Uint8Array,
  rowCount: number,
  visit: (row: number) => void,
): void {
  for (let at = 0; at * 8 < rowCount; at++) {
    let clear = ~(bits[at] ?? 0) & 0xff
    while (clear !== 0) {
      const row = at * 8 + (31 - Math.clz32(clear & -clear))
      if (row >= rowCount) return
      visit(row)
      clear &= clear - 1
    }
  }
}

const wordBytes = Uint32Array.BYTES_PER_ELEMENT

function sizeOf(rowCount: number): number {
  return Math.ceil(rowCount / 32) * wordBytes
}

function wordsOf(bits: Bits): Uint32Array {
  return new Uint32Array(bits.buffer, bits.byteOffset, bits.length / wordBytes)
}

/** The sums of ever wider groups of bits. (Warren, "Hacker's delight", 2002, section 5-1.) */
function countOfWord(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555)
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333)
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}
