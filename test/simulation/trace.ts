const keptCount = 60

/**
 * What has happened: the newest events as text, and a hash over all of them. Two runs of a seed have
 * the same hash, or the simulation lets something in that the seed does not decide.
 */
export class Trace {
  readonly #kept: string[] = []
  #count = 0
  #hash = 0xcbf29ce4
  #otherHash = 0x84222325

  get count(): number {
    return this.#count
  }

  /** Of all events so far, in hexadecimal. */
  get hash(): string {
    const part = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')
    return part(this.#hash) + part(this.#otherHash)
  }

  add(atMs: number, who: string, what: string): void {
    const line = `${atMs.toFixed(3)} ${who}: ${what}`
    this.#kept[this.#count % keptCount] = line
    this.#count += 1
    this.#mix(line)
  }

  /** The newest events, oldest first. */
  last(): readonly string[] {
    const start = this.#count % keptCount
    return [...this.#kept.slice(start), ...this.#kept.slice(0, start)]
  }

  /** FNV-1a by Fowler, Noll and Vo, twice over with two odd multipliers, for 64 bits in all. */
  #mix(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      this.#hash = Math.imul(this.#hash ^ code, 0x01000193)
      this.#otherHash = Math.imul(this.#otherHash ^ code, 0x85ebca6b)
    }
  }
}
