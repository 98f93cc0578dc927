import { mib } from '../base/units.ts'
import { CompiledFilter } from './compiled-filter.ts'
import { decodeFilter, type EncodedFilter } from './filter-code.ts'

/** Filters kept at once, each with a bit for each row that it was asked about. */
const filterCountMax = 16
const sizeBytesMax = 32 * mib

/** The filters that this thread has used last, compiled. */
export class FilterCache {
  /** The one used last comes last. */
  #entries: Entry[] = []

  /** The bytes may be anywhere and change once this returns: what is kept is a copy. */
  compiled(bytes: EncodedFilter): CompiledFilter {
    // A few lengths, and one pass over the bytes, are cheaper than any hash of them.
    const known = this.#entries.find((entry) => Buffer.compare(entry.bytes, bytes) === 0)
    const entry = known ?? compile(bytes)
    const others = this.#entries.filter((other) => other !== entry)
    this.#entries = [...others, entry]
    while (this.#entries.length > filterCountMax || this.#isTooLarge()) this.#entries.shift()
    return entry.filter
  }

  /** One may be larger than what is kept otherwise. */
  #isTooLarge(): boolean {
    const sizeBytes = this.#entries.reduce((sum, { bytes }) => sum + bytes.length, 0)
    return this.#entries.length > 1 && sizeBytes > sizeBytesMax
  }
}

interface Entry {
  readonly bytes: Uint8Array
  readonly filter: CompiledFilter
}

function compile(shared: EncodedFilter): Entry {
  const bytes = new Uint8Array(shared)
  return { bytes, filter: new CompiledFilter(decodeFilter(bytes)) }
}
