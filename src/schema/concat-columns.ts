import { assert } from '../base/assert.ts'
import { concatBytes } from '../base/bytes.ts'
import {
  bytesOfValues,
  fixedWidthBytes,
  isFixedColumn,
  isVectorColumn,
  rowCountOf,
  slicePlainColumn,
  viewFixedColumn,
} from './fixed-column.ts'
import type { Column, PlainColumn, ScalarColumn } from './row-batch.ts'
import { hasValue, type Validity, validityOf } from './validity.ts'

/** The rows of the first, then those of the second, which is of the same type: a copy. */
export function concatColumns(first: Column, second: Column): Column {
  if (isVectorColumn(first)) {
    assert(isVectorColumn(second), 'columns of one field are of one type')
    return { ...first, bytes: concatBytes([first.bytes, second.bytes]) }
  }
  assert(!isVectorColumn(second), 'columns of one field are of one type')
  return { ...concatPlain(first, second), validity: concatValidity(first, second) }
}

function concatPlain(first: PlainColumn, second: PlainColumn): PlainColumn {
  if (first.type === 'Array') {
    assert(second.type === 'Array', 'columns of one field are of one type')
    const elements = concatScalars(ownElements(first), ownElements(second))
    return { type: 'Array', offsets: concatOffsets(first.offsets, second.offsets), elements }
  }
  if (first.type === 'JSON') {
    assert(second.type === 'JSON', 'columns of one field are of one type')
    return { type: 'JSON', ...concatSpans(first, second) }
  }
  assert(second.type !== 'Array' && second.type !== 'JSON', 'columns of one field are of one type')
  return concatScalars(first, second)
}

function concatScalars(first: ScalarColumn, second: ScalarColumn): ScalarColumn {
  if (first.type === 'VarChar') {
    assert(second.type === 'VarChar', 'columns of one field are of one type')
    return { type: 'VarChar', ...concatSpans(first, second) }
  }
  assert(
    isFixedColumn(second) && second.type === first.type,
    'columns of one field are of one type',
  )
  const bytes = Uint8Array.from(
    concatBytes([bytesOfValues(first.values), bytesOfValues(second.values)]),
  )
  return viewFixedColumn(first.type, bytes.buffer, bytes.length / fixedWidthBytes[first.type])
}

function ownElements({ offsets, elements }: Extract<PlainColumn, { type: 'Array' }>): ScalarColumn {
  const own = slicePlainColumn(elements, offsets[0] ?? 0, offsets.at(-1) ?? 0)
  assert(own.type !== 'Array' && own.type !== 'JSON', 'elements are plain values')
  return own
}

interface Spans {
  readonly offsets: Uint32Array
  readonly bytes: Uint8Array
}

function concatSpans(first: Spans, second: Spans): Spans {
  const ownBytes = ({ offsets, bytes }: Spans) => bytes.subarray(offsets[0], offsets.at(-1))
  return {
    offsets: concatOffsets(first.offsets, second.offsets),
    bytes: concatBytes([ownBytes(first), ownBytes(second)]),
  }
}

function concatOffsets(first: Uint32Array, second: Uint32Array): Uint32Array {
  const offsets = new Uint32Array(first.length + second.length - 1)
  const start = first[0] ?? 0
  const middle = (first.at(-1) ?? 0) - start
  for (const [row, offset] of first.entries()) offsets[row] = offset - start
  for (const [row, offset] of second.entries()) {
    offsets[first.length - 1 + row] = middle + offset - (second[0] ?? 0)
  }
  return offsets
}

function concatValidity(first: PlainColumn, second: PlainColumn): Validity | undefined {
  if (first.validity === undefined && second.validity === undefined) return undefined
  const firstCount = rowCountOf(first)
  return validityOf(firstCount + rowCountOf(second), (row) =>
    row < firstCount ? hasValue(first.validity, row) : hasValue(second.validity, row - firstCount),
  )
}
