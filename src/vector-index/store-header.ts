import type { Attachment } from '../kernels/attachment.ts'
import { contentWordFirst } from '../kernels/attachment.ts'
import { pageSizeBytes } from '../kernels/web-assembly.ts'

/**
 * The facts of a store that all threads share, words of its memory's first page:
 *
 *     dimension | row stride | row capacity | row count | sealed | memory pages, most |
 *     element type
 *
 * `rowCount` is written after the rows, so a thread that reads it may read those. The others change
 * only while one thread fills the store.
 */
const words = {
  dimension: 0,
  rowStride: 1,
  rowCapacity: 2,
  rowCount: 3,
  isSealed: 4,
  pageCountMax: 5,
  elementType: 6,
} as const

export type StoreFact = keyof typeof words

export class StoreHeader {
  readonly #words: Uint32Array<SharedArrayBuffer>

  constructor(attachment: Attachment) {
    this.#words = attachment.words(pageSizeBytes)
  }

  get(fact: StoreFact): number {
    return Atomics.load(this.#words, contentWordFirst + words[fact])
  }

  set(fact: StoreFact, value: number): void {
    Atomics.store(this.#words, contentWordFirst + words[fact], value)
  }
}
