import { assert, present } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import { findPath, valueEnd } from '../../expression/evaluate/json-scan.ts'
import type { ArrayField } from '../../schema/collection-schema.ts'
import { concatColumns } from '../../schema/concat-columns.ts'
import type { ArrayColumn, Column, JsonColumn, ScalarColumn } from '../../schema/row-batch.ts'
import { takeFromColumn } from '../../schema/take-rows.ts'
import { hasValue } from '../../schema/validity.ts'

/** What an update does with an Array instead of replacing it. */
export type ArrayOperation = 'append' | 'remove'

/**
 * Each row's object with the members of the second put over those of the first. What is kept is kept
 * byte for byte: a number of many digits stays what it is.
 */
export function mergeObjects(current: JsonColumn, given: JsonColumn): JsonColumn {
  const offsets = new Uint32Array(given.offsets.length)
  const parts: Buffer[] = []
  for (let row = 0; row + 1 < offsets.length; row += 1) {
    const members = new Map([...membersOf(current, row), ...membersOf(given, row)])
    const texts = Array.from(members, ([key, value]) => `${JSON.stringify(key)}:${value}`)
    const object = Buffer.from(`{${texts.join(',')}}`, 'utf8')
    parts.push(object)
    offsets[row + 1] = (offsets[row] ?? 0) + object.length
  }
  return { type: 'JSON', offsets, bytes: Buffer.concat(parts) }
}

/** The keys of a row's object and the texts of their values. */
function membersOf({ offsets, bytes }: JsonColumn, row: number): readonly [string, string][] {
  const from = offsets[row] ?? 0
  const end = offsets[row + 1] ?? 0
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const object: unknown = from === end ? {} : JSON.parse(buffer.toString('utf8', from, end))
  assert(typeof object === 'object' && object !== null, 'the dynamic field holds objects')
  const text = { bytes, end }
  return Object.keys(object).map((key) => {
    const at = findPath(text, from, [Buffer.from(key, 'utf8')])
    return [key, buffer.toString('utf8', at, valueEnd(text, at))]
  })
}

/**
 * Each row's array with the elements of the second behind it, or without those of the second.
 * INVALID_ARGUMENT when it comes to hold more than the field takes.
 */
export function mergeArrays(
  field: ArrayField,
  operation: ArrayOperation,
  current: Column,
  given: Column,
): Column {
  assert(current.type === 'Array' && given.type === 'Array', 'arrays are merged with arrays')
  const both = concatColumns(current, { ...given, validity: undefined })
  assert(both.type === 'Array', 'arrays and arrays are arrays')
  const rowCount = given.offsets.length - 1
  const keyOf = elementKeys(both.elements)
  const offsets = new Uint32Array(rowCount + 1)
  const places: number[] = []
  for (let row = 0; row < rowCount; row += 1) {
    const own = hasValue(current.validity, row) ? elementsAt(both, row) : []
    const others = elementsAt(both, rowCount + row)
    if (operation === 'append') places.push(...own, ...others)
    else {
      const removed = new Set(others.map(keyOf))
      places.push(...own.filter((place) => !removed.has(keyOf(place))))
    }
    offsets[row + 1] = places.length
    const length = places.length - (offsets[row] ?? 0)
    if (length > field.capacityMax) throw tooLong(field, row, length)
  }
  const elements = takeFromColumn(both.elements, Uint32Array.from(places))
  assert('values' in elements || elements.type === 'VarChar', 'elements are plain values')
  return { type: 'Array', offsets, elements }
}

function elementsAt({ offsets }: ArrayColumn, row: number): readonly number[] {
  const from = offsets[row] ?? 0
  return Array.from({ length: (offsets[row + 1] ?? 0) - from }, (_, index) => from + index)
}

function elementKeys(column: ScalarColumn): (place: number) => bigint | number | string {
  if (column.type !== 'VarChar') {
    const { values } = column
    return (place) => present(values[place], 'an element is there')
  }
  const { offsets, bytes } = column
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return (place) => buffer.toString('latin1', offsets[place], offsets[place + 1])
}

function tooLong({ name, capacityMax }: ArrayField, row: number, length: number): ElanusError {
  return new ElanusError(
    'INVALID_ARGUMENT',
    `the length (${length}) of ${row}th array exceeds max capacity (${capacityMax}), field: ${name}`,
  )
}
