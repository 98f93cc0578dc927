import { assert } from '../base/assert.ts'

/** A run of bytes of a store's memory. */
export interface Region {
  readonly address: number
  readonly sizeBytes: number
}

export const regionAlignmentBytes = 64

export function alignRegion(bytes: number): number {
  return Math.ceil(bytes / regionAlignmentBytes) * regionAlignmentBytes
}

/**
 * What is allocated behind a sealed store's rows: first fit, kept in order of address. There are a
 * few at most, an index and the one that replaces it. Only the owner's thread has this.
 */
export class Regions {
  readonly #taken: Region[] = []

  /** Where so many bytes fit, from `start` on; nothing is taken yet. */
  find(start: number, sizeBytes: number): Region {
    let address = alignRegion(start)
    for (const region of this.#taken) {
      if (address + sizeBytes <= region.address) break
      address = Math.max(address, alignRegion(region.address + region.sizeBytes))
    }
    return { address, sizeBytes }
  }

  take(region: Region): void {
    const place = this.#taken.findIndex((taken) => taken.address > region.address)
    this.#taken.splice(place < 0 ? this.#taken.length : place, 0, region)
  }

  release(address: number): void {
    const place = this.#taken.findIndex((taken) => taken.address === address)
    assert(place >= 0, 'a region is released once, by the store that took it')
    this.#taken.splice(place, 1)
  }

  get sizeBytes(): number {
    return this.#taken.reduce((sum, region) => sum + region.sizeBytes, 0)
  }
}
