import type { FixedWidthColumn } from '../schema/row-batch.ts'
import { radixSort } from './radix-sort.ts'

/**
 * Sorts entries, which are places in a column, by the values there; equal values keep their order.
 * NaN, which no comparison finds, comes last.
 */
export function sortByNumbers(column: FixedWidthColumn, entries: Uint32Array): void {
  switch (column.type) {
    case 'Int64': {
      const { buffer, byteOffset, length } = column.values
      const words = new Uint32Array(buffer, byteOffset, 2 * length)
      sortBy(entries, (entry) => words[2 * entry] ?? 0)
      sortBy(entries, (entry) => (words[2 * entry + 1] ?? 0) ^ signBit)
      return
    }
    case 'Double': {
      const words = orderedWords(column.values)
      sortBy(entries, (entry) => words[2 * entry] ?? 0)
      sortBy(entries, (entry) => words[2 * entry + 1] ?? 0)
      return
    }
    case 'Float': {
      const words = new Uint32Array(Float32Array.from(column.values, normal).buffer)
      sortBy(entries, (entry) => orderedHigh(words[entry] ?? 0))
      return
    }
    case 'Bool':
    case 'Int8':
    case 'Int16':
    case 'Int32': {
      const { values } = column
      sortBy(entries, (entry) => (values[entry] ?? 0) ^ signBit)
    }
  }
}

const signBit = 0x8000_0000

function sortBy(entries: Uint32Array, keyOf: (entry: number) => number): void {
  const keys = new Uint32Array(entries.length)
  for (let i = 0; i < entries.length; i++) keys[i] = keyOf(entries[i] ?? 0)
  radixSort(keys, entries)
}

/** Doubles as pairs of words, low one first, which are in the same order as the numbers. */
function orderedWords(values: Float64Array): Uint32Array {
  const words = new Uint32Array(Float64Array.from(values, normal).buffer)
  for (let low = 0; low < words.length; low += 2) {
    const high = words[low + 1] ?? 0
    if ((high & signBit) !== 0) words[low] = ~(words[low] ?? 0)
    words[low + 1] = orderedHigh(high)
  }
  return words
}

/** Turns a float's bits so that their order is the numbers': of negative ones all, else the sign. */
function orderedHigh(high: number): number {
  return (high & signBit) === 0 ? high ^ signBit : ~high
}

/** Zero without a sign, and NaN of one kind. */
function normal(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value + 0
}
