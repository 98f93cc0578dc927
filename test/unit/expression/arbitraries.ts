import * as fc from 'fast-check'
import { int64Max, int64Min } from '../../../src/base/int64.ts'
import type { Condition, Literal, Operator, Term } from './model.ts'
import type { Json, SampleRow } from './sample-schema.ts'

/** Values from small pools, so that rows and constants meet, and from the edges. */
const integer = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: -3n, max: 5n }) },
  fc.constantFrom(127n, -128n, 300n, 2n ** 31n, 2n ** 53n, 2n ** 53n + 1n, int64Min, int64Max),
)
const smallInteger = fc.bigInt({ min: -3n, max: 5n })
const fraction = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 0.1, 0.5, -1.5, 2, 3) },
  fc.constantFrom(1e300, -2.5e-10, 123_456.789),
)
const text = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'ba', 'aab', 'é', '日本', '😀a'),
  },
  fc.string({
    maxLength: 6,
    unit: fc.constantFrom('a', 'b', '%', '_', '\\', '"', '\n', 'é', '😀'),
  }),
)
const pattern = fc.string({
  maxLength: 6,
  unit: fc.constantFrom('a', 'b', '%', '%', '_', '\\', 'é', '日', '😀'),
})
const key = fc.constantFrom('a', 'b', 'k é', 'x"y', 'deep')

const scalar: fc.Arbitrary<Literal> = fc.oneof(integer, fraction, text, fc.boolean())

/** Fractions and whole numbers, as JSON has them, and the others. */
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.oneof(smallInteger.map(Number), integer, fraction, text, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 6 })

const float = fc.oneof(
  { weight: 8, arbitrary: fraction },
  fc.constantFrom(Number.NaN, -0, Infinity),
)

export const sampleRow: fc.Arbitrary<SampleRow> = fc.record({
  id: integer,
  flag: orNull(fc.boolean()),
  tiny: orNull(fc.constantFrom(-128, -1, 0, 1, 2, 3, 127)),
  short: orNull(fc.constantFrom(-3, 0, 1, 2, 300)),
  count: orNull(fc.constantFrom(-(2 ** 31), -1, 0, 1, 2, 3, 2 ** 31 - 1)),
  big: orNull(integer),
  ratio: orNull(float.map(Math.fround)),
  price: orNull(float),
  title: orNull(text),
  meta: orNull(fc.dictionary(key, json, { maxKeys: 4 })),
  numbers: orNull(fc.array(smallInteger.map(Number), { maxLength: 4 })),
  bigs: orNull(fc.array(integer, { maxLength: 4 })),
  words: orNull(fc.array(text, { maxLength: 4 })),
  floats: orNull(fc.array(fraction.map(Math.fround), { maxLength: 3 })),
  $meta: orNull(fc.dictionary(fc.constantFrom('color', 'size', 'a'), json, { maxKeys: 3 })),
})

const field = (...names: readonly string[]): fc.Arbitrary<Term> =>
  fc.constantFrom(...names).map((name) => ({ kind: 'field', name }))

const element = (name: string): fc.Arbitrary<Term> =>
  fc.nat(3).map((index) => ({ kind: 'path', name, path: [index] }))

const step = fc.oneof({ weight: 3, arbitrary: key }, fc.nat(2))
const jsonTerm: fc.Arbitrary<Term> = fc.oneof(
  fc
    .tuple(key, fc.array(step, { maxLength: 2 }))
    .map(([first, rest]): Term => ({ kind: 'path', name: 'meta', path: [first, ...rest] })),
  field('color', 'size'),
  fc.constantFrom<Term>(
    { kind: 'path', name: '$meta', path: ['a'] },
    { kind: 'path', name: 'color', path: ['a'] },
    { kind: 'path', name: 'size', path: [0] },
  ),
)
const arrayTerm = field('numbers', 'bigs', 'words', 'floats')
const jsonArray = fc.oneof(jsonTerm, field('meta', '$meta'))
const textTerm = fc.oneof(field('title'), element('words'))
const plainInteger = fc.oneof(
  field('id', 'tiny', 'short', 'count', 'big'),
  element('numbers'),
  element('bigs'),
  fc.oneof(arrayTerm, jsonArray).map((term): Term => ({ kind: 'length', term })),
)
const plainFloat = fc.oneof(field('ratio', 'price'), element('floats'))

const literal = <T extends Literal>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Term> =>
  arbitrary.map((value) => ({ kind: 'literal', value }))

const sum = (left: fc.Arbitrary<Term>, operators: readonly string[], right: fc.Arbitrary<Term>) =>
  fc
    .tuple(left, fc.constantFrom(...operators), right)
    .map(([a, operator, b]): Term => ({ kind: 'sum', operator, left: a, right: b }))

const nonZero = literal(integer.filter((value) => value !== 0n))
const integerTerm: fc.Arbitrary<Term> = fc.letrec<{ term: Term }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 3 },
    plainInteger,
    sum(tie('term'), ['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>'], nonZero),
    sum(tie('term'), ['+', '-', '*', '/', '%', '<<', '>>'], tie('term')),
    sum(fc.oneof(tie('term'), jsonTerm), ['&', '|', '^'], fc.oneof(tie('term'), jsonTerm)),
    tie('term').map((term): Term => ({ kind: 'negative', term })),
    fc.oneof(tie('term'), jsonTerm).map((term): Term => ({ kind: 'complement', term })),
  ),
})).term
const floatTerm: fc.Arbitrary<Term> = fc.oneof(
  { weight: 3, arbitrary: plainFloat },
  sum(
    fc.oneof(plainFloat, integerTerm),
    ['+', '-', '*', '/', '**'],
    literal(fraction.filter(Boolean)),
  ),
  sum(plainFloat, ['+', '-', '*', '/', '**'], fc.oneof(plainFloat, integerTerm, jsonTerm)),
  sum(jsonTerm, ['+', '-', '*', '/', '%', '**'], fc.oneof(jsonTerm, nonZero)),
  jsonTerm.map((term): Term => ({ kind: 'negative', term })),
)

