import { int64Max, int64Min } from '../../base/int64.ts'
import { utf8 } from './utf8.ts'

/**
 * Reads JSON (RFC 8259) where it lies, as UTF-8 bytes, and no more of it than a path needs. The
 * text was checked when it was stored; if it is malformed all the same, what cannot be made out
 * counts as absent. All loops move forward and end at `end`: no text makes them hang or recurse.
 *
 * A position is an index into `bytes`; -1 is none.
 */
export interface JsonText {
  readonly bytes: Uint8Array
  /** Where the text ends. */
  readonly end: number
}

export type JsonKind = 'text' | 'number' | 'bool' | 'null' | 'array' | 'object' | 'none'

/** A key as its UTF-8 bytes, or an index. */
export type JsonStep = Uint8Array | number

/** Where the value at a path starts, from a value at `at`; -1 if there is none. */
export function findPath(text: JsonText, at: number, path: readonly JsonStep[]): number {
  let found = skipSpace(text, at)
  for (const step of path) {
    found =
      typeof step === 'number' ? findElement(text, found, step) : findMember(text, found, step)
    if (found === -1) return -1
  }
  return found
}

/** What the value that starts at `at` is, judged by its first byte. */
export function kindAt({ bytes, end }: JsonText, at: number): JsonKind {
  if (at === -1 || at >= end) return 'none'
  const byte = bytes[at] ?? 0
  if (byte === quote) return 'text'
  if (byte === minus || isDigit(byte)) return 'number'
  if (byte === openBracket) return 'array'
  if (byte === openBrace) return 'object'
  if (byte === letterT || byte === letterF) return 'bool'
  return byte === letterN ? 'null' : 'none'
}

/** A bool's value. */
export function boolAt({ bytes }: JsonText, at: number): boolean {
  return bytes[at] === letterT
}

/** The first element of the array at `at`; -1 if it has none or is no array. */
export function firstElement(text: JsonText, at: number): number {
  const { bytes, end } = text
  if (at === -1 || at >= end || bytes[at] !== openBracket) return -1
  const first = skipSpace(text, at + 1)
  return first < end && bytes[first] !== closeBracket ? first : -1
}

/** The element behind the one at `at`; -1 after the last. */
export function nextElement(text: JsonText, at: number): number {
  const comma = skipSpace(text, valueEnd(text, at))
  if (comma >= text.end || text.bytes[comma] !== commaByte) return -1
  const next = skipSpace(text, comma + 1)
  return next < text.end ? next : -1
}

function findElement(text: JsonText, at: number, index: number): number {
  let element = firstElement(text, at)
  for (let i = 0; i < index && element !== -1; i++) element = nextElement(text, element)
  return element
}

/** The value of a key in the object at `at`. Of a key that is there twice, the first. */
function findMember(text: JsonText, at: number, key: Uint8Array): number {
  const { bytes, end } = text
  if (at >= end || bytes[at] !== openBrace) return -1
  let name = skipSpace(text, at + 1)
  while (name < end && bytes[name] === quote) {
    const nameEnd = textEnd(text, name)
    const colon = skipSpace(text, nameEnd)
    if (colon >= end || bytes[colon] !== colonByte) return -1
    const value = skipSpace(text, colon + 1)
    if (value >= end) return -1
    if (isText(text, name, nameEnd, key)) return value
    const comma = skipSpace(text, valueEnd(text, value))
    if (comma >= end || bytes[comma] !== commaByte) return -1
    name = skipSpace(text, comma + 1)
  }
  return -1
}

/** Is the text between the quotes, from `at` to before `nameEnd`, the wanted one? */
function isText({ bytes }: JsonText, at: number, nameEnd: number, wanted: Uint8Array): boolean {
  const start = at + 1
  const end = nameEnd - 1
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte === backslash) return isSame(unescapeText(bytes, start, end), wanted)
    if (byte !== wanted[i - start]) return false
  }
  return end - start === wanted.length
}

function isSame(text: Uint8Array | undefined, wanted: Uint8Array): boolean {
  return text !== undefined && Buffer.compare(text, wanted) === 0
}

