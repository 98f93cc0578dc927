import type { JsonValue } from '../plan.ts'
import type { Batch } from './batch.ts'
import { jsonColumnAt, keepNotNull } from './batch.ts'
import type { JsonStep, JsonText } from './json-scan.ts'
import { findPath } from './json-scan.ts'
import type { Mask } from './mask.ts'
import type { Slots } from './slots.ts'
import { utf8 } from './utf8.ts'

/** A path in a JSON field, ready to be followed. */
export interface JsonPath {
  readonly slot: number
  readonly steps: readonly JsonStep[]
}

export function jsonPathOf(value: JsonValue, slots: Slots): JsonPath {
  return {
    slot: slots.of(value.fieldId),
    steps: value.path.map((step) => (typeof step === 'number' ? step : utf8(step))),
  }
}

/** Looks at the value that starts at `at`, -1 if there is none; says whether it was of use. */
export type JsonVisitor = (text: JsonText, at: number, row: number) => boolean

/** Shows each known row's value at the path; the rows where it was of no use become unknown. */
export function visitJson(
  batch: Batch,
  known: Mask,
  { slot, steps }: JsonPath,
  visit: JsonVisitor,
): void {
  keepNotNull(known, batch, slot)
  const { bytes, offsets } = jsonColumnAt(batch, slot)
  // One object for all rows: each sees it with its own end.
  const text = { bytes, end: 0 }
  for (let row = 0; row < batch.count; row++) {
    if (known.bytes[row] === 0) continue
    const start = offsets[batch.start + row] ?? 0
    text.end = offsets[batch.start + row + 1] ?? 0
    const at = findPath(text, start, steps)
    if (!visit(text, at, row)) known.bytes[row] = 0
  }
}
