import { assert } from '../../base/assert.ts'
import type { ScalarColumn } from '../column-source.ts'
import type { ArrayColumnValue, ConstantList, ContainsPredicate, JsonValue } from '../plan.ts'
import type { Matcher } from './batch.ts'
import { arrayColumnAt, keepNotNull } from './batch.ts'
import { jsonPathOf, visitJson } from './json-rows.ts'
import { firstElement, kindAt, nextElement } from './json-scan.ts'
import { JsonTable } from './json-table.ts'
import { LaneTable } from './lane-table.ts'
import type { Slots } from './slots.ts'
import { Tally } from './tally.ts'
import { TextTable } from './text-tests.ts'

/** Does a row's array hold any, or all, of the list? Unknown where there is no array. */
export function matchContains(predicate: ContainsPredicate, slots: Slots): Matcher {
  const { array, list } = predicate
  if (array.kind === 'array') return matchArray(array, predicate, slots)
  assert(list.type === 'Mixed', 'JSON is matched with a mixed list')
  return matchJson(array, new JsonTable(list.values), predicate, slots)
}

function matchArray(
  { fieldId, elementType }: ArrayColumnValue,
  { list, quantifier }: ContainsPredicate,
  slots: Slots,
): Matcher {
  const slot = slots.of(fieldId)
  const find = elementFinder(list)
  const entryCount = list.values.length
  const tally = new Tally(entryCount)
  const enough = quantifier === 'any' ? 1 : entryCount
  return (batch, known, matches) => {
    keepNotNull(known, batch, slot)
    const { offsets, elements } = arrayColumnAt(batch, slot, elementType)
    for (let row = 0; row < batch.count; row++) {
      if (known.bytes[row] === 0) continue
      tally.clear()
      const end = offsets[batch.start + row + 1] ?? 0
      for (let at = offsets[batch.start + row] ?? 0; at < end && tally.count < enough; at++) {
        const entry = find(elements, at)
        if (entry !== -1) tally.add(entry)
      }
      matches.bytes[row] = Number(tally.count >= enough)
    }
  }
}

function matchJson(
  array: JsonValue,
  table: JsonTable,
  { quantifier }: ContainsPredicate,
  slots: Slots,
): Matcher {
  const path = jsonPathOf(array, slots)
  const tally = new Tally(table.entryCount)
  const enough = quantifier === 'any' ? 1 : table.entryCount
  const add = (entry: number): void => tally.add(entry)
  return (batch, known, matches) => {
    visitJson(batch, known, path, (text, at, row) => {
      if (kindAt(text, at) !== 'array') return false
      tally.clear()
      let element = firstElement(text, at)
      while (element !== -1 && tally.count < enough) {
        table.visitEntries(text, element, add)
        element = nextElement(text, element)
      }
      matches.bytes[row] = Number(tally.count >= enough)
      return true
    })
  }
}

/** Which constant of the list an element is; -1: none. */
type ElementFinder = (elements: ScalarColumn, at: number) => number

function elementFinder(list: ConstantList): ElementFinder {
  assert(list.type !== 'Mixed', 'a field is matched with constants of its type')
  if (list.type === 'VarChar') return textFinder(new TextTable(list.values))
  const doubles = new LaneTable(Float64Array.from(list.values, Number))
  const int64s = new LaneTable(list.type === 'Int64' ? list.values : new BigInt64Array())
  return (elements, at) => {
    if (elements.type === 'Int64') return int64s.findInt64(elements.values[at] ?? 0n)
    assert(elements.type !== 'VarChar', 'numbers lie in columns of numbers')
    return doubles.findDouble(elements.values[at] ?? 0)
  }
}

function textFinder(table: TextTable): ElementFinder {
  return (elements, at) => {
    assert(elements.type === 'VarChar', 'text lies in a VarChar column')
    return table.find(elements.bytes, elements.offsets[at] ?? 0, elements.offsets[at + 1] ?? 0)
  }
}
