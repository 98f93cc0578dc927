import { describe, expect, it } from 'vitest'
import { ElanusError } from '../../../src/base/errors.ts'
import { limits } from '../../../src/base/limits.ts'
import type { TemplateValue } from '../../../src/expression/parse-filter.ts'
import { parseFilter } from '../../../src/expression/parse-filter.ts'
import type { Predicate } from '../../../src/expression/plan.ts'
import { sampleSchema, staticSchema } from './sample-schema.ts'

function refusalOf(text: string, templates?: Readonly<Record<string, TemplateValue>>): string {
  try {
    parseFilter(text, staticSchema, new Map(Object.entries(templates ?? {})))
  } catch (thrown) {
    if (thrown instanceof ElanusError && thrown.code === 'INVALID_ARGUMENT') return thrown.message
    throw thrown
  }
  return 'accepted'
}

function predicateOf(text: string, templates?: Readonly<Record<string, TemplateValue>>): Predicate {
  return parseFilter(text, sampleSchema, new Map(Object.entries(templates ?? {}))).predicate
}

describe('parseFilter', () => {
  it.each([
    ['nothing == 1', 'field nothing not exist at offset 0'],
    ['id > 0 and $meta["x"] == 1', 'field $meta not exist at offset 11'],
    ['title > 3', 'type mismatch: Int64 and VarChar do not compare at offset 6'],
    ['count == "3"', 'type mismatch: Int32 and VarChar do not compare at offset 6'],
    ['count == 1.5', 'type mismatch: Int32 and Double: 1.5 is no integer literal at offset 6'],
    ['count in [1, "2"]', 'type mismatch: Int32 and VarChar at offset 9'],
    ['flag == 1', 'type mismatch: Bool and Int64 do not compare at offset 5'],
    ['flag < true', 'Bool has no order at offset 5'],
    ['id == 9223372036854775808', 'integer overflow: 9223372036854775808 does not fit 64 bits'],
    ['id == 0xFFFFFFFFFFFFFFFFFF', 'does not fit 64 bits at offset 6'],
    ['price < 1e999', 'float overflow: 1e999 at offset 8'],
    ['id == 9223372036854775807 + 1', 'arithmetic overflow between constants at offset 26'],
    ['id / 0 == 1', 'division by zero at offset 3'],
    ['id % (1 - 1) == 1', 'division by zero at offset 3'],
    ['title + 1 == 2', "'+' takes numbers, met VarChar at offset 6"],
    ['price % 2 == 1', "'%' takes integers, met Double at offset 6"],
    ['~price == 1', "'~' takes integers, met Double at offset 0"],
    ['count', 'expected a condition, met a value of type Int32 at offset 0'],
    ['title and flag', 'expected a condition, met a value of type VarChar at offset 0'],
    ['not count > 5', "'not' binds tighter than '>': write not (…) at offset 10"],
    ['count & 1 == 1', 'expected a value, met a condition at offset 10'],
    ['vector == 1', 'field vector is a FloatVector: filters take scalars at offset 0'],
    ['count["k"] == 1', 'field count is Int32: it has no keys at offset 0'],
    ['numbers["k"] == 1', 'field numbers is an Array: it takes one index at offset 0'],
    ['numbers > 1', 'an Array field as a whole has no value here at offset 0'],
    ['meta > 1', 'a JSON field as a whole has no value here: name a key at offset 0'],
    ['exists count', "'exists' takes a key of a JSON field at offset 0"],
    ['exists meta', "'exists' takes a key of a JSON field at offset 0"],
    ['count like "1%"', "'like' takes a VarChar or JSON field, not Int32 at offset 6"],
    ['title like 5', "'like' takes a pattern in quotes, not Int64 at offset 11"],
    ['1 in [1, 2]', "'in' takes a field on its left at offset 2"],
    ['count in 5', 'expected a list like [1, 2], met Int64 at offset 9'],
    ['count in [short]', 'expected a constant at offset 10'],
    ['count == [1]', 'comparison with a list takes an Array or JSON field, not Int32 at offset 6'],
    ['numbers < [1]', 'lists have no order at offset 8'],
    ['array_contains(count, 1)', 'array_contains takes an Array or JSON field, not Int32'],
    ['array_contains(numbers, "a")', 'type mismatch: element of Int32 and VarChar at offset 24'],
    ['array_contains_all(numbers, 1)', 'expected a list like [1, 2], met Int64 at offset 28'],
    ['array_length(numbers, 1) == 1', 'array_length takes 1 arguments, not 2 at offset 0'],
    ['text_match(title, "x")', 'text_match is not supported at offset 0'],
    ['PHRASE_MATCH(title, "x")', 'phrase_match is not supported at offset 0'],
    ['random_sample(0.1)', 'random_sample is not supported at offset 0'],
    ['st_within(title, "POINT(0 0)")', 'st_within is not supported at offset 0'],
    ['element_filter(numbers, $ > 1)', 'struct array elements are not supported at offset 24'],
    ['title =~ "a.*"', 'regular expressions are not supported: use like at offset 6'],
    ["title > ISO '2025-01-01'", 'there is no Timestamptz field at offset 8'],
    ['launch(title)', 'function launch not exist at offset 0'],
    ['count = 1', "there is no '=': use '==' to compare at offset 6"],
    ['count == ', 'expected an operand, met the end at offset 9'],
    ['count == 1 2', 'expected an operator or the end, met 2 at offset 11'],
    ['(count == 1', "expected ')', met the end at offset 11"],
    ['count == "abc', 'unterminated string at offset 9'],
    ['count == 1.2.3', 'malformed number 1.2.3 at offset 9'],
    ['count == 1 # 2', 'unexpected character "#" at offset 11'],
    ['meta[count] == 1', "expected a key in quotes or an index, met 'count' at offset 5"],
    ['count in {ids}', 'no value is given for {ids} at offset 9'],
  ])('refuses %s', (text, reason) => {
    expect(refusalOf(text)).toContain(`cannot parse expression: ${text}, error: `)
    expect(refusalOf(text)).toContain(reason)
  })

  it('refuses templates that no literal could be', () => {
    expect(refusalOf('id == {x}', { x: 2n ** 63n })).toContain('{x} does not fit 64 bits')
    expect(refusalOf('price == {x}', { x: Number.NaN })).toContain('{x} is not finite')
    expect(refusalOf('title == {x}', { x: '\ud800' })).toContain('{x} is not well-formed')
    expect(refusalOf('count in {x}', { x: [1n, 'a'] })).toContain('type mismatch')
    expect(refusalOf('count == {x}', { x: [1n] })).toContain('takes an Array or JSON field')
  })

  it('shows no more than the beginning of a long filter', () => {
    const message = refusalOf(`id in [${'1,'.repeat(9_000)}"x"]`)
    expect(message).toContain('type mismatch')
    expect(message.length).toBeLessThan(400)
  })

  it('refuses filters that are too long, too deep or too large', () => {
    const depth = limits.expressionDepthMax
    expect(refusalOf(' '.repeat(limits.expressionLengthMax + 1))).toContain('the most is')
    expect(refusalOf(`${'('.repeat(depth)}flag${')'.repeat(depth)}`)).toContain('nested deeper')
    expect(refusalOf(`${'not '.repeat(depth)}flag`)).toContain('nested deeper')
    expect(refusalOf(`count${' + 1'.repeat(depth)} == 1`)).toContain('nested deeper')
    expect(refusalOf(`meta${'["a"]'.repeat(depth + 1)} == 1`)).toContain('nested deeper')
    expect(refusalOf(`flag${' or flag'.repeat(limits.expressionNodeCountMax)}`)).toContain(
      `more than ${limits.expressionNodeCountMax} operators`,
    )
    expect(refusalOf(`title like "${'a'.repeat(limits.likePatternLengthMax + 1)}"`)).toContain(
      'a pattern has at most',
    )
  })

  it('accepts filters that are wide', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `id == ${i}`)
    const predicate = predicateOf(ids.join(' or '))
    expect(predicate).toMatchObject({ kind: 'in', list: { type: 'Int64' } })
  })

  it('passes every row when it is blank', () => {
    expect(predicateOf(' \n')).toEqual({ kind: 'always' })
  })

  it('folds constants', () => {
    expect(predicateOf('1 < 2.5 and "a" < "b" and not false')).toEqual({ kind: 'always' })
    expect(predicateOf('count == 2 * (3 + 4) - 14 / 4')).toMatchObject({ right: { value: 11n } })
    expect(predicateOf('count > 1 and 2 ** 3 == 9')).toEqual({ kind: 'never' })
  })

  it('rounds the constants that a Float field is compared with', () => {
    expect(predicateOf('ratio == 0.1')).toMatchObject({ right: { value: Math.fround(0.1) } })
    expect(predicateOf('price == 0.1')).toMatchObject({ right: { value: 0.1 } })
  })

  it('takes unknown names for keys of the dynamic field', () => {
    const dynamic = { kind: 'json', fieldId: 115n }
    expect(predicateOf('color == 1')).toMatchObject({ left: { ...dynamic, path: ['color'] } })
    expect(predicateOf('$meta["a b"] == 1')).toMatchObject({ left: { ...dynamic, path: ['a b'] } })
    expect(predicateOf('a["b"][2] is null')).toMatchObject({ value: { path: ['a', 'b', 2] } })
  })

  it('gives templates the types of their values', () => {
    const templates = { low: 3n, names: ['a', 'b'], share: 0.5, yes: true }
    expect(predicateOf('count > {low}', templates)).toMatchObject({ left: { value: 3n } })
    expect(predicateOf('title in {names}', templates)).toMatchObject({
      list: { type: 'VarChar', values: ['a', 'b'] },
    })
    expect(predicateOf('price < {share} and flag == {yes}', templates)).toMatchObject({
      kind: 'and',
    })
  })

  it('pushes negations down to the leaves', () => {
    expect(predicateOf('not (flag and not (count < 1 or title like "a%"))')).toMatchObject({
      kind: 'or',
      operands: [
        { kind: 'compare', operator: '==', isNegated: true },
        { kind: 'compare', operator: '<', isNegated: false },
        { kind: 'like', isNegated: false },
      ],
    })
  })

  it('makes one list of equalities', () => {
    expect(predicateOf('count == 3 or 1 == count or count in [2, 3]')).toMatchObject({
      kind: 'in',
      isNegated: false,
      list: { values: BigInt64Array.of(1n, 2n, 3n) },
    })
    expect(predicateOf('title != "a" and title not in ["b"]')).toMatchObject({
      kind: 'in',
      isNegated: true,
      list: { values: ['a', 'b'] },
    })
  })

  it('makes plans that cross to another thread', () => {
    const plan = parseFilter('id in [1] and meta["a"] > 1 or title like "a_%"', sampleSchema)
    expect(structuredClone(plan)).toEqual(plan)
  })
})
