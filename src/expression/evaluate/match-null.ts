import type { NullPredicate } from '../plan.ts'
import type { Batch, Matcher } from './batch.ts'
import { arrayColumnAt, keepNotNull } from './batch.ts'
import { jsonPathOf, visitJson } from './json-rows.ts'
import { kindAt } from './json-scan.ts'
import type { Mask } from './mask.ts'
import type { Slots } from './slots.ts'

/** Is a row's value null or absent? That is always known. */
export function matchNull({ value }: NullPredicate, slots: Slots): Matcher {
  const keepPresent = presenceOf(value, slots)
  return (batch, known, matches) => {
    const { scratch } = batch
    const mark = scratch.mark()
    const present = scratch.mask()
    present.words.set(known.words)
    keepPresent(batch, present)
    for (let row = 0; row < batch.count; row++) {
      matches.bytes[row] = 1 - (present.bytes[row] ?? 0)
    }
    scratch.reset(mark)
  }
}

/** Takes the rows without the value out of the mask. */
function presenceOf(
  value: NullPredicate['value'],
  slots: Slots,
): (batch: Batch, present: Mask) => void {
  const slot = slots.of(value.fieldId)
  switch (value.kind) {
    case 'column':
    case 'array':
      return (batch, present) => keepNotNull(present, batch, slot)
    case 'element':
      return (batch, present) => {
        keepNotNull(present, batch, slot)
        const { offsets } = arrayColumnAt(batch, slot, value.type)
        for (let row = 0; row < batch.count; row++) {
          const at = batch.start + row
          const length = (offsets[at + 1] ?? 0) - (offsets[at] ?? 0)
          if (value.index >= length) present.bytes[row] = 0
        }
      }
    case 'json': {
      const path = jsonPathOf(value, slots)
      return (batch, present) => {
        visitJson(batch, present, path, (text, at) => {
          const kind = kindAt(text, at)
          return kind !== 'null' && kind !== 'none'
        })
      }
    }
  }
}
