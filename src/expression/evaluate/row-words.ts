import type { Mask } from './mask.ts'

/**
 * Rows of a whole segment, a bit each: bit i % 32 of word i / 32 is row i's. Bits behind the last row
 * may be anything until `clearSpare`.
 */
export type RowWords = Uint32Array<ArrayBuffer>

export function newRowWords(rowCount: number): RowWords {
  return new Uint32Array(Math.ceil(rowCount / 32))
}

/** The same bits by bytes, as many as the rows fill; shares the memory. */
export function bytesOfRows(words: RowWords, rowCount: number): Uint8Array {
  return new Uint8Array(words.buffer, 0, Math.ceil(rowCount / 8))
}

export function uniteRows(words: RowWords, other: RowWords): void {
  for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) | (other[i] ?? 0)
}

export function intersectRows(words: RowWords, other: RowWords): void {
  for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) & (other[i] ?? 0)
}

/** Turns each bit over, and then clears those of rows without a value. */
export function complementRows(words: RowWords, validity: Uint8Array | undefined): void {
  for (let i = 0; i < words.length; i++) words[i] = ~(words[i] ?? 0)
  if (validity !== undefined) keepValidRows(words, validity)
}

export function keepValidRows(words: RowWords, validity: Uint8Array): void {
  const bytes = new Uint8Array(words.buffer)
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) & (validity[i] ?? 0)
}

export function clearSpare(words: RowWords, rowCount: number): void {
  const spare = rowCount & 31
  const last = rowCount >> 5
  if (spare !== 0) words[last] = (words[last] ?? 0) & (2 ** spare - 1)
}

/** Whether any of the rows from `start` on, a multiple of 32, is in. */
export function hasRows(words: RowWords, start: number, count: number): boolean {
  const end = Math.min((start + count + 31) >> 5, words.length)
  for (let word = start >> 5; word < end; word++) if (words[word] !== 0) return true
  return false
}

/** Makes the mask the rows from `start` on, a multiple of 32. */
export function unpackMask({ bytes }: Mask, words: RowWords, start: number): void {
  for (let row = 0; row < bytes.length; row++) {
    bytes[row] = ((words[(start + row) >> 5] ?? 0) >>> (row & 31)) & 1
  }
}
