import type { VarCharColumn } from '../schema/row-batch.ts'
import { radixSort } from './radix-sort.ts'

/** Runs this short are sorted by comparing. */
const comparedCountMax = 128
const stepBytes = 8

/** Entries that are equal up to a byte. */
interface Run {
  readonly from: number
  readonly to: number
  readonly depth: number
}

/**
 * Sorts entries, which are places in a column, by the bytes of the texts there; equal texts keep
 * their order. Eight bytes at a time, from the first on: what is equal so far makes a run, which is
 * sorted by its next eight bytes (Knuth, "The art of computer programming", volume 3, section 5.2.5).
 * A text that has ended counts as zeros, so runs that end by that are put in order by their lengths.
 *
 * The runs wait in a list and not on the stack: a text of some ten thousand bytes makes thousands.
 */
export function sortByTexts(column: VarCharColumn, entries: Uint32Array): void {
  const waiting: Run[] = [{ from: 0, to: entries.length, depth: 0 }]
  for (let run = waiting.pop(); run !== undefined; run = waiting.pop()) {
    const part = entries.subarray(run.from, run.to)
    const rest = lengthsOf(column, part)
    if (rest.lengthMax <= run.depth) {
      if (rest.lengthMin < rest.lengthMax) sortBy(part, (entry) => lengthOf(column, entry))
    } else if (part.length <= comparedCountMax) {
      sortByComparing(column, part, run.depth)
    } else {
      sortByNextBytes(column, part, run.depth)
      addRuns(waiting, column, entries, run)
    }
  }
}

function sortByNextBytes(column: VarCharColumn, entries: Uint32Array, depth: number): void {
  sortBy(entries, (entry) => wordAt(column, entry, depth + 4))
  sortBy(entries, (entry) => wordAt(column, entry, depth))
}

function sortBy(entries: Uint32Array, keyOf: (entry: number) => number): void {
  const keys = new Uint32Array(entries.length)
  for (let i = 0; i < entries.length; i++) keys[i] = keyOf(entries[i] ?? 0)
  radixSort(keys, entries)
}

function addRuns(waiting: Run[], column: VarCharColumn, entries: Uint32Array, run: Run): void {
  const depth = run.depth + stepBytes
  let from = run.from
  for (let at = run.from + 1; at <= run.to; at++) {
    if (at < run.to && isEqualAt(column, entries[from] ?? 0, entries[at] ?? 0, run.depth)) continue
    if (at - from > 1) waiting.push({ from, to: at, depth })
    from = at
  }
}

function isEqualAt(column: VarCharColumn, one: number, other: number, depth: number): boolean {
  return (
    wordAt(column, one, depth) === wordAt(column, other, depth) &&
    wordAt(column, one, depth + 4) === wordAt(column, other, depth + 4)
  )
}

/** Four bytes of a text as a number, the first one highest. */
function wordAt({ offsets, bytes }: VarCharColumn, entry: number, depth: number): number {
  const from = (offsets[entry] ?? 0) + depth
  const count = (offsets[entry + 1] ?? 0) - from
  if (count <= 0) return 0
  let word = (bytes[from] ?? 0) << 24
  if (count > 1) word |= (bytes[from + 1] ?? 0) << 16
  if (count > 2) word |= (bytes[from + 2] ?? 0) << 8
  if (count > 3) word |= bytes[from + 3] ?? 0
  return word >>> 0
}

function sortByComparing(column: VarCharColumn, entries: Uint32Array, depth: number): void {
  entries.sort((one, other) => compareTexts(column, one, other, depth) || one - other)
}

/** Up to `depth` they are known to be equal. */
function compareTexts(
  { offsets, bytes }: VarCharColumn,
  one: number,
  other: number,
  depth: number,
): number {
  const start = offsets[one] ?? 0
  const otherStart = offsets[other] ?? 0
  const length = (offsets[one + 1] ?? 0) - start
  const otherLength = (offsets[other + 1] ?? 0) - otherStart
  const shared = Math.min(length, otherLength)
  for (let at = depth; at < shared; at++) {
    const difference = (bytes[start + at] ?? 0) - (bytes[otherStart + at] ?? 0)
    if (difference !== 0) return difference
  }
  return length - otherLength
}

function lengthOf({ offsets }: VarCharColumn, entry: number): number {
  return (offsets[entry + 1] ?? 0) - (offsets[entry] ?? 0)
}

function lengthsOf(
  column: VarCharColumn,
  entries: Uint32Array,
): { readonly lengthMin: number; readonly lengthMax: number } {
  let lengthMin = Number.POSITIVE_INFINITY
  let lengthMax = 0
  for (const entry of entries) {
    const length = lengthOf(column, entry)
    lengthMin = Math.min(lengthMin, length)
    lengthMax = Math.max(lengthMax, length)
  }
  return { lengthMin, lengthMax }
}
