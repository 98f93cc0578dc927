import { assert } from '../../base/assert.ts'
import type {
  ColumnValue,
  ComparePredicate,
  ComparisonOperator,
  ElementValue,
  JsonValue,
  Value,
} from '../plan.ts'
import type { Batch, Matcher } from './batch.ts'
import { arrayColumnAt, keepNotNull, scalarColumnAt } from './batch.ts'
import { jsonPathOf, visitJson } from './json-rows.ts'
import type { JsonText } from './json-scan.ts'
import { boolAt, kindAt, numberAt } from './json-scan.ts'
import { textAt } from './json-text.ts'
import { laneTypeOf, readLanes } from './lane-readers.ts'
import type { Mask } from './mask.ts'
import type { Slots } from './slots.ts'

/** Any value of a row, text as UTF-8. Undefined where there is none. */
type Scalar = number | bigint | boolean | Uint8Array | undefined

/** The values of a batch's known rows, of the others anything; takes null rows out of `known`. */
type ScalarReader = (batch: Batch, known: Mask) => readonly Scalar[]

/**
 * Compares values whose class shows only row by row: JSON with JSON or with a field; and texts with
 * texts. Unknown where the classes differ. It makes an object for nearly each row: the price of
 * generality, off the paths that filters usually take.
 */
export function matchScalars({ operator, left, right }: ComparePredicate, slots: Slots): Matcher {
  const readLeft = readScalars(left, slots)
  const readRight = readScalars(right, slots)
  return (batch, known, matches) => {
    const lefts = readLeft(batch, known)
    const rights = readRight(batch, known)
    for (let row = 0; row < batch.count; row++) {
      if (known.bytes[row] === 0) continue
      const outcome = compareScalars(operator, lefts[row], rights[row])
      if (outcome === undefined) known.bytes[row] = 0
      matches.bytes[row] = Number(outcome)
    }
  }
}

function compareScalars(
  operator: ComparisonOperator,
  left: Scalar,
  right: Scalar,
): boolean | undefined {
  if (typeof left === 'boolean' && typeof right === 'boolean') {
    return operator === '==' ? left === right : undefined
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return holds(operator, Buffer.compare(left, right), 0)
  }
  return isNumber(left) && isNumber(right) ? holds(operator, left, right) : undefined
}

function isNumber(value: Scalar): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** Numbers by value, whichever types they have. */
function holds(
  operator: ComparisonOperator,
  left: number | bigint,
  right: number | bigint,
): boolean {
  switch (operator) {
    case '==':
      return left <= right && left >= right
    case '<':
      return left < right
    case '<=':
      return left <= right
  }
}

function readScalars(value: Value, slots: Slots): ScalarReader {
  switch (value.kind) {
    case 'json':
      return readJson(value, slots)
    case 'column':
      return value.type === 'VarChar' ? readTexts(value, slots) : readNumbers(value, slots)
    case 'element':
      return value.type === 'VarChar' ? readTextElements(value, slots) : readNumbers(value, slots)
    case 'constant':
    case 'arrayLength':
    case 'arithmetic':
      return readNumbers(value, slots)
  }
}

/** Numbers and Bools, by way of lanes. */
function readNumbers(value: Value, slots: Slots): ScalarReader {
  const isInt64Constant = value.kind === 'constant' && value.type === 'Int64'
  const type = laneTypeOf(value) ?? (isInt64Constant ? 'Int64' : 'Double')
  const read = readLanes(value, type, slots)
  const isBool = 'type' in value && value.type === 'Bool'
  return (batch, known) => {
    const { int64s, doubles } = read(batch, known)
    if (type === 'Int64') return Array.from(int64s)
    return isBool ? Array.from(doubles, (number) => number === 1) : Array.from(doubles)
  }
}

function readTexts({ fieldId, type }: ColumnValue, slots: Slots): ScalarReader {
  const slot = slots.of(fieldId)
  return (batch, known) => {
    keepNotNull(known, batch, slot)
    const column = scalarColumnAt(batch, slot, type)
    assert(column.type === 'VarChar', 'text lies in a VarChar column')
    const { bytes, offsets } = column
    return Array.from({ length: batch.count }, (_, row) => {
      const at = batch.start + row
      return bytes.subarray(offsets[at], offsets[at + 1])
    })
  }
}

function readTextElements({ fieldId, type, index }: ElementValue, slots: Slots): ScalarReader {
  const slot = slots.of(fieldId)
  return (batch, known) => {
    keepNotNull(known, batch, slot)
    const { offsets, elements } = arrayColumnAt(batch, slot, type)
    assert(elements.type === 'VarChar', 'text lies in a VarChar column')
    return Array.from({ length: batch.count }, (_, row) => {
      const at = (offsets[batch.start + row] ?? 0) + index
      if (at >= (offsets[batch.start + row + 1] ?? 0)) return undefined
      return elements.bytes.subarray(elements.offsets[at], elements.offsets[at + 1])
    })
  }
}

function readJson(value: JsonValue, slots: Slots): ScalarReader {
  const path = jsonPathOf(value, slots)
  return (batch, known) => {
    const scalars: Scalar[] = Array.from({ length: batch.count })
    visitJson(batch, known, path, (text, at, row) => {
      const scalar = scalarAt(text, at)
      scalars[row] = scalar
      return scalar !== undefined
    })
    return scalars
  }
}

function scalarAt(text: JsonText, at: number): Scalar {
  switch (kindAt(text, at)) {
    case 'number': {
      const value = numberAt(text, at)
      return Number.isNaN(value) ? undefined : value
    }
    case 'bool':
      return boolAt(text, at)
    case 'text':
      return textAt(text, at)
    case 'array':
    case 'object':
    case 'null':
    case 'none':
      return undefined
  }
}
