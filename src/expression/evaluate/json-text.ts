import type { JsonText } from './json-scan.ts'
import { hasEscape, kindAt, textEnd, unescapeText } from './json-scan.ts'
import type { TextTest } from './text-tests.ts'

/** Asks something of the text at `at`; undefined if there is none. */
export function testText(json: JsonText, at: number, test: TextTest): boolean | undefined {
  if (kindAt(json, at) !== 'text') return undefined
  const start = at + 1
  const end = textEnd(json, at) - 1
  // Bytes without an escape are the text already, and most are.
  if (!hasEscape(json.bytes, start, end)) return test(json.bytes, start, end)
  const text = unescapeText(json.bytes, start, end)
  return text === undefined ? undefined : test(text, 0, text.length)
}

/** The bytes of the text at `at`; undefined if there is none. */
export function textAt(json: JsonText, at: number): Uint8Array | undefined {
  let found: Uint8Array | undefined
  testText(json, at, (bytes, start, end) => {
    found = bytes.subarray(start, end)
    return true
  })
  return found
}
