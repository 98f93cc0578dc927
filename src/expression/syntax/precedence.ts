import type { BinaryOperator, ComparisonSymbol } from './syntax.ts'
import type { Token } from './token.ts'

/**
 * How tightly operators bind, tightest last, as in Milvus's grammar: that of C, but with shifts
 * looser than sums, `in` looser than shifts, and `**` to the left like all others. So `a & 1 == 1`
 * compares first, and `not a > 5` negates `a` alone: both need parentheses, here and there.
 */
export type Infix = { readonly precedence: number } & (
  | { readonly kind: 'logical'; readonly operator: 'and' | 'or' }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator }
  | { readonly kind: 'comparison'; readonly operator: ComparisonSymbol }
  | { readonly kind: 'in'; readonly isNegated: boolean }
  | { readonly kind: 'like' }
  | { readonly kind: 'refused'; readonly reason: string }
)

export const comparisonPrecedence = 7
export const unaryPrecedence = 12

const infixes: ReadonlyMap<string, Infix> = new Map<string, Infix>([
  ['or', { kind: 'logical', operator: 'or', precedence: 1 }],
  ['and', { kind: 'logical', operator: 'and', precedence: 2 }],
  ['|', { kind: 'binary', operator: '|', precedence: 3 }],
  ['^', { kind: 'binary', operator: '^', precedence: 4 }],
  ['&', { kind: 'binary', operator: '&', precedence: 5 }],
  ['==', { kind: 'comparison', operator: '==', precedence: 6 }],
  ['!=', { kind: 'comparison', operator: '!=', precedence: 6 }],
  ['<', { kind: 'comparison', operator: '<', precedence: comparisonPrecedence }],
  ['<=', { kind: 'comparison', operator: '<=', precedence: comparisonPrecedence }],
  ['>', { kind: 'comparison', operator: '>', precedence: comparisonPrecedence }],
  ['>=', { kind: 'comparison', operator: '>=', precedence: comparisonPrecedence }],
  ['in', { kind: 'in', isNegated: false, precedence: 8 }],
  ['not', { kind: 'in', isNegated: true, precedence: 8 }],
  ['<<', { kind: 'binary', operator: '<<', precedence: 9 }],
  ['>>', { kind: 'binary', operator: '>>', precedence: 9 }],
  ['+', { kind: 'binary', operator: '+', precedence: 10 }],
  ['-', { kind: 'binary', operator: '-', precedence: 10 }],
  ['*', { kind: 'binary', operator: '*', precedence: 11 }],
  ['/', { kind: 'binary', operator: '/', precedence: 11 }],
  ['%', { kind: 'binary', operator: '%', precedence: 11 }],
  ['**', { kind: 'binary', operator: '**', precedence: 13 }],
  ['like', { kind: 'like', precedence: 14 }],
  ...refusals({
    '=~': 'regular expressions are not supported: use like',
    '!~': 'regular expressions are not supported: use like',
    '=': "there is no '=': use '==' to compare",
  }),
])

/** The infix operator that a token is, if it is one. */
export function infixOf(token: Token): Infix | undefined {
  return token.kind === 'symbol' || token.kind === 'keyword' ? infixes.get(token.name) : undefined
}

function refusals(reasons: Readonly<Record<string, string>>): [string, Infix][] {
  return Object.entries(reasons).map(([name, reason]) => [
    name,
    { kind: 'refused', reason, precedence: Number.POSITIVE_INFINITY },
  ])
}
