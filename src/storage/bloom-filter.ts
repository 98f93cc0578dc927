import { type HashSeed, hashBytes, hashWords } from '../base/half-sip-hash.ts'
import type { Column, PrimaryKeys } from '../schema/row-batch.ts'
import { columnOfKeys } from './primary-key-column.ts'

/**
 * A split block Bloom filter, as Parquet has it (after Putze, Sanders and Singler, "Cache-, hash-
 * and space-efficient Bloom filters", 2007): one hash picks a block of eight words, and sets one bit
 * in each. At the size chosen here, about one key in two hundred that was never added seems to be.
 *
 * Departs from Parquet in the hash, which is the 32 bits of HalfSipHash under a fixed seed: a filter
 * is read by later processes, so the seed cannot be secret.
 */
const seed: HashSeed = { low: 0, high: 0 }
const wordsPerBlock = 8
const bitsPerKey = 12
const salts = [
  0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
] as const

export class BloomFilter {
  readonly words: Int32Array

  /** Over words that `forKeys` filled, which are whole blocks. */
  constructor(words: Int32Array) {
    this.words = words
  }

  static sizeFor(keyCount: number): BloomFilter {
    const blockCount = Math.max(1, Math.ceil((keyCount * bitsPerKey) / (wordsPerBlock * 32)))
    return new BloomFilter(new Int32Array(blockCount * wordsPerBlock))
  }

  /** Whether words can be a filter: whole blocks, and at least one. */
  static fits(words: Int32Array): boolean {
    return words.length > 0 && words.length % wordsPerBlock === 0
  }

  /** Adds every key of a column, Int64 or VarChar. */
  addColumn(column: Column): void {
    forEachHash(column, (hash) => this.#add(hash))
  }

  /** Of each key, whether it may have been added; false is certain. */
  mayHold(primaryKeys: PrimaryKeys): boolean[] {
    const found: boolean[] = []
    forEachHash(columnOfKeys(primaryKeys), (hash) => found.push(this.#has(hash)))
    return found
  }

  #add(hash: number): void {
    const block = this.#blockOf(hash)
    for (const [word, salt] of salts.entries()) {
      this.words[block + word] = (this.words[block + word] ?? 0) | bitOf(hash, salt)
    }
  }

  #has(hash: number): boolean {
    const block = this.#blockOf(hash)
    return salts.every((salt, word) => ((this.words[block + word] ?? 0) & bitOf(hash, salt)) !== 0)
  }

  /** The hash as a fraction of all hashes, applied to the blocks: its high bits decide. */
  #blockOf(hash: number): number {
    const blockCount = this.words.length / wordsPerBlock
    return Math.floor((hash / 2 ** 32) * blockCount) * wordsPerBlock
  }
}

function bitOf(hash: number, salt: number): number {
  return 1 << (Math.imul(hash, salt) >>> 27)
}

function forEachHash(column: Column, visit: (hash: number) => void): void {
  if (column.type === 'Int64') {
    const { buffer, byteOffset, length } = column.values
    const words = new Int32Array(buffer, byteOffset, length * 2)
    for (let at = 0; at < words.length; at += 2) {
      visit(hashWords(seed, words[at] ?? 0, words[at + 1] ?? 0))
    }
  } else if (column.type === 'VarChar') {
    const { offsets, bytes } = column
    for (let row = 0; row + 1 < offsets.length; row++) {
      visit(hashBytes(seed, bytes, offsets[row] ?? 0, offsets[row + 1] ?? 0))
    }
  }
}