const order: fc.Arbitrary<Operator> = fc.constantFrom('==', '!=', '<', '<=', '>', '>=')
const equality: fc.Arbitrary<Operator> = fc.constantFrom('==', '!=')

const comparison = (
  left: fc.Arbitrary<Term>,
  right: fc.Arbitrary<Term>,
  operators: fc.Arbitrary<Operator> = order,
): fc.Arbitrary<Condition> =>
  fc.tuple(left, right, operators, fc.boolean()).map(([a, b, operator, isSwapped]) => ({
    kind: 'compare',
    operator,
    left: isSwapped ? b : a,
    right: isSwapped ? a : b,
  }))

const number = fc.oneof(smallInteger, fraction)
const anyComparison = fc.oneof(
  comparison(integerTerm, literal(integer)),
  comparison(integerTerm, integerTerm),
  comparison(integerTerm, floatTerm),
  comparison(floatTerm, literal(number)),
  comparison(floatTerm, floatTerm),
  comparison(textTerm, literal(text)),
  comparison(textTerm, textTerm),
  comparison(jsonTerm, literal(fc.oneof(integer, fraction, text))),
  comparison(jsonTerm, fc.oneof(literal(fc.boolean()), field('flag')), equality),
  comparison(jsonTerm, fc.oneof(jsonTerm, textTerm, integerTerm, floatTerm)),
)

const direction = fc.constantFrom<readonly [Operator, Operator]>(
  ['<', '<'],
  ['<', '<='],
  ['<=', '<'],
  ['>', '>='],
  ['>=', '>='],
)
const between = (
  middle: fc.Arbitrary<Term>,
  bound: fc.Arbitrary<Literal>,
): fc.Arbitrary<Condition> =>
  fc
    .tuple(literal(bound), middle, literal(bound), direction)
    .map(([low, term, high, operators]) => ({
      kind: 'between',
      low,
      middle: term,
      high,
      operators,
    }))

const list = (element: fc.Arbitrary<Literal>) => fc.array(element, { maxLength: 6 })

const inList = (
  term: fc.Arbitrary<Term>,
  constant: fc.Arbitrary<Literal>,
): fc.Arbitrary<Condition> =>
  fc
    .tuple(term, list(constant), fc.boolean())
    .map(([member, constants, isNot]) => ({ kind: 'in', term: member, list: constants, isNot }))

const names = fc.constantFrom(
  'json_contains',
  'ARRAY_CONTAINS',
  'json_contains_any',
  'array_contains_any',
  'JSON_CONTAINS_ALL',
  'array_contains_all',
)
const arrayWith = (term: fc.Arbitrary<Term>, constant: fc.Arbitrary<Literal>) =>
  fc.oneof(
    fc
      .tuple(names, term, fc.array(constant, { minLength: 1, maxLength: 4 }))
      .map(([name, array, constants]): Condition => {
        const isOne = !/_a(?:ny|ll)$/i.test(name)
        return {
          kind: 'contains',
          name,
          term: array,
          list: isOne ? constants.slice(0, 1) : constants,
        }
      }),
    fc.tuple(term, list(constant), fc.boolean()).map(
      ([array, constants, isNot]): Condition => ({
        kind: 'sameList',
        term: array,
        list: constants,
        isNot,
      }),
    ),
  )

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 6, arbitrary: anyComparison },
  fc.constant<Condition>({ kind: 'flag' }),
  between(field('tiny', 'big', 'count'), integer),
  between(field('price', 'ratio'), number),
  between(field('title'), text),
  between(jsonTerm, fc.oneof(integer, text)),
  inList(integerTerm, integer),
  inList(plainFloat, number),
  inList(textTerm, text),
  inList(field('flag'), fc.boolean()),
  inList(jsonTerm, scalar),
  fc
    .tuple(fc.oneof(textTerm, jsonTerm), pattern)
    .map(([term, like]): Condition => ({ kind: 'like', term, pattern: like })),
  jsonTerm.map((term): Condition => ({ kind: 'exists', term })),
  fc
    .tuple(
      fc.oneof(jsonArray, textTerm, arrayTerm, field('big', 'flag'), element('numbers')),
      fc.boolean(),
    )
    .map(([term, isNot]): Condition => ({ kind: 'isNull', term, isNot })),
  arrayWith(field('numbers', 'bigs'), integer),
  arrayWith(field('floats'), number),
  arrayWith(field('words'), text),
  arrayWith(jsonArray, fc.oneof({ weight: 3, arbitrary: scalar }, list(scalar))),
)

export const condition: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 3, arbitrary: leaf },
    fc
      .tuple(
        fc.constantFrom<'and' | 'or'>('and', 'or'),
        fc.array(tie('condition'), { minLength: 2, maxLength: 4 }),
      )
      .map(([kind, operands]): Condition => ({ kind, operands })),
    tie('condition').map((operand): Condition => ({ kind: 'not', operand })),
  ),
})).condition
