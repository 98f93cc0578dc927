import { limits } from '../../base/limits.ts'
import type { LikePattern, LikeToken } from '../plan.ts'
import { FilterFault } from '../syntax/filter-fault.ts'

/**
 * Reads a LIKE pattern: `%` is any text, `_` any one character, and a backslash takes the meaning
 * from either of them and from itself. Before anything else it is a character like any other.
 */
export function parseLikePattern(pattern: string, offset: number): LikePattern {
  if (pattern.length > limits.likePatternLengthMax) {
    const reason = `a pattern has at most ${limits.likePatternLengthMax} characters, not ${pattern.length}`
    throw new FilterFault(reason, offset)
  }
  const pieces: LikeToken[][] = [[]]
  for (const [part] of pattern.matchAll(/%|_|\\[%_\\]|\\|[^%_\\]+/g)) {
    if (part === '%') pieces.push([])
    else pieces.at(-1)?.push(part === '_' ? { kind: 'anyCharacter' } : textOf(part))
  }
  return { pieces: pieces.filter(isNeeded).map(mergeTexts) }
}

/** `%%` is `%`: pieces with nothing in them count at the ends only. */
function isNeeded(piece: readonly LikeToken[], index: number, pieces: readonly unknown[]): boolean {
  return piece.length > 0 || index === 0 || index === pieces.length - 1
}

function textOf(part: string): LikeToken {
  return { kind: 'text', text: part.length === 2 && part.startsWith('\\') ? part.slice(1) : part }
}

function mergeTexts(piece: readonly LikeToken[]): readonly LikeToken[] {
  const merged: LikeToken[] = []
  for (const token of piece) {
    const last = merged.at(-1)
    if (token.kind === 'text' && last?.kind === 'text') {
      merged[merged.length - 1] = { kind: 'text', text: last.text + token.text }
    } else merged.push(token)
  }
  return merged
}
