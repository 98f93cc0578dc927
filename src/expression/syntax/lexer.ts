import { FilterFault } from './filter-fault.ts'
import { readNumber } from './number-literal.ts'
import { readRawString, readString } from './string-literal.ts'
import type { SymbolName, Token } from './token.ts'
import { booleans, keywords, symbolNames } from './token.ts'

/**
 * Cuts a filter into tokens, one at a time. Sticky regular expressions find a token's end; none of
 * them has nested repetition, so the time is linear in the text.
 */
export class Lexer {
  readonly #text: string
  #offset = 0

  constructor(text: string) {
    this.#text = text
  }

  /** The next token; 'end' again and again once the text is used up. */
  next(): Token {
    this.#offset = skip(whitespace, this.#text, this.#offset)
    const offset = this.#offset
    const code = this.#text.charCodeAt(offset)
    if (Number.isNaN(code)) return { kind: 'end', offset }
    if (isDigit(code) || (code === dot && isDigit(this.#text.charCodeAt(offset + 1)))) {
      return this.#take(readNumber(this.#text, offset))
    }
    if (code === singleQuote || code === doubleQuote) {
      return this.#take(readString(this.#text, offset, offset))
    }
    if (isWordStart(code)) return this.#word(offset)
    return this.#symbol(offset)
  }

  #word(offset: number): Token {
    const end = skip(word, this.#text, offset)
    const name = this.#text.slice(offset, end)
    const next = this.#text.charCodeAt(end)
    if (next === singleQuote || next === doubleQuote) {
      if (name === 'r' || name === 'R') return this.#take(readRawString(this.#text, offset, end))
      if (stringPrefixes.has(name)) return this.#take(readString(this.#text, offset, end))
    }
    this.#offset = end
    const truth = booleans.get(name)
    if (truth !== undefined) return { kind: 'boolean', value: truth, offset }
    const keyword = keywords.get(name)
    if (keyword !== undefined) return { kind: 'keyword', name: keyword, offset }
    return { kind: 'identifier', name, offset }
  }

  #symbol(offset: number): Token {
    if (this.#text.startsWith(dynamicName, offset)) {
      const end = offset + dynamicName.length
      if (!isWordPart(this.#text.charCodeAt(end))) {
        this.#offset = end
        return { kind: 'identifier', name: dynamicName, offset }
      }
    }
    const candidates = symbolsByStart.get(this.#text[offset] ?? '') ?? []
    const name = candidates.find((symbol) => this.#text.startsWith(symbol, offset))
    if (name === undefined) {
      const character = String.fromCodePoint(this.#text.codePointAt(offset) ?? 0).toWellFormed()
      throw new FilterFault(`unexpected character ${JSON.stringify(character)}`, offset)
    }
    this.#offset = offset + name.length
    const keyword = keywordSymbols.get(name)
    if (keyword !== undefined) return { kind: 'keyword', name: keyword, offset }
    return { kind: 'symbol', name, offset }
  }

  #take(read: { readonly token: Token; readonly end: number }): Token {
    this.#offset = read.end
    return read.token
  }
}

/** The symbols by their first character, longest first. */
const symbolsByStart: ReadonlyMap<string, readonly SymbolName[]> = Map.groupBy(
  symbolNames,
  (name) => name.charAt(0),
)

/** C's spellings of the words. */
const keywordSymbols: ReadonlyMap<SymbolName, 'and' | 'or' | 'not'> = new Map([
  ['&&', 'and'],
  ['||', 'or'],
  ['!', 'not'],
])

/** C's marks of a string's encoding: accepted, and without meaning, for all strings are UTF-8. */
const stringPrefixes: ReadonlySet<string> = new Set(['u8', 'u', 'U', 'L'])

const dynamicName = '$meta'
const whitespace = /[ \t\r\n]*/y
const word = /[A-Za-z0-9_]*/y
const dot = 0x2e
const singleQuote = 0x27
const doubleQuote = 0x22

function skip(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset
  pattern.test(text)
  return pattern.lastIndex
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isWordStart(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code)
}
