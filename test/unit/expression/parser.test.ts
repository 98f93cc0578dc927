import { describe, expect, it } from 'vitest'
import { parseSyntax } from '../../../src/expression/syntax/parser.ts'
import type { Syntax } from '../../../src/expression/syntax/syntax.ts'

/** The tree in full parentheses. */
function shown(syntax: Syntax): string {
  switch (syntax.kind) {
    case 'literal':
      return String(syntax.constant.value)
    case 'template':
      return `{${syntax.name}}`
    case 'list':
      return `[${syntax.elements.map(shown).join(' ')}]`
    case 'reference':
      return syntax.name + syntax.path.map((step) => `.${step}`).join('')
    case 'unary':
      return `(${syntax.operator} ${shown(syntax.operand)})`
    case 'binary':
    case 'comparison':
      return `(${shown(syntax.left)} ${syntax.operator} ${shown(syntax.right)})`
    case 'logical':
      return `(${syntax.operands.map(shown).join(` ${syntax.operator} `)})`
    case 'in':
      return `(${shown(syntax.value)} ${syntax.isNegated ? 'not in' : 'in'} ${shown(syntax.list)})`
    case 'like':
      return `(${shown(syntax.value)} like ${shown(syntax.pattern)})`
    case 'exists':
      return `(exists ${shown(syntax.operand)})`
    case 'isNull':
      return `(${syntax.operand.name} is ${syntax.isNegated ? 'not ' : ''}null)`
    case 'call':
      return `${syntax.name}(${syntax.arguments.map(shown).join(' ')})`
  }
}

const tree = (text: string): string => shown(parseSyntax(text))

describe('the parser', () => {
  it.each([
    ['a + b * c - d', '((a + (b * c)) - d)'],
    ['a * b ** c ** d', '(a * ((b ** c) ** d))'],
    ['-a ** 2', '(- (a ** 2))'],
    ['2 ** -a', '(2 ** (- a))'],
    ['a + b << c', '((a + b) << c)'],
    ['a & b ^ c | d', '(((a & b) ^ c) | d)'],
    ['a & 1 == 1', '(a & (1 == 1))'],
    ['a | b < c', '(a | (b < c))'],
    ['a << 1 in [2]', '((a << 1) in [2])'],
    ['a or b and c', '(a or (b and c))'],
    ['a and b or c and d', '((a and b) or (c and d))'],
    ['a == b < c', '(a == (b < c))'],
    ['not a == b', '((not a) == b)'],
    ['not a like "x"', '(not (a like x))'],
    ['not exists a["k"] and b', '((not (exists a.k)) and b)'],
    ['!a && ~b || c', '(((not a) and (~ b)) or c)'],
    ['a is null and not b is not null', '((a is null) and (not (b is not null)))'],
  ])('binds %s as Milvus does', (text, expected) => {
    expect(tree(text)).toBe(expected)
  })

  it('reads a chain as two comparisons of its middle', () => {
    expect(tree('1 < a <= 5')).toBe('((1 < a) and (a <= 5))')
    expect(tree('9 >= a["k"] > 1')).toBe('((9 >= a.k) and (a.k > 1))')
    expect(tree('1 < a > 5')).toBe('((1 < a) > 5)')
  })

  it('reads paths, calls, lists and templates', () => {
    expect(tree('$meta["x"][0] == {v}')).toBe('($meta.x.0 == {v})')
    expect(tree("json_contains_all(a['k'], [1, 'b', [true],])")).toBe(
      'json_contains_all(a.k [1 b [true]])',
    )
    expect(tree('a not in []')).toBe('(a not in [])')
  })

  it('knows keywords in lower and in upper case only', () => {
    expect(tree('a AND b OR NOT c')).toBe('((a and b) or (not c))')
    expect(tree('In in [1] and Like like "x" and a IS NOT NULL')).toBe(
      '((In in [1]) and (Like like x) and (a is not null))',
    )
    expect(tree('is is null and null == 1')).toBe('((is is null) and (null == 1))')
  })

  it.each([
    ['017', '15'],
    ['0x1F', '31'],
    ['0b101', '5'],
    ['0', '0'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['1e3', '1000'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['0x1.8p1', '3'],
    ['1E-2', '0.01'],
  ])('reads the number %s', (text, expected) => {
    expect(tree(text)).toBe(expected)
  })

  it.each([
    [String.raw`"a\"b\\c\n"`, 'a"b\\c\n'],
    [String.raw`'it\'s'`, "it's"],
    [String.raw`'\x41\101\u00e9\U0001F600'`, 'AAé😀'],
    [String.raw`'100\%'`, String.raw`100\%`],
    [String.raw`r'a\nb\''`, String.raw`a\nb\'`],
    [`u8"日本"`, '日本'],
    [`"a\\\nb"`, 'ab'],
    [`''`, ''],
  ])('reads the string %s', (text, expected) => {
    expect(tree(text)).toBe(expected)
  })
})
