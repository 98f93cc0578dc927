import { assert } from './assert.ts'

/**
 * CRC-32C, the checksum of everything that we keep: Castagnoli's polynomial (reflected), as RFC 3720
 * appendix B.4 tests it. It finds every burst of up to 32 bits.
 *
 * Sixteen bytes at a time by table, after Kounavis and Berry, "Novel table lookup-based algorithms
 * for high-performance CRC generation" (2008): `tables[k][b]` is what byte `b` does to the sum when
 * k more bytes follow it, so sixteen look-ups replace sixteen dependent steps.
 */
const polynomial = 0x82f63b78
const sliceSizeBytes = 16
/** Below this a typed array of words costs more to make than it saves. */
const wordsWorthBytes = 64

assert(new Uint8Array(Uint32Array.of(1).buffer)[0] === 1, 'the machine is little-endian')

/**
 * The checksum of `bytes`, or, given that of all bytes `before` them, of both together. An unsigned
 * 32-bit number.
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  if (bytes.length < wordsWorthBytes) return ~addBytes(~before, bytes) >>> 0
  const headLength = -bytes.byteOffset & 3
  const slicesLength = bytes.length - headLength - ((bytes.length - headLength) % sliceSizeBytes)
  const wordCount = slicesLength / Int32Array.BYTES_PER_ELEMENT
  let sum = addBytes(~before, bytes.subarray(0, headLength))
  sum = addSlices(sum, new Int32Array(bytes.buffer, bytes.byteOffset + headLength, wordCount))
  return ~addBytes(sum, bytes.subarray(headLength + slicesLength)) >>> 0
}

/** The checksum of the parts one after another. */
export function crc32cOf(parts: readonly Uint8Array[]): number {
  let sum = 0
  for (const part of parts) sum = crc32c(part, sum)
  return sum
}

function addBytes(start: number, bytes: Uint8Array): number {
  let sum = start
  for (let i = 0; i < bytes.length; i++) sum = (sum >>> 8) ^ at(after0, sum ^ (bytes[i] ?? 0))
  return sum
}

function addSlices(start: number, words: Int32Array): number {
  let sum = start
  for (let i = 0; i + 3 < words.length; i += 4) {
    const a = sum ^ (words[i] ?? 0)
    const b = words[i + 1] ?? 0
    const c = words[i + 2] ?? 0
    const d = words[i + 3] ?? 0
    sum =
      at(after15, a) ^
      at(after14, a >>> 8) ^
      at(after13, a >>> 16) ^
      at(after12, a >>> 24) ^
      at(after11, b) ^
      at(after10, b >>> 8) ^
      at(after9, b >>> 16) ^
      at(after8, b >>> 24) ^
      at(after7, c) ^
      at(after6, c >>> 8) ^
      at(after5, c >>> 16) ^
      at(after4, c >>> 24) ^
      at(after3, d) ^
      at(after2, d >>> 8) ^
      at(after1, d >>> 16) ^
      at(after0, d >>> 24)
  }
  return sum
}

/** The entry of the low byte of `index`. A table has 256: none is absent. */
function at(table: Int32Array, index: number): number {
  return table[index & 0xff] ?? 0
}

// One binding for each table: the compiler then knows each one's address and length, and drops the
// bounds checks.
const after0 = Int32Array.from({ length: 256 }, (_, byte) => shiftOut(byte))
const after1 = tableAfter(after0)
const after2 = tableAfter(after1)
const after3 = tableAfter(after2)
const after4 = tableAfter(after3)
const after5 = tableAfter(after4)
const after6 = tableAfter(after5)
const after7 = tableAfter(after6)
const after8 = tableAfter(after7)
const after9 = tableAfter(after8)
const after10 = tableAfter(after9)
const after11 = tableAfter(after10)
const after12 = tableAfter(after11)
const after13 = tableAfter(after12)
const after14 = tableAfter(after13)
const after15 = tableAfter(after14)

/** One byte's remainder, bit by bit. */
function shiftOut(byte: number): number {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? polynomial : 0)
  return sum
}

/** The table for one more byte that follows. */
function tableAfter(table: Int32Array): Int32Array {
  return table.map((sum) => (sum >>> 8) ^ at(after0, sum))
}
