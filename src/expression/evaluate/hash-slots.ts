/**
 * Open addressing: entry e is named, as e + 1, in the first free slot from its hash on.
 *
 * A filter comes from outside, and so may a list that is made to collide. When the entries clump
 * under one seed another is tried, and when they do under all, the caller searches a sorted list
 * instead: no list makes a look-up longer than `probeCountMax` or a binary search.
 */
export interface HashSlots {
  readonly seed: number
  /** A power of two, four times the entries at least: most look-ups end at their first slot. */
  readonly slots: Int32Array
}

const probeCountMax = 64
/** The first digits of π. */
export const seeds = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const

/** Places the entries that hash as `hash(entry, seed)`; undefined if they clump under all seeds. */
export function placeEntries(
  entryCount: number,
  hash: (entry: number, seed: number) => number,
): HashSlots | undefined {
  const slotCount = 2 ** Math.max(4, Math.ceil(Math.log2(4 * entryCount)))
  for (const seed of seeds) {
    const slots = new Int32Array(slotCount)
    let entry = 0
    while (entry < entryCount && place(slots, entry, hash(entry, seed))) entry += 1
    if (entry === entryCount) return { seed, slots }
  }
  return undefined
}

function place(slots: Int32Array, entry: number, hash: number): boolean {
  for (let probe = 0; probe < probeCountMax; probe++) {
    const slot = (hash + probe) & (slots.length - 1)
    if (slots[slot] === 0) {
      slots[slot] = entry + 1
      return true
    }
  }
  return false
}

/**
 * Spreads 32 bits over all of them: the finalizer of MurmurHash3 (Appleby, 2011). Signed, which V8
 * keeps in a register where an unsigned one may have to be boxed.
 */
export function mixBits(value: number): number {
  let mixed = value ^ (value >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
