import { int64Max, int64Min } from '../../base/int64.ts'
import type { Literal } from '../plan.ts'
import type { JsonText } from './json-scan.ts'
import { boolAt, firstElement, kindAt, nextElement, numberAt } from './json-scan.ts'
import { testText } from './json-text.ts'
import { equalTo } from './text-tests.ts'

/** Is the value at `at` this one? Undefined when it is of another class, or there is none. */
export type JsonEquality = (text: JsonText, at: number) => boolean | undefined

/** Numbers are equal by value, whether they are written as integers or not. */
export function jsonEqualTo(literal: Literal): JsonEquality {
  switch (literal.type) {
    case 'Bool':
      return (text, at) =>
        kindAt(text, at) === 'bool' ? boolAt(text, at) === literal.value : undefined
    case 'Int64':
    case 'Double': {
      const wanted = plainNumber(literal.value)
      return (text, at) => {
        if (kindAt(text, at) !== 'number') return undefined
        const value = numberAt(text, at)
        return Number.isNaN(value) ? undefined : plainNumber(value) === wanted
      }
    }
    case 'VarChar': {
      const test = equalTo(literal.value)
      return (text, at) => testText(text, at, test)
    }
    case 'List':
      return jsonEqualToList(literal.elements)
  }
}

/** An array that has these elements, in this order. */
export function jsonEqualToList(elements: readonly Literal[]): JsonEquality {
  const equalities = elements.map(jsonEqualTo)
  return (text, at) => {
    if (kindAt(text, at) !== 'array') return undefined
    let element = firstElement(text, at)
    for (const isEqual of equalities) {
      if (isEqual(text, element) !== true) return false
      element = nextElement(text, element)
    }
    return element === -1
  }
}

/**
 * One form for each number: a bigint where a Double would not be exact, else a number. Numbers are
 * equal by value exactly when their forms are identical.
 */
export function plainNumber(value: number | bigint): number | bigint {
  const number = Number(value)
  if (Number.isSafeInteger(number) || !Number.isInteger(number)) return number
  const integer = BigInt(value)
  return integer >= int64Min && integer <= int64Max ? integer : number
}
