import { ElanusError } from '../../base/errors.ts'
import type { KeyValues } from '../../schema/collection-schema.ts'

/** Parameters that come as text by name; the first of a name counts. */
export interface ParamReader {
  /** Empty when it is not there: clients send one as the other. */
  text(key: string): string
  has(key: string): boolean
  /** Undefined when it is not there; INVALID_ARGUMENT when it is no whole number. */
  wholeNumber(key: string): number | undefined
}

export function paramReader(params: KeyValues): ParamReader {
  const text = (key: string): string => params.find((param) => param.key === key)?.value ?? ''
  return {
    text,
    has: (key) => text(key) !== '',
    wholeNumber(key) {
      const given = text(key)
      return given === '' ? undefined : parseWholeNumber(key, given)
    },
  }
}

function parseWholeNumber(key: string, text: string): number {
  const value = /^[+-]?\d{1,18}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `${key} [${clip(text)}] is invalid: it is no whole number`,
  )
}

/** As much of a hostile text as an error message may repeat. */
export function clip(text: string): string {
  return text.length <= 64 ? text : `${text.slice(0, 64)}...`
}

/** As the clients' languages write it. */
export function isTrue(text: string): boolean {
  return text.toLowerCase() === 'true'
}
