import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import {
  findPath,
  firstElement,
  kindAt,
  nextElement,
  numberAt,
  valueEnd,
} from '../../../src/expression/evaluate/json-scan.ts'
import { seedOfRun } from '../../support/seeds.ts'

/** The text lies inside a larger buffer, whose bytes around it would change every answer. */
function textOf(json: string) {
  const bytes = Buffer.from(`"${json}],1`)
  return { start: 1, text: { bytes, end: bytes.length - 3 } }
}

function valueAt(json: string, ...path: readonly (string | number)[]): string | undefined {
  const { start, text } = textOf(json)
  const steps = path.map((step) => (typeof step === 'number' ? step : Buffer.from(step)))
  const at = findPath(text, start, steps)
  return at === -1 ? undefined : text.bytes.toString('utf8', at, valueEnd(text, at))
}

function numberOf(json: string): number | bigint {
  const { start, text } = textOf(json)
  return numberAt(text, start)
}

const seed = seedOfRun()

describe(`the JSON reader (seed ${seed})`, () => {
  it('finds what lies at a path', () => {
    const json = '{"a": {"b": [10, {"c": "x,]}"}, []]}, "é\\"": true, "n" :null, "a": 2}'
    expect(valueAt(json, 'a', 'b', 0)).toBe('10')
    expect(valueAt(json, 'a', 'b', 1, 'c')).toBe('"x,]}"')
    expect(valueAt(json, 'a', 'b', 2)).toBe('[]')
    expect(valueAt(json, 'é"')).toBe('true')
    expect(valueAt(json, 'n')).toBe('null')
    expect(valueAt(json)).toBe(json)
  })

  it('finds nothing where there is nothing', () => {
    const json = '{"a": {"b": [10]}, "s": "text"}'
    expect(valueAt(json, 'a', 'b', 1)).toBeUndefined()
    expect(valueAt(json, 'a', 'b', 'c')).toBeUndefined()
    expect(valueAt(json, 'a', 0)).toBeUndefined()
    expect(valueAt(json, 'b')).toBeUndefined()
    expect(valueAt(json, 's', 't')).toBeUndefined()
    expect(valueAt('', 'a')).toBeUndefined()
  })

  it('compares keys unescaped', () => {
    const json = '{"\\u0061b": 1, "a\\\\b": 2, "a\\/": 3}'
    expect(valueAt(json, 'ab')).toBe('1')
    expect(valueAt(json, 'a\\b')).toBe('2')
    expect(valueAt(json, 'a\\\\b')).toBeUndefined()
    expect(valueAt(json, 'a/')).toBe('3')
  })

  it.each([
    ['0', 0],
    ['-0', -0],
    ['123456789012345', 123_456_789_012_345],
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['-9223372036854775808', -(2n ** 63n)],
    ['9223372036854775808', 2 ** 63],
    ['12345678901234567890123', Number('12345678901234567890123')],
    ['1.5', 1.5],
    ['-2.5e-3', -0.0025],
    ['1e400', Number.POSITIVE_INFINITY],
    ['1-2', Number.NaN],
    ['-', Number.NaN],
  ])('reads the number %s', (json, expected) => {
    expect(numberOf(json)).toBe(expected)
  })

  it('walks the elements of an array', () => {
    const { start, text } = textOf('[ 1 ,"a,]",[2,3] , {"b":[4]}, null ]')
    const kinds: string[] = []
    for (let at = firstElement(text, start); at !== -1; at = nextElement(text, at)) {
      kinds.push(kindAt(text, at))
    }
    expect(kinds).toEqual(['number', 'text', 'array', 'object', 'null'])
    expect(firstElement(textOf('[ ]').text, 1)).toBe(-1)
  })

  it('comes to an end on malformed text and stays inside it', () => {
    const random = seededRandom(seed)
    const alphabet = '{}[]",:\\ tfn-019.eau'
    for (let i = 0; i < 20_000; i++) {
      const json = Array.from({ length: random.below(30) }, () => alphabet[random.below(20)]).join(
        '',
      )
      const { start, text } = textOf(json)
      for (const path of [[Buffer.from('a')], [0], [1, Buffer.from('a')], []]) {
        const at = findPath(text, start, path)
        expect(at).toBeLessThanOrEqual(text.end)
        if (at === -1) continue
        expect(valueEnd(text, at)).toBeGreaterThanOrEqual(at)
        if (kindAt(text, at) === 'number') numberAt(text, at)
        let steps = 0
        for (let e = firstElement(text, at); e !== -1; e = nextElement(text, e)) steps += 1
        expect(steps).toBeLessThanOrEqual(json.length)
      }
    }
  })
})
