import { assert } from '../../base/assert.ts'
import { isVectorColumn } from '../../schema/fixed-column.ts'
import { takeFromColumn } from '../../schema/take-rows.ts'
import type { FilterColumn } from '../column-source.ts'
import type { Scratch, Step } from './batch.ts'
import { batchRowCount, fillMask, type Mask, packMask } from './mask.ts'
import { bytesOfRows, hasRows, type RowWords, unpackMask } from './row-words.ts'

/** What rows are asked with: a step, and where it works. */
export interface Inquiry {
  readonly step: Step
  readonly columns: readonly FilterColumn[]
  readonly rowCount: number
  readonly scratch: Scratch
  readonly mask: Mask
}

/** Makes `rows` those that pass. */
export function askEveryRow(rows: RowWords, inquiry: Inquiry): void {
  const { step, columns, rowCount, scratch, mask } = inquiry
  const bits = bytesOfRows(rows, rowCount)
  for (let start = 0; start < rowCount; start += batchRowCount) {
    const count = Math.min(batchRowCount, rowCount - start)
    fillMask(mask, count)
    step({ columns, start, count, scratch }, mask)
    packMask(mask, bits, start)
  }
}

/** Keeps of `rows` those that pass; batches without any are passed over. */
export function askBatches(rows: RowWords, inquiry: Inquiry): void {
  const { step, columns, rowCount, scratch, mask } = inquiry
  const bits = bytesOfRows(rows, rowCount)
  for (let start = 0; start < rowCount; start += batchRowCount) {
    const count = Math.min(batchRowCount, rowCount - start)
    if (!hasRows(rows, start, count)) continue
    unpackMask(mask, rows, start)
    step({ columns, start, count, scratch }, mask)
    packMask(mask, bits, start)
  }
}

/**
 * Keeps of `rows` those that pass, where they are few and far between: their values are put together
 * first, for a batch costs the same with one row in it as with all.
 */
export function askScatteredRows(rows: RowWords, inquiry: Inquiry): void {
  const { step, columns, scratch, mask } = inquiry
  for (const places of placesIn(rows)) {
    const taken = columns.map((column) => takePlain(column, places))
    fillMask(mask, places.length)
    step({ columns: taken, start: 0, count: places.length, scratch }, mask)
    for (const [at, row] of places.entries()) {
      if (mask.bytes[at] === 0) rows[row >> 5] = (rows[row >> 5] ?? 0) & ~(1 << (row & 31))
    }
  }
}

/** The rows in order, as many at a time as a batch holds. */
function* placesIn(rows: RowWords): Generator<Uint32Array> {
  const places = new Uint32Array(batchRowCount)
  let count = 0
  for (let word = 0; word < rows.length; word++) {
    for (let left = rows[word] ?? 0; left !== 0; left &= left - 1) {
      places[count] = word * 32 + 31 - Math.clz32(left & -left)
      count += 1
      if (count < batchRowCount) continue
      yield places
      count = 0
    }
  }
  if (count > 0) yield places.subarray(0, count)
}

function takePlain(column: FilterColumn, places: Uint32Array): FilterColumn {
  const taken = takeFromColumn(column, places)
  assert(!isVectorColumn(taken), 'rows are taken from a column as what it is')
  return taken
}
