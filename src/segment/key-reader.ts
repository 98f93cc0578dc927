import { assert } from '../base/assert.ts'
import { type HashSeed, hashBytes, hashWords } from '../base/half-sip-hash.ts'
import type { PrimaryKeys } from '../schema/row-batch.ts'
import { bigInt64View, byteView, type GrowingView, int32View, uint32View } from './shared-array.ts'

/**
 * Primary keys as they lie in shared memory, compared and hashed there: no bigint and no string is
 * made for a row. A reader is aimed at one key, which rows are then matched with.
 */
export type KeyReader = Int64KeyReader | VarCharKeyReader

export class Int64KeyReader {
  readonly type = 'Int64'
  readonly #words: GrowingView<Int32Array>
  readonly #values: GrowingView<BigInt64Array>
  #low = 0
  #high = 0

  constructor(values: SharedArrayBuffer) {
    this.#words = int32View(values)
    this.#values = bigInt64View(values)
  }

  hashRow(seed: HashSeed, row: number): number {
    const words = this.#words.atLeast(2 * row + 2)
    return hashWords(seed, words[2 * row] ?? 0, words[2 * row + 1] ?? 0)
  }

  aim(seed: HashSeed, keys: PrimaryKeys, index: number): number {
    assert(keys.type === 'Int64', 'keys are of the type of their field')
    const key = keys.values[index] ?? 0n
    this.#low = Number(BigInt.asIntN(32, key))
    this.#high = Number(key >> 32n)
    return hashWords(seed, this.#low, this.#high)
  }

  matches(row: number): boolean {
    const words = this.#words.atLeast(2 * row + 2)
    return words[2 * row] === this.#low && words[2 * row + 1] === this.#high
  }

  /** Rows [0, rowCount). */
  values(rowCount: number): BigInt64Array {
    return this.#values.atLeast(rowCount)
  }

  keyAt(row: number): bigint {
    return this.#values.atLeast(row + 1)[row] ?? 0n
  }

  read(rows: Uint32Array): PrimaryKeys {
    const values = new BigInt64Array(rows.length)
    for (let index = 0; index < rows.length; index++) values[index] = this.keyAt(rows[index] ?? 0)
    return { type: 'Int64', values }
  }
}

export class VarCharKeyReader {
  readonly type = 'VarChar'
  readonly #offsets: GrowingView<Uint32Array>
  readonly #bytes: GrowingView<Uint8Array>
  #key = new Uint8Array(64)
  #keySizeBytes = 0

  constructor(offsets: SharedArrayBuffer, bytes: SharedArrayBuffer) {
    this.#offsets = uint32View(offsets)
    this.#bytes = byteView(bytes)
  }

  hashRow(seed: HashSeed, row: number): number {
    const { bytes, from, to } = this.span(row)
    return hashBytes(seed, bytes, from, to)
  }

  aim(seed: HashSeed, keys: PrimaryKeys, index: number): number {
    assert(keys.type === 'VarChar', 'keys are of the type of their field')
    const key = keys.values[index] ?? ''
    // A UTF-16 unit takes at most three bytes in UTF-8.
    if (this.#key.length < key.length * 3) this.#key = new Uint8Array(key.length * 3)
    this.#keySizeBytes = encoder.encodeInto(key, this.#key).written
    return hashBytes(seed, this.#key, 0, this.#keySizeBytes)
  }

  matches(row: number): boolean {
    const { bytes, from, to } = this.span(row)
    if (to - from !== this.#keySizeBytes) return false
    for (let index = 0; index < this.#keySizeBytes; index++) {
      if (bytes[from + index] !== this.#key[index]) return false
    }
    return true
  }

  /** Where the row's bytes lie. */
  span(row: number): { readonly bytes: Uint8Array; readonly from: number; readonly to: number } {
    const offsets = this.#offsets.atLeast(row + 2)
    const from = offsets[row] ?? 0
    const to = offsets[row + 1] ?? 0
    return { bytes: this.#bytes.atLeast(to), from, to }
  }

  keyAt(row: number): string {
    const { bytes, from, to } = this.span(row)
    return decoder.decode(bytes.subarray(from, to))
  }

  read(rows: Uint32Array): PrimaryKeys {
    return { type: 'VarChar', values: Array.from(rows, (row) => this.keyAt(row)) }
  }
}

const encoder = new TextEncoder()
// What is stored was checked on its way in; a byte order mark is part of the value.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
