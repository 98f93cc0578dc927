import type { ScalarColumn } from '../column-source.ts'
import type { ArrayColumnValue, ListEqualPredicate, Literal } from '../plan.ts'
import type { Matcher } from './batch.ts'
import { arrayColumnAt, keepNotNull } from './batch.ts'
import { jsonEqualToList } from './json-literals.ts'
import { jsonPathOf, visitJson } from './json-rows.ts'
import type { Slots } from './slots.ts'
import type { TextTest } from './text-tests.ts'
import { equalTo } from './text-tests.ts'

/** Is a row's array this list? Unknown where there is no array. */
export function matchListEqual({ array, elements }: ListEqualPredicate, slots: Slots): Matcher {
  if (array.kind === 'array') return matchArray(array, elements.map(elementEqualTo), slots)
  const path = jsonPathOf(array, slots)
  const isEqual = jsonEqualToList(elements)
  return (batch, known, matches) => {
    visitJson(batch, known, path, (text, at, row) => {
      const outcome = isEqual(text, at)
      matches.bytes[row] = Number(outcome)
      return outcome !== undefined
    })
  }
}

type ElementTest = (elements: ScalarColumn, at: number) => boolean

function matchArray(
  { fieldId, elementType }: ArrayColumnValue,
  tests: readonly ElementTest[],
  slots: Slots,
): Matcher {
  const slot = slots.of(fieldId)
  return (batch, known, matches) => {
    keepNotNull(known, batch, slot)
    const { offsets, elements } = arrayColumnAt(batch, slot, elementType)
    for (let row = 0; row < batch.count; row++) {
      const start = offsets[batch.start + row] ?? 0
      const length = (offsets[batch.start + row + 1] ?? 0) - start
      const isEqual = length === tests.length && tests.every((test, i) => test(elements, start + i))
      matches.bytes[row] = Number(isEqual)
    }
  }
}

function elementEqualTo(literal: Literal): ElementTest {
  if (literal.type === 'VarChar') return textEqualTo(equalTo(literal.value))
  const wanted = literal.type === 'List' ? Number.NaN : Number(literal.value)
  const wantedInt64 = literal.type === 'Int64' ? literal.value : undefined
  return (elements, at) => {
    if (elements.type === 'VarChar') return false
    return elements.type === 'Int64'
      ? elements.values[at] === wantedInt64
      : elements.values[at] === wanted
  }
}

function textEqualTo(test: TextTest): ElementTest {
  return (elements, at) =>
    elements.type === 'VarChar' &&
    test(elements.bytes, elements.offsets[at] ?? 0, elements.offsets[at + 1] ?? 0)
}
