import { isUtf8 } from 'node:buffer'
import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { type CollectionSchema, dynamicFieldName } from '../../schema/collection-schema.ts'
import type { JsonColumn } from '../../schema/row-batch.ts'
import { hasValue, type Validity } from '../../schema/validity.ts'

/** What a row's JSON may be, beside JSON; throws for what it may not. */
export type JsonRule = (value: unknown, row: number) => void

/**
 * Refuses what is no JSON text (RFC 8259), is too long, or is against the rule: whoever reads the field
 * then need not ask. A row is parsed once.
 */
export function checkJsonRows(
  fieldName: string,
  column: Omit<JsonColumn, 'type'>,
  validity: Validity | undefined,
  rule: JsonRule | undefined,
): void {
  const { offsets } = column
  for (let row = 0; row + 1 < offsets.length; row += 1) {
    if (!hasValue(validity, row)) continue
    const length = (offsets[row + 1] ?? 0) - (offsets[row] ?? 0)
    if (length > limits.jsonLengthMax) {
      throw invalid(
        `the length (${length}) of json field (${fieldName}) exceeds max length ` +
          `(${limits.jsonLengthMax}), row number: ${row}`,
      )
    }
    const parsed = parseRow(column, row)
    if (parsed === undefined) {
      throw invalid(`the value of json field (${fieldName}) at row ${row} is not valid JSON`)
    }
    rule?.(parsed.value, row)
  }
}

/** The dynamic field holds objects, none of whose keys is the name of a field. */
export function dynamicFieldRule({ fields }: CollectionSchema): JsonRule {
  const names = new Set(fields.map(({ name }) => name))
  return (object, row) => {
    if (typeof object !== 'object' || object === null || Array.isArray(object)) {
      throw invalid(`the dynamic field at row ${row} is no JSON object`)
    }
    const stray = Object.keys(object).find((key) => names.has(key))
    if (stray === undefined) return
    throw invalid(
      stray === dynamicFieldName
        ? `dynamic field cannot include the name of the dynamic field: ${stray}`
        : `dynamic json cannot include the static field name: ${stray}`,
    )
  }
}

/** Undefined for what is no JSON; boxed, because null is a value. */
function parseRow(
  { offsets, bytes }: Omit<JsonColumn, 'type'>,
  row: number,
): { readonly value: unknown } | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(
    offsets[row],
    offsets[row + 1],
  )
  if (!isUtf8(text)) return undefined
  try {
    return { value: JSON.parse(text.toString('utf8')) }
  } catch {
    // What is wrong with it is said by the caller, with the row.
    return undefined
  }
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
