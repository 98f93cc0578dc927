import { assert } from '../../base/assert.ts'
import type { ScalarColumn } from '../column-source.ts'
import type {
  ArithmeticValue,
  ArrayLengthValue,
  ColumnValue,
  Constant,
  ElementValue,
  Value,
} from '../plan.ts'
import { computeDoubles, computeInt64s } from './arithmetic-kernels.ts'
import type { Batch, Lanes } from './batch.ts'
import { arrayColumnAt, keepNotNull, scalarColumnAt } from './batch.ts'
import { readJsonLanes, readJsonLength } from './json-lanes.ts'
import type { Mask } from './mask.ts'
import type { Slots } from './slots.ts'

/**
 * Computes a value for each row of a batch. `known` comes in with the rows that are asked for, of
 * the others anything may be in the lanes; it goes out without those that have no value. The lanes
 * are lent.
 */
export type LaneReader = (batch: Batch, known: Mask) => Lanes

/** How lanes hold a value. Bool is a Double of 0 or 1; the smaller integers fit one exactly. */
export type LaneType = 'Int64' | 'Double'

/** The type that a value's lanes have of themselves; undefined where either will do. */
export function laneTypeOf(value: Value): LaneType | undefined {
  switch (value.kind) {
    case 'constant':
    case 'json':
      return undefined
    case 'arrayLength':
      return 'Double'
    case 'arithmetic':
      return value.type
    case 'column':
    case 'element':
      return value.type === 'Int64' ? 'Int64' : 'Double'
  }
}

/** A reader of a number or a Bool in lanes of the given type. */
export function readLanes(value: Value, type: LaneType, slots: Slots): LaneReader {
  const reader = readValue(value, type, slots)
  const ownType = laneTypeOf(value)
  if (ownType === undefined || ownType === type) return reader
  return convert(reader, type === 'Int64' ? doublesToInt64s : int64sToDoubles)
}

function readValue(value: Value, type: LaneType, slots: Slots): LaneReader {
  switch (value.kind) {
    case 'constant':
      return readConstant(value, type)
    case 'json':
      return readJsonLanes(value, type, slots)
    case 'arrayLength':
      return readArrayLength(value, slots)
    case 'arithmetic':
      return readArithmetic(value, slots)
    case 'column':
      return readColumn(value, slots)
    case 'element':
      return readElement(value, slots)
  }
}

function readConstant({ value }: Constant, type: LaneType): LaneReader {
  assert(typeof value !== 'string', 'lanes hold no text')
  return ({ scratch }) => {
    const lanes = scratch.lanes()
    if (type === 'Int64') lanes.int64s.fill(BigInt(value))
    else lanes.doubles.fill(Number(value))
    return lanes
  }
}

function readColumn({ fieldId, type }: ColumnValue, slots: Slots): LaneReader {
  const slot = slots.of(fieldId)
  return (batch, known) => {
    keepNotNull(known, batch, slot)
    const lanes = batch.scratch.lanes()
    copyValues(scalarColumnAt(batch, slot, type), batch, lanes)
    return lanes
  }
}

/** The engine's own copy widens as it goes, at a quarter of a nanosecond a value. */
function copyValues(column: ScalarColumn, { start, count }: Batch, lanes: Lanes): void {
  assert(column.type !== 'VarChar', 'lanes hold no text')
  const end = start + count
  if (column.type === 'Int64') lanes.int64s.set(column.values.subarray(start, end))
  else lanes.doubles.set(column.values.subarray(start, end))
}

function readElement({ fieldId, type, index }: ElementValue, slots: Slots): LaneReader {
  const slot = slots.of(fieldId)
  return (batch, known) => {
    keepNotNull(known, batch, slot)
    const { offsets, elements } = arrayColumnAt(batch, slot, type)
    assert(elements.type !== 'VarChar', 'lanes hold no text')
    const lanes = batch.scratch.lanes()
    for (let row = 0; row < batch.count; row++) {
      const at = (offsets[batch.start + row] ?? 0) + index
      if (at >= (offsets[batch.start + row + 1] ?? 0)) known.bytes[row] = 0
      else if (elements.type === 'Int64') lanes.int64s[row] = elements.values[at] ?? 0n
      else lanes.doubles[row] = elements.values[at] ?? 0
    }
    return lanes
  }
}

function readArrayLength({ array }: ArrayLengthValue, slots: Slots): LaneReader {
  if (array.kind === 'json') return readJsonLength(array, slots)
  const slot = slots.of(array.fieldId)
  return (batch, known) => {
    keepNotNull(known, batch, slot)
    const { offsets } = arrayColumnAt(batch, slot, array.elementType)
    const lanes = batch.scratch.lanes()
    for (let row = 0; row < batch.count; row++) {
      const at = batch.start + row
      lanes.doubles[row] = (offsets[at + 1] ?? 0) - (offsets[at] ?? 0)
    }
    return lanes
  }
}

/** Computes in the left operand's lanes. */
function readArithmetic(value: ArithmeticValue, slots: Slots): LaneReader {
  const readLeft = readLanes(value.left, value.type, slots)
  const readRight = readLanes(value.right, value.type, slots)
  return (batch, known) => {
    const left = readLeft(batch, known)
    const { scratch } = batch
    const mark = scratch.mark()
    const right = readRight(batch, known)
    if (value.type === 'Int64') {
      computeInt64s(value.operator, left.int64s, right.int64s, known.bytes)
    } else {
      computeDoubles(value.operator, left.doubles, right.doubles, known.bytes)
    }
    scratch.reset(mark)
    return left
  }
}

function convert(read: LaneReader, change: (lanes: Lanes, count: number) => void): LaneReader {
  return (batch, known) => {
    const lanes = read(batch, known)
    change(lanes, batch.count)
    return lanes
  }
}

/** For whole numbers of up to 32 bits, in place: `BigInt(number)` would take thirty times as long. */
function doublesToInt64s({ doubles, words }: Lanes, count: number): void {
  for (let i = 0; i < count; i++) {
    const value = doubles[i] ?? 0
    words[2 * i] = value | 0
    words[2 * i + 1] = value < 0 ? -1 : 0
  }
}

/** Rounded once, as every conversion to Double is: the high word's share is exact. */
function int64sToDoubles({ doubles, words }: Lanes, count: number): void {
  for (let i = 0; i < count; i++) {
    doubles[i] = (words[2 * i + 1] ?? 0) * 2 ** 32 + ((words[2 * i] ?? 0) >>> 0)
  }
}
