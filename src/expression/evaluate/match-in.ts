import { assert } from '../../base/assert.ts'
import type { ConstantList, InPredicate, JsonValue, Value } from '../plan.ts'
import type { Lanes, Matcher } from './batch.ts'
import { jsonPathOf, visitJson } from './json-rows.ts'
import { kindAt } from './json-scan.ts'
import { JsonTable } from './json-table.ts'
import { laneTypeOf, readLanes } from './lane-readers.ts'
import { LaneTable } from './lane-table.ts'
import { matchText } from './match-text.ts'
import type { Slots } from './slots.ts'
import { TextTable } from './text-tests.ts'

/** Is a row's value in the list? */
export function matchIn({ value, list }: InPredicate, slots: Slots): Matcher {
  switch (list.type) {
    case 'VarChar': {
      const table = new TextTable(list.values)
      return matchText(value, (bytes, start, end) => table.find(bytes, start, end) !== -1, slots)
    }
    case 'Mixed':
      assert(value.kind === 'json', 'only JSON is matched with a mixed list')
      return matchJson(value, new JsonTable(list.values), slots)
    case 'Bool':
    case 'Int64':
    case 'Double':
      return matchLanes(value, list, slots)
  }
}

function matchLanes(
  value: Value,
  list: Exclude<ConstantList, { type: 'VarChar' | 'Mixed' }>,
  slots: Slots,
): Matcher {
  const type = laneTypeOf(value) ?? 'Double'
  const read = readLanes(value, type, slots)
  if (type === 'Int64') {
    assert(list.type === 'Int64', 'an Int64 is matched with Int64s')
    const table = new LaneTable(list.values)
    return (batch, known, matches) => {
      table.match(read(batch, known).words, matches.bytes)
    }
  }
  // Constants that a Double does not hold exactly are far from all values of such lanes.
  const table = new LaneTable(Float64Array.from(list.values, Number))
  return (batch, known, matches) => {
    const lanes = read(batch, known)
    dropNegativeZeros(lanes, batch.count)
    table.match(lanes.words, matches.bytes)
  }
}

/** Zero has two patterns of bits, and tables compare bits. */
function dropNegativeZeros({ words }: Lanes, count: number): void {
  for (let i = 0; i < 2 * count; i += 2) {
    if (words[i + 1] === negativeZeroHigh && words[i] === 0) words[i + 1] = 0
  }
}

const negativeZeroHigh = -(2 ** 31)

function matchJson(value: JsonValue, table: JsonTable, slots: Slots): Matcher {
  const path = jsonPathOf(value, slots)
  return (batch, known, matches) => {
    visitJson(batch, known, path, (text, at, row) => {
      if (!table.compares(kindAt(text, at))) return false
      matches.bytes[row] = 0
      table.visitEntries(text, at, () => {
        matches.bytes[row] = 1
      })
      return true
    })
  }
}
