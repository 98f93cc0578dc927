import { int64Max, int64Min } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import { FilterFault } from './filter-fault.ts'
import { Lexer } from './lexer.ts'
import { comparisonPrecedence, infixOf, unaryPrecedence } from './precedence.ts'
import type { ReferenceForm, Syntax, SyntaxForm, SyntaxOf } from './syntax.ts'
import type { SymbolName, Token } from './token.ts'
import { describeToken } from './token.ts'

/**
 * Reads a filter's text. Throws FilterFault where it is no filter, or one that is too deep or has
 * too many nodes. The text is not empty.
 *
 * The method is Vaughan Pratt's, "Top down operator precedence" (1973): an operator is a number
 * that says how tightly it binds, and one loop reads any expression. Its recursion is bounded by
 * the depth of the tree.
 */
export function parseSyntax(text: string): Syntax {
  return new Parser(text).filter()
}

class Parser {
  readonly #lexer: Lexer
  #token: Token
  #nodeCount = 0
  /** Calls of `#expression` under way: parentheses nest without adding to the tree's depth. */
  #nesting = 0

  constructor(text: string) {
    this.#lexer = new Lexer(text)
    this.#token = this.#lexer.next()
  }

  filter(): Syntax {
    const syntax = this.#expression(0)
    if (this.#token.kind !== 'end') throw this.#unexpected('an operator or the end')
    return syntax
  }

  /** Reads as long as operators bind tighter than `outerPrecedence`. */
  #expression(outerPrecedence: number): Syntax {
    this.#nesting += 1
    if (this.#nesting > limits.expressionDepthMax) throw tooDeep(this.#token.offset)
    let left = this.#operand()
    for (;;) {
      const infix = infixOf(this.#token)
      if (infix === undefined || infix.precedence <= outerPrecedence) break
      switch (infix.kind) {
        case 'binary':
          left = this.#binary(left, infix)
          break
        case 'comparison':
          left = this.#comparison(left, infix)
          break
        case 'logical':
          left = this.#logical(left, infix)
          break
        case 'in':
          left = this.#in(left, infix)
          break
        case 'like':
          left = this.#like(left, infix)
          break
        case 'refused':
          throw new FilterFault(infix.reason, this.#token.offset)
      }
    }
    this.#nesting -= 1
    return left
  }

  #binary(left: Syntax, infix: InfixOf<'binary'>): Syntax {
    const { offset } = this.#advance()
    const right = this.#expression(infix.precedence)
    return this.#node({ kind: 'binary', operator: infix.operator, left, right }, offset)
  }

  /** One comparison, or a chain like `1 < a <= 5`, which compares its middle twice. */
  #comparison(left: Syntax, infix: InfixOf<'comparison'>): Syntax {
    const { offset } = this.#advance()
    const { operator } = infix
    const right = this.#expression(infix.precedence)
    const first = this.#node({ kind: 'comparison', operator, left, right }, offset)
    const second = infixOf(this.#token)
    const isChain =
      right.kind === 'reference' &&
      second?.kind === 'comparison' &&
      second.precedence === comparisonPrecedence &&
      second.operator[0] === operator[0]
    if (!isChain) return first
    const { offset: secondOffset } = this.#advance()
    const end = this.#expression(comparisonPrecedence)
    const last = this.#node(
      { kind: 'comparison', operator: second.operator, left: right, right: end },
      secondOffset,
    )
    return this.#node({ kind: 'logical', operator: 'and', operands: [first, last] }, offset)
  }

  #logical(left: Syntax, infix: InfixOf<'logical'>): Syntax {
    const { offset } = this.#token
    const operands = [left]
    while (this.#token.kind === 'keyword' && this.#token.name === infix.operator) {
      this.#advance()
      operands.push(this.#expression(infix.precedence))
    }
    return this.#node({ kind: 'logical', operator: infix.operator, operands }, offset)
  }

  #in(value: Syntax, infix: InfixOf<'in'>): Syntax {
    const { offset } = this.#advance()
    if (infix.isNegated) {
      if (this.#token.kind !== 'keyword' || this.#token.name !== 'in')
        throw this.#unexpected(`'in'`)
      this.#advance()
    }
    const list = this.#expression(infix.precedence)
    return this.#node({ kind: 'in', value, list, isNegated: infix.isNegated }, offset)
  }

  #like(value: Syntax, infix: InfixOf<'like'>): Syntax {
    const { offset } = this.#advance()
    const pattern = this.#expression(infix.precedence)
    return this.#node({ kind: 'like', value, pattern }, offset)
  }

