/**
 * A filter as a tree of its own, made by a generator: written out it is a filter, and a row at a
 * time it can be decided by a reader who knows the rules and nothing of the engine.
 */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Condition[] }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'flag' }
  | {
      readonly kind: 'compare'
      readonly operator: Operator
      readonly left: Term
      readonly right: Term
    }
  | {
      readonly kind: 'between'
      readonly low: Term
      readonly middle: Term
      readonly high: Term
      readonly operators: readonly [Operator, Operator]
    }
  | {
      readonly kind: 'in'
      readonly term: Term
      readonly list: readonly Literal[]
      readonly isNot: boolean
    }
  | { readonly kind: 'like'; readonly term: Term; readonly pattern: string }
  | { readonly kind: 'exists'; readonly term: Term }
  | { readonly kind: 'isNull'; readonly term: Term; readonly isNot: boolean }
  | {
      readonly kind: 'contains'
      readonly name: string
      readonly term: Term
      readonly list: readonly Literal[]
    }
  | {
      readonly kind: 'sameList'
      readonly term: Term
      readonly list: readonly Literal[]
      readonly isNot: boolean
    }

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>='

/** Integers are bigints and floats numbers, as the language tells them apart. */
export type Literal = boolean | bigint | number | string | readonly Literal[]

export type Term =
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'path'; readonly name: string; readonly path: readonly (string | number)[] }
  | { readonly kind: 'length'; readonly term: Term }
  | { readonly kind: 'negative' | 'complement'; readonly term: Term }
  | { readonly kind: 'sum'; readonly operator: string; readonly left: Term; readonly right: Term }

/** The filter's text, with parentheses around everything that might need them. */
export function textOf(condition: Condition): string {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return `(${condition.operands.map(textOf).join(` ${condition.kind} `)})`
    case 'not':
      return `not (${textOf(condition.operand)})`
    case 'flag':
      return 'flag'
    case 'compare':
      return `(${termText(condition.left)} ${condition.operator} ${termText(condition.right)})`
    case 'between': {
      const [first, second] = condition.operators
      return `(${termText(condition.low)} ${first} ${termText(condition.middle)} ${second} ${termText(condition.high)})`
    }
    case 'in':
      return `(${termText(condition.term)} ${condition.isNot ? 'not in' : 'in'} ${literalText(condition.list)})`
    case 'like':
      return `(${termText(condition.term)} like ${literalText(condition.pattern)})`
    case 'exists':
      return `(exists ${termText(condition.term)})`
    case 'isNull':
      return `(${termText(condition.term)} is ${condition.isNot ? 'not ' : ''}null)`
    case 'contains': {
      const argument = /_a(?:ny|ll)$/i.test(condition.name) ? condition.list : condition.list[0]
      return `${condition.name}(${termText(condition.term)}, ${literalText(argument ?? [])})`
    }
    case 'sameList':
      return `(${termText(condition.term)} ${condition.isNot ? '!=' : '=='} ${literalText(condition.list)})`
  }
}

function termText(term: Term): string {
  switch (term.kind) {
    case 'literal':
      return literalText(term.value)
    case 'field':
      return term.name
    case 'path':
      return term.name + term.path.map((step) => `[${literalText(stepLiteral(step))}]`).join('')
    case 'length':
      return `array_length(${termText(term.term)})`
    case 'negative':
      return `(-${termText(term.term)})`
    case 'complement':
      return `(~${termText(term.term)})`
    case 'sum':
      return `(${termText(term.left)} ${term.operator} ${termText(term.right)})`
  }
}

function stepLiteral(step: string | number): Literal {
  return typeof step === 'number' ? BigInt(step) : step
}

function literalText(value: Literal): string {
  if (typeof value === 'number') return Number.isInteger(value) ? value.toFixed(1) : String(value)
  if (typeof value === 'object') return `[${value.map(literalText).join(', ')}]`
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
