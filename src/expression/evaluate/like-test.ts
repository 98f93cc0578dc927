import { assert } from '../../base/assert.ts'
import type { LikePattern, LikeToken } from '../plan.ts'
import type { TextTest } from './text-tests.ts'
import { isAt } from './text-tests.ts'
import { utf8 } from './utf8.ts'

/**
 * Matches a LIKE pattern with UTF-8 text, without making strings. The first piece must be at the
 * start and the last at the end; each piece between them is taken where it first fits, which
 * leaves the others the most room, so no choice is ever taken back.
 *
 * A piece of plain text is found in time linear in the text (Knuth, Morris and Pratt, "Fast pattern
 * matching in strings", 1977); one with `_` in it is tried at each place.
 */
export function likeTest({ pieces }: LikePattern): TextTest {
  const [first, ...others] = pieces.map(compilePiece)
  const last = others.pop()
  assert(first !== undefined, 'a pattern has a piece')
  if (last === undefined) return (bytes, start, end) => first.matchFrom(bytes, start, end) === end
  const between = others.reduceRight(find, anything)
  return startWith(first, endWith(last, between))
}

/** What is left of a text to be matched, by the pieces that are left. */
const anything: TextTest = () => true

function startWith(piece: Piece, rest: TextTest): TextTest {
  if (piece.isEmpty) return rest
  return (bytes, start, end) => {
    const at = piece.matchFrom(bytes, start, end)
    return at !== -1 && rest(bytes, at, end)
  }
}

function endWith(piece: Piece, rest: TextTest): TextTest {
  if (piece.isEmpty) return rest
  return (bytes, start, end) => {
    const stop = piece.matchBack(bytes, start, end)
    return stop !== -1 && rest(bytes, start, stop)
  }
}

function find(rest: TextTest, piece: Piece): TextTest {
  return (bytes, start, end) => {
    const at = piece.find(bytes, start, end)
    return at !== -1 && rest(bytes, at, end)
  }
}

/** Each takes a range of the text; -1: no match. */
interface Piece {
  readonly isEmpty: boolean
  /** Matches at `start`; where the match ends. */
  matchFrom(bytes: Uint8Array, start: number, end: number): number
  /** Matches up to `end`; where the match starts. */
  matchBack(bytes: Uint8Array, start: number, end: number): number
  /** Matches anywhere, as early as it can; where the match ends. */
  find(bytes: Uint8Array, start: number, end: number): number
}

function compilePiece(tokens: readonly LikeToken[]): Piece {
  const [token, ...rest] = tokens
  if (token === undefined) return textPiece('')
  return rest.length === 0 && token.kind === 'text' ? textPiece(token.text) : mixedPiece(tokens)
}

function textPiece(text: string): Piece {
  const wanted = utf8(text)
  const { length } = wanted
  const needle = { wanted, borders: bordersOf(wanted) }
  return {
    isEmpty: length === 0,
    matchFrom: (bytes, start, end) =>
      end - start >= length && isAt(bytes, start, wanted) ? start + length : -1,
    matchBack: (bytes, start, end) =>
      end - start >= length && isAt(bytes, end - length, wanted) ? end - length : -1,
    find: (bytes, start, end) => findText(bytes, start, end, needle),
  }
}

interface Needle {
  readonly wanted: Uint8Array
  readonly borders: Uint32Array
}

/** Where the first match ends; -1: there is none. The text is not empty. */
function findText(
  bytes: Uint8Array,
  start: number,
  end: number,
  { wanted, borders }: Needle,
): number {
  const { length } = wanted
  const first = wanted[0]
  let at = start
  while (at + length <= end) {
    if (bytes[at] !== first) {
      at += 1
      continue
    }
    at += 1
    let matched = 1
    while (matched > 0 && matched < length && at < end) {
      if (bytes[at] === wanted[matched]) {
        at += 1
        matched += 1
      } else matched = borders[matched - 1] ?? 0
    }
    if (matched === length) return at
  }
  return -1
}

/** For each prefix of the text, the length of the longest proper prefix that also ends it. */
function bordersOf(text: Uint8Array): Uint32Array {
  const borders = new Uint32Array(text.length)
  let border = 0
  for (let i = 1; i < text.length; i++) {
    while (border > 0 && text[i] !== text[border]) border = borders[border - 1] ?? 0
    if (text[i] === text[border]) border += 1
    borders[i] = border
  }
  return borders
}

function mixedPiece(tokens: readonly LikeToken[]): Piece {
  const parts = tokens.map((token) => (token.kind === 'text' ? utf8(token.text) : undefined))
  const backward = parts.toReversed()
  const matchFrom: Piece['matchFrom'] = (bytes, start, end) => {
    let at = start
    for (const part of parts) {
      if (part === undefined) at = nextCharacter(bytes, at, end)
      else at = end - at >= part.length && isAt(bytes, at, part) ? at + part.length : -1
      if (at === -1) return -1
    }
    return at
  }
  return {
    isEmpty: false,
    matchFrom,
    matchBack(bytes, start, end) {
      let at = end
      for (const part of backward) {
        if (part === undefined) at = previousCharacter(bytes, start, at)
        else if (at - start >= part.length && isAt(bytes, at - part.length, part)) at -= part.length
        else return -1
        if (at === -1) return -1
      }
      return at
    },
    find(bytes, start, end) {
      for (let at = start; at !== -1; at = nextCharacter(bytes, at, end)) {
        const found = matchFrom(bytes, at, end)
        if (found !== -1) return found
      }
      return -1
    },
  }
}

/** Behind the character at `at`; -1 at the end. */
function nextCharacter(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1
  let next = at + 1
  while (next < end && isContinuation(bytes[next] ?? 0)) next += 1
  return next
}

/** Where the character before `at` starts; -1 at the start. */
function previousCharacter(bytes: Uint8Array, start: number, at: number): number {
  if (at <= start) return -1
  let previous = at - 1
  while (previous > start && isContinuation(bytes[previous] ?? 0)) previous -= 1
  return previous
}

/** UTF-8 marks the bytes inside a character as 10xxxxxx. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}