/** Does the text from `start` to `end`, its quotes left out, hold an escape? */
export function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === backslash) return true
  return false
}

/** The UTF-8 bytes that a text with escapes stands for; undefined if it is malformed. */
export function unescapeText(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array | undefined {
  try {
    const text: unknown = JSON.parse(`"${Buffer.from(bytes.subarray(start, end)).toString()}"`)
    return typeof text === 'string' ? utf8(text) : undefined
  } catch {
    // What is no text counts as absent, as everything malformed does here.
    return undefined
  }
}

/** Behind the value that starts at `at`. */
export function valueEnd(text: JsonText, at: number): number {
  switch (kindAt(text, at)) {
    case 'text':
      return textEnd(text, at)
    case 'array':
    case 'object':
      return containerEnd(text, at)
    case 'number':
    case 'bool':
    case 'null':
    case 'none':
      return wordEnd(text, at)
  }
}

/** Behind the closing quote of the text that opens at `at`. */
export function textEnd({ bytes, end }: JsonText, at: number): number {
  let i = at + 1
  while (i < end) {
    const byte = bytes[i] ?? 0
    if (byte === quote) return i + 1
    i += byte === backslash ? 2 : 1
  }
  return end
}

/** Counts brackets and braces alike: in checked text they match. */
function containerEnd(text: JsonText, at: number): number {
  const { bytes, end } = text
  let depth = 0
  let i = at
  while (i < end) {
    const byte = bytes[i] ?? 0
    if (byte === quote) {
      i = textEnd(text, i)
      continue
    }
    i += 1
    if (byte === openBracket || byte === openBrace) depth += 1
    else if (byte === closeBracket || byte === closeBrace) {
      depth -= 1
      if (depth === 0) return i
    }
  }
  return end
}

/** Behind a number, true, false or null. */
function wordEnd({ bytes, end }: JsonText, at: number): number {
  let i = at
  while (i < end && !isDelimiter(bytes[i] ?? 0)) i += 1
  return i
}

/** As many digits as always fit a Double exactly. */
const exactDigitCountMax = 15

/**
 * The number at `at`. An integer that a Double could not hold exactly comes as a bigint, if it fits
 * 64 bits. NaN if it is malformed.
 */
export function numberAt(text: JsonText, at: number): number | bigint {
  const { bytes, end } = text
  const isNegative = bytes[at] === minus
  const first = isNegative ? at + 1 : at
  let value = 0
  let i = first
  while (i < end && i - first <= exactDigitCountMax && isDigit(bytes[i] ?? 0)) {
    value = value * 10 + (bytes[i] ?? 0) - zero
    i += 1
  }
  const isShort = i > first && i - first <= exactDigitCountMax
  if (isShort && (i === end || isDelimiter(bytes[i] ?? 0))) return isNegative ? -value : value
  return longNumber(Buffer.from(bytes.subarray(at, wordEnd(text, at))).toString('latin1'))
}

/** A fraction, or an integer of many digits. */
function longNumber(word: string): number | bigint {
  const value = word === '' ? Number.NaN : Number(word)
  if (Number.isSafeInteger(value) || !integerWord.test(word)) return value
  const integer = BigInt(word)
  return integer >= int64Min && integer <= int64Max ? integer : value
}

/** An Int64 has 19 digits at most: longer ones are not worth the making of a bigint. */
const integerWord = /^-?[0-9]{16,19}$/

function skipSpace({ bytes, end }: JsonText, at: number): number {
  let i = at
  while (i < end && isSpace(bytes[i] ?? 0)) i += 1
  return i
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= 0x39
}

function isDelimiter(byte: number): boolean {
  return byte === commaByte || byte === closeBracket || byte === closeBrace || isSpace(byte)
}

const quote = 0x22
const backslash = 0x5c
const minus = 0x2d
const zero = 0x30
const commaByte = 0x2c
const colonByte = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
const letterT = 0x74
const letterF = 0x66
const letterN = 0x6e
