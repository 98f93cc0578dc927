/** `offset` is where the token starts in the text, in UTF-16 units. */
export type Token = { readonly offset: number } & (
  | { readonly kind: 'end' }
  /** Not negative, at most 2^63: one more than an Int64 holds, so that its least can be written. */
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'keyword'; readonly name: Keyword }
  | { readonly kind: 'symbol'; readonly name: SymbolName }
)

export type Keyword = 'and' | 'or' | 'not' | 'in' | 'like' | 'exists'

/** Longest first, so that the first that fits is the right one. */
export const symbolNames = [
  '**',
  '<<',
  '>>',
  '<=',
  '>=',
  '==',
  '!=',
  '=~',
  '!~',
  '&&',
  '||',
  '<',
  '>',
  '=',
  '!',
  '~',
  '+',
  '-',
  '*',
  '/',
  '%',
  '&',
  '^',
  '|',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  '$',
] as const

export type SymbolName = (typeof symbolNames)[number]

/** Words count as keywords in lower or in upper case, never mixed: `In` is a field's name. */
export const keywords: ReadonlyMap<string, Keyword> = new Map(
  (['and', 'or', 'not', 'in', 'like', 'exists'] as const).flatMap((keyword) => [
    [keyword, keyword],
    [keyword.toUpperCase(), keyword],
  ]),
)

export const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
])

/** How a token is named in an error. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end'
    case 'integer':
    case 'float':
    case 'boolean':
      return `${token.value}`
    case 'string':
      return 'a string'
    case 'identifier':
      return `'${token.name}'`
    case 'keyword':
    case 'symbol':
      return `'${token.name}'`
  }
}
