import { assert } from '../base/assert.ts'
import type { FieldId } from '../base/int64.ts'
import { rowCountOf } from '../schema/fixed-column.ts'
import type {
  ArrayColumn,
  JsonColumn,
  PlainColumn,
  ScalarColumn,
  VarCharColumn,
} from '../schema/row-batch.ts'
import { type JsonPlace, jsonValuesOf } from './json-values.ts'
import type { ScalarIndexHandle } from './scalar-index-handle.ts'
import { allocate } from './shared-memory.ts'
import { sortByNumbers } from './sort-numbers.ts'
import { sortByTexts } from './sort-texts.ts'

/** Bitsets of the first rows in order: each costs a bit a row, and saves bits to be set one by one. */
const checkpointCountMax = 32

/** What is put in order: a field's values, or those at a path in a JSON field. */
export interface ScalarIndexTarget {
  readonly fieldId: FieldId
  readonly json?: JsonPlace | undefined
}

/**
 * Orders the rows of a column by their values and marks where bitsets are worth while. Takes 4 bytes
 * a value, 4 more for elements of an Array, and up to 4 bytes a row for bitsets; of JSON also the
 * values themselves. Throws MEMORY_LIMIT_EXCEEDED. Undefined for JSON without a path, which has no
 * order.
 */
export function buildScalarIndex(
  { fieldId, json }: ScalarIndexTarget,
  column: PlainColumn,
): ScalarIndexHandle | undefined {
  if (column.type !== 'JSON') return { fieldId, json: undefined, ...orderOf(column) }
  if (json === undefined) return undefined
  const values = jsonValuesOf(column, json)
  return { fieldId, json: { path: json.path, values }, ...orderOf(values) }
}

function orderOf(column: Exclude<PlainColumn, JsonColumn>) {
  const rowCount = rowCountOf(column)
  const values = column.type === 'Array' ? column.elements : column
  const places = column.type === 'Array' ? placesOfElements(column) : placesOfRows(column)
  sortByValues(values, places)
  const entries = column.type === 'Array' ? distinct(column, places) : { places, rows: places }
  const { rows } = entries
  const isEqual = equalityOf(values)
  const isRepeated = (at: number): boolean =>
    isEqual(entries.places[at - 1] ?? 0, entries.places[at] ?? 0)
  // An array is in the list once for each value, and so on both sides of a position.
  const positions =
    column.type === 'Array' ? new Uint32Array() : checkpointsOf(rows.length, isRepeated)
  return {
    rowCount,
    entryCount: rows.length,
    rows: share(rows),
    elements: column.type === 'Array' ? share(entries.places) : undefined,
    positions: share(positions),
    checkpoints: bitsetsOf(rows, positions, rowCount),
  }
}

function sortByValues(values: ScalarColumn, places: Uint32Array): void {
  if (places.length === 0) return
  if (values.type === 'VarChar') sortByTexts(values, places)
  else sortByNumbers(values, places)
}

/** Rows that have a value. */
function placesOfRows(column: Exclude<PlainColumn, ArrayColumn>): Uint32Array {
  const rowCount = rowCountOf(column)
  const places = new Uint32Array(rowCount)
  let count = 0
  for (let row = 0; row < rowCount; row++) {
    if (!isValid(column, row)) continue
    places[count] = row
    count += 1
  }
  return places.subarray(0, count)
}

function placesOfElements(column: ArrayColumn & PlainColumn): Uint32Array {
  const { offsets } = column
  const rowCount = offsets.length - 1
  const places = new Uint32Array((offsets[rowCount] ?? 0) - (offsets[0] ?? 0))
  let count = 0
  for (let row = 0; row < rowCount; row++) {
    if (!isValid(column, row)) continue
    for (let place = offsets[row] ?? 0; place < (offsets[row + 1] ?? 0); place++) {
      places[count] = place
      count += 1
    }
  }
  return places.subarray(0, count)
}

function isValid({ validity }: PlainColumn, row: number): boolean {
  return validity === undefined || (((validity[row >> 3] ?? 0) >> (row & 7)) & 1) === 1
}