  /** What an operator can stand behind: a literal, a name, a call, or a prefix with its operand. */
  #operand(): Syntax {
    const token = this.#token
    const { offset } = token
    switch (token.kind) {
      case 'integer':
        this.#advance()
        if (token.value > int64Max) {
          throw new FilterFault(`integer overflow: ${token.value} does not fit 64 bits`, offset)
        }
        return this.#literal({ kind: 'constant', type: 'Int64', value: token.value }, offset)
      case 'float':
        this.#advance()
        return this.#literal({ kind: 'constant', type: 'Double', value: token.value }, offset)
      case 'string':
        this.#advance()
        return this.#literal({ kind: 'constant', type: 'VarChar', value: token.value }, offset)
      case 'boolean':
        this.#advance()
        return this.#literal({ kind: 'constant', type: 'Bool', value: token.value }, offset)
      case 'identifier':
        return this.#named()
      case 'keyword':
      case 'symbol':
        return this.#prefixed(token)
      case 'end':
        throw this.#unexpected('an operand')
    }
  }

  #prefixed(token: Extract<Token, { readonly kind: 'keyword' | 'symbol' }>): Syntax {
    const { name, offset } = token
    if (name === 'not' || name === '-' || name === '+' || name === '~') return this.#unary(name)
    if (name === '{') return this.#template()
    if (name === '[') {
      return this.#node({ kind: 'list', elements: this.#sequence('[', ']') }, offset)
    }
    if (name === '(') {
      this.#advance()
      const inner = this.#expression(0)
      this.#expect(')')
      return inner
    }
    if (name === 'exists') {
      this.#advance()
      // Tighter than any infix: only the name behind it.
      const operand = this.#expression(Number.POSITIVE_INFINITY)
      return this.#node({ kind: 'exists', operand }, offset)
    }
    if (name === '$') throw new FilterFault('struct array elements are not supported', offset)
    throw this.#unexpected('an operand')
  }

  #unary(operator: 'not' | '-' | '+' | '~'): Syntax {
    const { offset } = this.#advance()
    const token = this.#token
    if (operator === '-' && token.kind === 'integer' && token.value === -int64Min) {
      this.#advance()
      return this.#literal({ kind: 'constant', type: 'Int64', value: int64Min }, offset)
    }
    const operand = this.#expression(unaryPrecedence)
    return this.#node({ kind: 'unary', operator, operand }, offset)
  }

  #template(): Syntax {
    const { offset } = this.#advance()
    const token = this.#token
    if (token.kind !== 'identifier') throw this.#unexpected(`a template's name`)
    this.#advance()
    this.#expect('}')
    return this.#node({ kind: 'template', name: token.name }, offset)
  }

  /** A field, a path into one, a call, or any of them with `is null`. */
  #named(): Syntax {
    const token = this.#advance()
    const name = token.kind === 'identifier' ? token.name : ''
    const { offset } = token
    if (this.#isSymbol('(')) {
      return this.#node({ kind: 'call', name, arguments: this.#sequence('(', ')') }, offset)
    }
    if (/^(?:iso|ISO|interval|INTERVAL)$/.test(name) && this.#token.kind === 'string') {
      throw new FilterFault(`${name} '…' is not supported: there is no Timestamptz field`, offset)
    }
    const form: ReferenceForm = { kind: 'reference', name, path: this.#path() }
    const reference = this.#node(form, offset)
    return this.#isWord('is') ? this.#isNull(reference) : reference
  }

  #path(): (string | number)[] {
    const path: (string | number)[] = []
    while (this.#isSymbol('[')) {
      this.#advance()
      const step = this.#advance()
      if (step.kind === 'string') path.push(step.value)
      else if (step.kind === 'integer' && step.value <= limits.jsonLengthMax) {
        path.push(Number(step.value))
      } else {
        const reason = `expected a key in quotes or an index, met ${describeToken(step)}`
        throw new FilterFault(reason, step.offset)
      }
      if (path.length > limits.expressionDepthMax) throw tooDeep(step.offset)
      this.#expect(']')
    }
    return path
  }

  #isNull(operand: SyntaxOf<'reference'>): Syntax {
    const { offset } = this.#advance()
    const isNegated = this.#token.kind === 'keyword' && this.#token.name === 'not'
    if (isNegated) this.#advance()
    if (!this.#isWord('null')) throw this.#unexpected(`'null'`)
    this.#advance()
    return this.#node({ kind: 'isNull', operand, isNegated }, offset)
  }

  /** Expressions between brackets, by commas; the last comma may have nothing behind it. */
  #sequence(open: SymbolName, close: SymbolName): Syntax[] {
    this.#expect(open)
    const elements: Syntax[] = []
    while (!this.#isSymbol(close)) {
      elements.push(this.#expression(0))
      if (!this.#isSymbol(',')) break
      this.#advance()
    }
    this.#expect(close)
    return elements
  }

  #literal(constant: SyntaxOf<'literal'>['constant'], offset: number): Syntax {
    return { kind: 'literal', constant, offset, depth: 1 }
  }

  #node<Form extends SyntaxForm>(
    form: Form,
    offset: number,
  ): Form & { offset: number; depth: number } {
    this.#nodeCount += 1
    if (this.#nodeCount > limits.expressionNodeCountMax) {
      throw new FilterFault(
        `more than ${limits.expressionNodeCountMax} operators and names`,
        offset,
      )
    }
    const depth = 1 + depthOf(form)
    if (depth > limits.expressionDepthMax) throw tooDeep(offset)
    return { ...form, offset, depth }
  }

  #advance(): Token {
    const token = this.#token
    this.#token = this.#lexer.next()
    return token
  }

  #expect(name: SymbolName): void {
    if (!this.#isSymbol(name)) throw this.#unexpected(`'${name}'`)
    this.#advance()
  }

  #isSymbol(name: SymbolName): boolean {
    return this.#token.kind === 'symbol' && this.#token.name === name
  }

  /** Is the token a word that is special only here, in lower or in upper case? */
  #isWord(name: string): boolean {
    const token = this.#token
    return token.kind === 'identifier' && (token.name === name || token.name === name.toUpperCase())
  }

  #unexpected(expected: string): FilterFault {
    const reason = `expected ${expected}, met ${describeToken(this.#token)}`
    return new FilterFault(reason, this.#token.offset)
  }
}

type InfixOf<Kind extends string> = Extract<
  NonNullable<ReturnType<typeof infixOf>>,
  { readonly kind: Kind }
>

function tooDeep(offset: number): FilterFault {
  return new FilterFault(`nested deeper than ${limits.expressionDepthMax}`, offset)
}

/** The depth of the deepest node below. */
function depthOf(form: SyntaxForm): number {
  switch (form.kind) {
    case 'literal':
    case 'template':
    case 'reference':
      return 0
    case 'list':
      return deepest(form.elements)
    case 'call':
      return deepest(form.arguments)
    case 'logical':
      return deepest(form.operands)
    case 'unary':
    case 'exists':
    case 'isNull':
      return form.operand.depth
    case 'binary':
    case 'comparison':
      return Math.max(form.left.depth, form.right.depth)
    case 'in':
      return Math.max(form.value.depth, form.list.depth)
    case 'like':
      return Math.max(form.value.depth, form.pattern.depth)
  }
}

/** Not Math.max(...): a list may be longer than a call can have arguments. */
function deepest(nodes: readonly Syntax[]): number {
  let depth = 0
  for (const node of nodes) depth = Math.max(depth, node.depth)
  return depth
}
