import { present } from '../../base/assert.ts'
import type { FieldId } from '../../base/int64.ts'

/** Where each field's column stands among a batch's columns. */
export class Slots {
  readonly #slots: ReadonlyMap<FieldId, number>

  constructor(fieldIds: readonly FieldId[]) {
    this.#slots = new Map(fieldIds.map((fieldId, slot) => [fieldId, slot]))
  }

  of(fieldId: FieldId): number {
    return present(this.#slots.get(fieldId), 'a plan lists every field that it names')
  }
}