interface Entries {
  readonly places: Uint32Array
  readonly rows: Uint32Array
}

/** A value that an array has several times is one entry, so that entries count rows. */
function distinct(column: ArrayColumn, sorted: Uint32Array): Entries {
  const rowOf = rowsOfElements(column)
  const isEqual = equalityOf(column.elements)
  const places = new Uint32Array(sorted.length)
  const rows = new Uint32Array(sorted.length)
  let count = 0
  for (const place of sorted) {
    const row = rowOf[place] ?? 0
    const isRepeated =
      count > 0 && rows[count - 1] === row && isEqual(places[count - 1] ?? 0, place)
    if (isRepeated) continue
    places[count] = place
    rows[count] = row
    count += 1
  }
  return { places: places.slice(0, count), rows: rows.slice(0, count) }
}

function rowsOfElements({ offsets }: ArrayColumn): Uint32Array {
  const rowCount = offsets.length - 1
  const rows = new Uint32Array(offsets[rowCount] ?? 0)
  for (let row = 0; row < rowCount; row++) rows.fill(row, offsets[row], offsets[row + 1])
  return rows
}

function equalityOf(values: ScalarColumn): (one: number, other: number) => boolean {
  if (values.type === 'VarChar') return (one, other) => isEqualText(values, one, other)
  const numbers = values.values
  return (one, other) => numbers[one] === numbers[other]
}

function isEqualText({ offsets, bytes }: VarCharColumn, one: number, other: number): boolean {
  const start = offsets[one] ?? 0
  const length = (offsets[one + 1] ?? 0) - start
  const otherStart = offsets[other] ?? 0
  if ((offsets[other + 1] ?? 0) - otherStart !== length) return false
  for (let at = length - 1; at >= 0; at--) {
    if (bytes[start + at] !== bytes[otherStart + at]) return false
  }
  return true
}

/**
 * Evenly spread positions, each moved to the nearest end of a run of equal values, since that is where
 * ranges begin and end; so a field of few values gets a bitset for each value, however often it comes,
 * and none that is never used. What is found of a range is then the difference of two bitsets and the
 * rows between them and its ends. (Chan and Ioannidis, "Bitmap index design and evaluation", 1998,
 * call it range encoding.) The last position is the end, so it is the bitset of all rows with a value.
 */
function checkpointsOf(count: number, isRepeated: (at: number) => boolean): Uint32Array {
  if (count === 0) return new Uint32Array()
  const spacing = Math.ceil(count / checkpointCountMax)
  const positions = new Set([count])
  for (let even = spacing; even < count; even += spacing) {
    const edge = edgeNear(even, spacing >> 1, isRepeated)
    if (edge > 0 && edge < count) positions.add(edge)
  }
  return Uint32Array.from(positions).sort()
}

/** The nearest place within reach where another value begins; 0 when there is none. */
function edgeNear(place: number, reach: number, isRepeated: (at: number) => boolean): number {
  for (let step = 0; step <= reach; step++) {
    if (!isRepeated(place - step)) return place - step
    if (!isRepeated(place + step)) return place + step
  }
  return 0
}

function bitsetsOf(rows: Uint32Array, positions: Uint32Array, rowCount: number): SharedArrayBuffer {
  const wordCount = Math.ceil(rowCount / 32)
  const buffer = allocate(positions.length * wordCount * Uint32Array.BYTES_PER_ELEMENT)
  const words = new Uint32Array(wordCount)
  let done = 0
  for (const [checkpoint, position] of positions.entries()) {
    for (; done < position; done++) {
      const row = rows[done] ?? 0
      words[row >> 5] = (words[row >> 5] ?? 0) | (1 << (row & 31))
    }
    new Uint32Array(buffer).set(words, checkpoint * wordCount)
  }
  assert(
    positions.length === 0 || done === rows.length,
    'the last checkpoint holds every row with a value',
  )
  return buffer
}

function share(values: Uint32Array): SharedArrayBuffer {
  const buffer = allocate(values.byteLength)
  new Uint32Array(buffer).set(values)
  return buffer
}
