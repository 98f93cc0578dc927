const digitBits = 11
const bucketCount = 2 ** digitBits
const digitShifts = [0, digitBits, 2 * digitBits] as const

/**
 * Sorts entries by a 32-bit key, stably, by eleven bits at a time from the lowest (Knuth, "The art of
 * computer programming", volume 3, algorithm 5.2.5R). `keys[i]` is the key of `entries[i]`; both are
 * sorted in place. Digits that are the same in all keys cost one look.
 */
export function radixSort(keys: Uint32Array, entries: Uint32Array): void {
  let from: Pairs = { keys, entries }
  let to: Pairs = { keys: new Uint32Array(keys.length), entries: new Uint32Array(keys.length) }
  for (const shift of digitShifts) {
    const starts = startsOf(from.keys, shift)
    if (starts === undefined) continue
    scatter(from, to, { starts, shift })
    ;[from, to] = [to, from]
  }
  if (from.keys === keys) return
  keys.set(from.keys)
  entries.set(from.entries)
}

interface Pairs {
  readonly keys: Uint32Array
  readonly entries: Uint32Array
}

/** Where each digit's entries begin; undefined when all have the same digit. */
function startsOf(keys: Uint32Array, shift: number): Uint32Array | undefined {
  const starts = new Uint32Array(bucketCount)
  for (let i = 0; i < keys.length; i++) {
    const digit = ((keys[i] ?? 0) >>> shift) & (bucketCount - 1)
    starts[digit] = (starts[digit] ?? 0) + 1
  }
  const firstDigit = ((keys[0] ?? 0) >>> shift) & (bucketCount - 1)
  if (starts[firstDigit] === keys.length) return undefined
  let next = 0
  for (let digit = 0; digit < bucketCount; digit++) {
    const count = starts[digit] ?? 0
    starts[digit] = next
    next += count
  }
  return starts
}

function scatter(
  from: Pairs,
  to: Pairs,
  { starts, shift }: { readonly starts: Uint32Array; readonly shift: number },
): void {
  for (let i = 0; i < from.keys.length; i++) {
    const key = from.keys[i] ?? 0
    const digit = (key >>> shift) & (bucketCount - 1)
    const at = starts[digit] ?? 0
    starts[digit] = at + 1
    to.keys[at] = key
    to.entries[at] = from.entries[i] ?? 0
  }
}
