/** Counts which entries of a list were met in a row, each once. */
export class Tally {
  /** For each entry the last row, by its serial number, in which it was met. */
  readonly #met: Uint32Array
  #row = 0
  #count = 0

  constructor(entryCount: number) {
    this.#met = new Uint32Array(entryCount)
  }

  /** How many entries were met since the last `clear`. */
  get count(): number {
    return this.#count
  }

  add(entry: number): void {
    if (this.#met[entry] === this.#row) return
    this.#met[entry] = this.#row
    this.#count += 1
  }

  /** Begins a row. Not by filling, which would cost each row as much as the list is long. */
  clear(): void {
    this.#count = 0
    this.#row += 1
    if (this.#row <= rowMax) return
    this.#met.fill(0)
    this.#row = 1
  }
}

const rowMax = 2 ** 32 - 1
