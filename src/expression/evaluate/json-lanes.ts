import { int64Max, int64Min } from '../../base/int64.ts'
import type { JsonValue } from '../plan.ts'
import type { Lanes } from './batch.ts'
import { jsonPathOf, visitJson } from './json-rows.ts'
import type { JsonText } from './json-scan.ts'
import { boolAt, firstElement, kindAt, nextElement, numberAt } from './json-scan.ts'
import type { LaneReader, LaneType } from './lane-readers.ts'
import type { Slots } from './slots.ts'

/** Numbers at a path; in Int64 lanes only those that are whole and fit. */
export function readJsonLanes(value: JsonValue, type: LaneType, slots: Slots): LaneReader {
  return readJson(value, slots, type === 'Int64' ? storeInt64 : storeDouble)
}

/** Bools at a path, as 0 or 1. */
export function readJsonBools(value: JsonValue, slots: Slots): LaneReader {
  return readJson(value, slots, storeBool)
}

/** The lengths of arrays at a path. */
export function readJsonLength(value: JsonValue, slots: Slots): LaneReader {
  return readJson(value, slots, storeLength)
}

/** Stores what is at `at` in a row's lane; false if it is nothing of the kind. */
type Store = (lanes: Lanes, row: number, text: JsonText, at: number) => boolean

function readJson(value: JsonValue, slots: Slots, store: Store): LaneReader {
  const path = jsonPathOf(value, slots)
  return (batch, known) => {
    const lanes = batch.scratch.lanes()
    visitJson(batch, known, path, (text, at, row) => store(lanes, row, text, at))
    return lanes
  }
}

function storeDouble({ doubles }: Lanes, row: number, text: JsonText, at: number): boolean {
  if (kindAt(text, at) !== 'number') return false
  const value = Number(numberAt(text, at))
  doubles[row] = value
  return !Number.isNaN(value)
}

function storeInt64({ int64s }: Lanes, row: number, text: JsonText, at: number): boolean {
  if (kindAt(text, at) !== 'number') return false
  const number = numberAt(text, at)
  if (typeof number === 'number' && !Number.isInteger(number)) return false
  const value = BigInt(number)
  int64s[row] = value
  return value >= int64Min && value <= int64Max
}

function storeBool({ doubles }: Lanes, row: number, text: JsonText, at: number): boolean {
  if (kindAt(text, at) !== 'bool') return false
  doubles[row] = Number(boolAt(text, at))
  return true
}

function storeLength({ doubles }: Lanes, row: number, text: JsonText, at: number): boolean {
  if (kindAt(text, at) !== 'array') return false
  let length = 0
  for (let i = firstElement(text, at); i !== -1; i = nextElement(text, i)) length += 1
  doubles[row] = length
  return true
}
