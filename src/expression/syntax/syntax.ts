import type { Constant } from '../plan.ts'

/**
 * A filter as it was written, before names and types mean anything. Parentheses are gone, runs of
 * `and` and of `or` are one node each.
 */
export type Syntax = SyntaxPlace & SyntaxForm

export interface SyntaxPlace {
  /** Where errors about it point: its operator, or its first token. */
  readonly offset: number
  /** Nodes on the longest way down, itself included. */
  readonly depth: number
}

export type SyntaxForm =
  | { readonly kind: 'literal'; readonly constant: Constant }
  | { readonly kind: 'list'; readonly elements: readonly Syntax[] }
  | { readonly kind: 'template'; readonly name: string }
  | ReferenceForm
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Syntax }
  | BinaryForm
  | ComparisonForm
  | {
      readonly kind: 'logical'
      readonly operator: 'and' | 'or'
      readonly operands: readonly Syntax[]
    }
  | {
      readonly kind: 'in'
      readonly value: Syntax
      readonly list: Syntax
      readonly isNegated: boolean
    }
  | { readonly kind: 'like'; readonly value: Syntax; readonly pattern: Syntax }
  | { readonly kind: 'exists'; readonly operand: Syntax }
  | {
      readonly kind: 'isNull'
      readonly operand: SyntaxPlace & ReferenceForm
      readonly isNegated: boolean
    }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Syntax[] }

/** `name`, `name["key"][0]`. */
export interface ReferenceForm {
  readonly kind: 'reference'
  readonly name: string
  readonly path: readonly (string | number)[]
}

export interface BinaryForm {
  readonly kind: 'binary'
  readonly operator: BinaryOperator
  readonly left: Syntax
  readonly right: Syntax
}

export interface ComparisonForm {
  readonly kind: 'comparison'
  readonly operator: ComparisonSymbol
  readonly left: Syntax
  readonly right: Syntax
}

export type UnaryOperator = '+' | '-' | '~' | 'not'
export type BinaryOperator = '**' | '*' | '/' | '%' | '+' | '-' | '<<' | '>>' | '&' | '^' | '|'
export type ComparisonSymbol = '<' | '<=' | '>' | '>=' | '==' | '!='

/** A node of the given kind. */
export type SyntaxOf<Kind extends SyntaxForm['kind']> = Extract<Syntax, { readonly kind: Kind }>
