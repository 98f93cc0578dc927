import { FilterFault } from './filter-fault.ts'
import type { Token } from './token.ts'

interface Read {
  readonly token: Token
  readonly end: number
}

/** What a string is made of: plain runs, and a backslash with what follows it. */
const stringParts = {
  "'": /[^'\\\r\n]+|\\(?:\r\n|[^])/y,
  '"': /[^"\\\r\n]+|\\(?:\r\n|[^])/y,
} as const

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['?', '?'],
  // A line may be broken inside a string: the break is not part of it.
  ['\n', ''],
  ['\r\n', ''],
])

/** The numeric escapes, as they look behind the backslash. */
const octalEscape = /[0-7]{1,3}/y
const hexadecimalEscape = /x[0-9a-fA-F]{1,2}/y
const unicodeEscape = /u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}/y

/**
 * Reads a quoted string; `quoteAt` is where its quote is, behind any prefix. C's escapes are
 * resolved. An escape that C does not have stays as it is, backslash and all: `\%` reaches LIKE.
 */
export function readString(text: string, offset: number, quoteAt: number): Read {
  const part = partPattern(text, quoteAt)
  let value = ''
  let end = quoteAt + 1
  for (;;) {
    part.lastIndex = end
    const run = part.exec(text)?.[0]
    if (run === undefined) break
    if (run.startsWith('\\')) {
      const escape = readEscape(text, end, run.slice(1))
      value += escape.value
      end = escape.end
    } else {
      value += run
      end += run.length
    }
  }
  return finish(text, offset, { quoteAt, end, value })
}

/** Reads r'…': backslashes stay, though one before a quote keeps it from ending the string. */
export function readRawString(text: string, offset: number, quoteAt: number): Read {
  const part = partPattern(text, quoteAt)
  let end = quoteAt + 1
  for (;;) {
    part.lastIndex = end
    const run = part.exec(text)?.[0]
    if (run === undefined || /^\\[\r\n]/.test(run)) break
    end += run.length
  }
  return finish(text, offset, { quoteAt, end, value: text.slice(quoteAt + 1, end) })
}

function partPattern(text: string, quoteAt: number): RegExp {
  return stringParts[text[quoteAt] === '"' ? '"' : "'"]
}

function finish(
  text: string,
  offset: number,
  { quoteAt, end, value }: { quoteAt: number; end: number; value: string },
): Read {
  if (text[end] !== text[quoteAt]) throw new FilterFault('unterminated string', offset)
  if (!value.isWellFormed()) throw new FilterFault('string is not well-formed Unicode', offset)
  return { token: { kind: 'string', value, offset }, end: end + 1 }
}

/** `backslashAt` is the backslash, `simple` what follows it if the escape is no numeric one. */
function readEscape(
  text: string,
  backslashAt: number,
  simple: string,
): { value: string; end: number } {
  const at = backslashAt + 1
  for (const [pattern, radix, skipped] of numericEscapes) {
    pattern.lastIndex = at
    const digits = pattern.exec(text)?.[0]
    if (digits === undefined) continue
    const codePoint = Number.parseInt(digits.slice(skipped), radix)
    if (codePoint > 0x10ffff) throw new FilterFault(`no such character: \\${digits}`, backslashAt)
    return { value: String.fromCodePoint(codePoint), end: at + digits.length }
  }
  return { value: simpleEscapes.get(simple) ?? `\\${simple}`, end: at + simple.length }
}

const numericEscapes = [
  [octalEscape, 8, 0],
  [hexadecimalEscape, 16, 1],
  [unicodeEscape, 16, 1],
] as const
