import { ElanusError } from '../../base/errors.ts'

/** What is wrong with a filter and where; becomes an ElanusError once the whole text is at hand. */
export class FilterFault extends Error {
  override readonly name = 'FilterFault'
  /** In UTF-16 units from the start of the text. */
  readonly offset: number

  constructor(reason: string, offset: number) {
    super(reason)
    this.offset = offset
  }
}

export function toFilterError(fault: FilterFault, text: string): ElanusError {
  return new ElanusError(
    'INVALID_ARGUMENT',
    `cannot parse expression: ${clip(text)}, error: ${fault.message} at offset ${fault.offset}`,
    { cause: fault },
  )
}

/** A filter may be a megabyte of ids: an error shows only its beginning. */
const shownLengthMax = 200

/** Cuts between characters, never inside a surrogate pair. */
export function clip(text: string): string {
  if (text.length <= shownLengthMax) return text
  return `${text.slice(0, shownLengthMax).replace(/[\uD800-\uDBFF]$/, '')}…`
}
