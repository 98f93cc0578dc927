import type { ComparePredicate, ComparisonOperator, Value } from '../plan.ts'
import type { Matcher } from './batch.ts'
import type { MixedOutcomes } from './comparison-kernels.ts'
import { compareDoubles, compareInt64s, compareMixed } from './comparison-kernels.ts'
import { readJsonBools } from './json-lanes.ts'
import type { LaneReader } from './lane-readers.ts'
import { laneTypeOf, readLanes } from './lane-readers.ts'
import { matchScalars } from './match-scalars.ts'
import { matchText } from './match-text.ts'
import type { Slots } from './slots.ts'
import { above, below } from './text-tests.ts'

/** Compares two values of which at most one is constant. */
export function matchCompare(predicate: ComparePredicate, slots: Slots): Matcher {
  const { operator, left, right } = predicate
  if (right.kind === 'constant' && right.type === 'VarChar') {
    return matchText(left, below(operator, right.value), slots)
  }
  if (left.kind === 'constant' && left.type === 'VarChar') {
    return matchText(right, above(operator, left.value), slots)
  }
  if (needsScalars(left, right) || needsScalars(right, left)) {
    return matchScalars(predicate, slots)
  }
  return matchLanes(predicate, slots)
}

/**
 * Two texts, or JSON beside what is not constant, or beside a constant that a Double does not hold:
 * these are compared row by row, as whatever each row has.
 */
function needsScalars(value: Value, other: Value): boolean {
  if (value.kind === 'column' || value.kind === 'element') return value.type === 'VarChar'
  if (value.kind !== 'json') return false
  return other.kind !== 'constant' || !isExactDouble(Number(other.value))
}

function isExactDouble(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value)
}

function matchLanes(sides: ComparePredicate, slots: Slots): Matcher {
  const { left, right } = sides
  const [leftType, rightType] = [laneTypeOf(left), laneTypeOf(right)]
  if (leftType === undefined || rightType === undefined || leftType === rightType) {
    return (leftType ?? rightType) === 'Int64'
      ? matchInt64s(sides, slots)
      : matchDoubles(sides, slots)
  }
  const isConvertible = isSmallInteger(leftType === 'Int64' ? right : left)
  return isConvertible ? matchInt64s(sides, slots) : matchMixed(sides, slots)
}

function matchInt64s({ operator, left, right }: ComparePredicate, slots: Slots): Matcher {
  const readLeft = readLanes(left, 'Int64', slots)
  const readRight = readLanes(right, 'Int64', slots)
  return (batch, known, matches) => {
    const { int64s } = readLeft(batch, known)
    compareInt64s(operator, int64s, readRight(batch, known).int64s, matches.bytes)
  }
}

function matchDoubles({ operator, left, right }: ComparePredicate, slots: Slots): Matcher {
  const readLeft = readSide(left, right, slots)
  const readRight = readSide(right, left, slots)
  return (batch, known, matches) => {
    const { doubles } = readLeft(batch, known)
    compareDoubles(operator, doubles, readRight(batch, known).doubles, matches.bytes)
  }
}

/** JSON beside a Bool is read as Bool, beside anything else here as a number. */
function readSide(value: Value, other: Value, slots: Slots): LaneReader {
  const isBool = value.kind === 'json' && other.kind === 'constant' && other.type === 'Bool'
  return isBool ? readJsonBools(value, slots) : readLanes(value, 'Double', slots)
}

/** An Int64 beside a Double that may be a fraction: by value. */
function matchMixed({ operator, left, right }: ComparePredicate, slots: Slots): Matcher {
  const isInt64Left = laneTypeOf(left) === 'Int64'
  const readInt64 = readLanes(isInt64Left ? left : right, 'Int64', slots)
  const readDouble = readLanes(isInt64Left ? right : left, 'Double', slots)
  const outcomes = mixedOutcomes(operator, isInt64Left)
  return (batch, known, matches) => {
    const { int64s } = readInt64(batch, known)
    const { doubles } = readDouble(batch, known)
    compareMixed(int64s, doubles, outcomes, matches.bytes)
  }
}

function mixedOutcomes(operator: ComparisonOperator, isInt64Left: boolean): MixedOutcomes {
  const equal = Number(operator !== '<')
  const ordered = Number(operator !== '==')
  return { equal, less: isInt64Left ? ordered : 0, greater: isInt64Left ? 0 : ordered }
}

/** Is it of a type whose every value is a whole number of up to 32 bits? */
function isSmallInteger(value: Value): boolean {
  if (value.kind === 'arrayLength') return true
  if (value.kind !== 'column' && value.kind !== 'element') return false
  return value.type === 'Int8' || value.type === 'Int16' || value.type === 'Int32'
}
