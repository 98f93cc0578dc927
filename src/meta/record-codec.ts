import * as v from 'valibot'
import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'

/** Reads a record out of what its JSON parses to. */
export type RecordSchema<T> = v.GenericSchema<unknown, T>

/**
 * A value in meta:
 *
 *     [ version u8 ][ JSON in UTF-8 ]
 *
 * JSON has no 64-bit integers: a bigint is written as decimal text, and the record's schema, which
 * knows where one stands, reads it back. The version counts changes that an older schema would
 * misread; a value of a version that is not known is refused, never guessed at.
 */
const versionNewest = 1

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function encodeRecord<T>(schema: RecordSchema<T>, record: T): Uint8Array {
  const text = JSON.stringify(record, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  assert(v.is(schema, JSON.parse(text)), 'a record is read back as it was written')
  const json = encoder.encode(text)
  const bytes = new Uint8Array(1 + json.length)
  bytes[0] = versionNewest
  bytes.set(json, 1)
  return bytes
}

/** Throws CORRUPT; `titleOf` names the record for people. */
export function decodeRecord<T>(
  schema: RecordSchema<T>,
  bytes: Uint8Array,
  titleOf: () => string,
): T {
  const [version] = bytes
  if (version !== versionNewest) {
    const known = `the versions known are 1 to ${versionNewest}`
    throw new ElanusError(
      'CORRUPT',
      `Cannot read ${titleOf()}: its version is ${version}, ${known}`,
    )
  }
  const result = v.safeParse(schema, parseJson(bytes.subarray(1), titleOf), { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue) ?? 'the record'
  throw new ElanusError('CORRUPT', `Cannot read ${titleOf()}: ${path}: ${issue.message}`)
}

function parseJson(bytes: Uint8Array, titleOf: () => string): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch (error) {
    throw new ElanusError('CORRUPT', `Cannot read ${titleOf()}: it is not JSON`, { cause: error })
  }
}
