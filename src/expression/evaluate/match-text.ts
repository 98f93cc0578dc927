import { AssertionFailure, assert } from '../../base/assert.ts'
import type { ColumnValue, ElementValue, JsonValue, Value } from '../plan.ts'
import type { Matcher } from './batch.ts'
import { arrayColumnAt, keepNotNull, scalarColumnAt } from './batch.ts'
import type { JsonVisitor } from './json-rows.ts'
import { jsonPathOf, visitJson } from './json-rows.ts'
import { testText } from './json-text.ts'
import type { Slots } from './slots.ts'
import type { TextTest } from './text-tests.ts'

/** Asks the text of each row; a row without a text is unknown. */
export function matchText(value: Value, test: TextTest, slots: Slots): Matcher {
  switch (value.kind) {
    case 'column':
      return matchColumn(value, test, slots)
    case 'element':
      return matchElements(value, test, slots)
    case 'json':
      return matchJson(value, test, slots)
    case 'constant':
    case 'arrayLength':
    case 'arithmetic':
      throw new AssertionFailure(`Broken claim: ${value.kind} is no text that varies`)
  }
}

function matchColumn({ fieldId, type }: ColumnValue, test: TextTest, slots: Slots): Matcher {
  const slot = slots.of(fieldId)
  return (batch, known, matches) => {
    keepNotNull(known, batch, slot)
    const column = scalarColumnAt(batch, slot, type)
    assert(column.type === 'VarChar', 'text lies in a VarChar column')
    const { bytes, offsets } = column
    for (let row = 0; row < batch.count; row++) {
      if (known.bytes[row] === 0) continue
      const at = batch.start + row
      matches.bytes[row] = Number(test(bytes, offsets[at] ?? 0, offsets[at + 1] ?? 0))
    }
  }
}

function matchElements(value: ElementValue, test: TextTest, slots: Slots): Matcher {
  const { fieldId, type, index } = value
  const slot = slots.of(fieldId)
  return (batch, known, matches) => {
    keepNotNull(known, batch, slot)
    const { offsets, elements } = arrayColumnAt(batch, slot, type)
    assert(elements.type === 'VarChar', 'text lies in a VarChar column')
    const texts = elements.offsets
    for (let row = 0; row < batch.count; row++) {
      if (known.bytes[row] === 0) continue
      const at = (offsets[batch.start + row] ?? 0) + index
      if (at >= (offsets[batch.start + row + 1] ?? 0)) known.bytes[row] = 0
      else matches.bytes[row] = Number(test(elements.bytes, texts[at] ?? 0, texts[at + 1] ?? 0))
    }
  }
}

function matchJson(value: JsonValue, test: TextTest, slots: Slots): Matcher {
  const path = jsonPathOf(value, slots)
  return (batch, known, matches) => {
    const visit: JsonVisitor = (text, at, row) => {
      const outcome = testText(text, at, test)
      matches.bytes[row] = Number(outcome)
      return outcome !== undefined
    }
    visitJson(batch, known, path, visit)
  }
}
