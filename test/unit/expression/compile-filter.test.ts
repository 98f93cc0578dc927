import { describe, expect, it } from 'vitest'
import type { FieldId } from '../../../src/base/int64.ts'
import { int64Max, int64Min, toId } from '../../../src/base/int64.ts'
import type { ColumnSource, FilterColumn } from '../../../src/expression/column-source.ts'
import { compileFilter } from '../../../src/expression/compile-filter.ts'
import { parseFilter } from '../../../src/expression/parse-filter.ts'
import { columnsOf } from './sample-columns.ts'
import type { SampleRow } from './sample-schema.ts'
import { sampleSchema } from './sample-schema.ts'

const emptyRow: SampleRow = {
  id: 0n,
  flag: undefined,
  tiny: undefined,
  short: undefined,
  count: undefined,
  big: undefined,
  ratio: undefined,
  price: undefined,
  title: undefined,
  meta: undefined,
  numbers: undefined,
  bigs: undefined,
  words: undefined,
  floats: undefined,
  $meta: undefined,
}

/** The places of the rows that pass. */
function passing(text: string, rows: readonly Partial<SampleRow>[]): number[] {
  const filter = compileFilter(parseFilter(text, sampleSchema))
  const bits = filter(columnsOf(rows.map((row) => ({ ...emptyRow, ...row }))), rows.length)
  return rows.flatMap((_, row) => ((((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1 ? [row] : []))
}

describe('a compiled filter', () => {
  it('does not bring null back by a negation', () => {
    const rows = [{ count: 1 }, { count: 2 }, {}]
    expect(passing('count == 1', rows)).toEqual([0])
    expect(passing('not (count == 1)', rows)).toEqual([1])
    expect(passing('count != 1', rows)).toEqual([1])
    expect(passing('count not in [1]', rows)).toEqual([1])
    expect(passing('not (count == 1 and flag)', rows)).toEqual([1])
    expect(passing('count == 1 or not (count == 1)', rows)).toEqual([0, 1])
    expect(passing('count is null', rows)).toEqual([2])
  })

  it('decides an or by one side though the other is unknown', () => {
    const rows = [{ count: 1 }, { flag: true }, { count: 2, flag: false }, {}]
    expect(passing('count == 1 or flag', rows)).toEqual([0, 1])
    expect(passing('not (count == 1 and flag)', rows)).toEqual([2])
  })

  it.each([
    ['big + 1 > 0 or big + 1 < 0', int64Max],
    ['big - 1 > 0 or big - 1 < 0', int64Min],
    ['big * 2 > 0 or big * 2 < 0 or big * 2 == 0', int64Max],
    ['-big > 0 or -big < 0', int64Min],
    ['big / -1 > 0 or big / -1 < 0', int64Min],
    ['1 / (big - 5) > 0 or 1 / (big - 5) < 1', 5n],
    ['1 % (big - 5) >= 0', 5n],
    ['1 << big > 0 or 1 << big <= 0', 64n],
    ['1 >> big >= 0', -1n],
    ['1.5 / (big - 5) > 0 or 1.5 / (big - 5) <= 0', 5n],
  ])('does not know %s of %d', (text, big) => {
    expect(passing(text, [{ big }])).toEqual([])
    expect(passing(`not (${text})`, [{ big }])).toEqual([])
  })

  it.each([
    ['big + 1 == 9223372036854775807', int64Max - 1n],
    ['big - 1 == -9223372036854775808', int64Min + 1n],
    ['big / 2 == -3', -7n],
    ['big % 5 == -2', -7n],
    ['big << 63 == -9223372036854775808', 1n],
    ['big >> 1 == -4', -7n],
    ['~big == 6 and (big & 3) == 1 and (big | 3) == -5 and (big ^ 1) == -8', -7n],
    ['big ** 2 == 49', -7n],
    ['big + 0.5 == -6.5', -7n],
  ])('computes %s of %d', (text, big) => {
    expect(passing(text, [{ big }])).toEqual([0])
  })

  it('compares numbers of different types by value', () => {
    const rows = [
      { big: 2n ** 53n, price: 2 ** 53, tiny: 1 },
      { big: 2n ** 53n + 1n, price: 2 ** 53, tiny: -1 },
      { big: 3n, price: 3.5, tiny: 3 },
      { big: 3n, price: Number.NaN, tiny: 3 },
    ]
    expect(passing('big == price', rows)).toEqual([0])
    expect(passing('big > price', rows)).toEqual([1])
    expect(passing('price > big', rows)).toEqual([2])
    expect(passing('big != price', rows)).toEqual([1, 2, 3])
    expect(passing('big <= price', rows)).toEqual([0, 2])
    expect(passing('tiny == big', rows)).toEqual([2, 3])
    expect(passing('tiny < 300', rows)).toEqual([0, 1, 2, 3])
  })

  it('finds a Float by the constant that it was made from', () => {
    const rows = [{ ratio: 0.1 }, { ratio: 0.2 }]
    expect(passing('ratio == 0.1', rows)).toEqual([0])
    expect(passing('ratio in [0.2, 7]', rows)).toEqual([1])
    expect(passing('ratio > 0.1', rows)).toEqual([1])
  })

  it('compares text by its UTF-8 bytes', () => {
    // U+FF5E comes before U+1F600 in UTF-8, and behind it in UTF-16.
    const rows = [{ title: '～' }, { title: '😀' }, { title: '' }]
    expect(passing('title > "～"', rows)).toEqual([1])
    expect(passing('title < "😀"', rows)).toEqual([0, 2])
    expect(passing('title in ["😀", ""]', rows)).toEqual([1, 2])
  })

  it('does not know a JSON value of another class, or none', () => {
    const rows = [
      { meta: { a: 1 } },
      { meta: { a: 2 } },
      { meta: { a: '1' } },
      { meta: { a: true } },
      { meta: { a: [1] } },
      { meta: { a: null } },
      { meta: {} },
      {},
    ]
    expect(passing('meta["a"] == 1', rows)).toEqual([0])
    expect(passing('meta["a"] != 1', rows)).toEqual([1])
    expect(passing('not (meta["a"] == 1)', rows)).toEqual([1])
    expect(passing('meta["a"] in [1, "1"]', rows)).toEqual([0, 2])
    expect(passing('meta["a"] not in [1, "2"]', rows)).toEqual([1, 2])
    expect(passing('meta["a"] like "%"', rows)).toEqual([2])
    expect(passing('exists meta["a"]', rows)).toEqual([0, 1, 2, 3, 4])
    expect(passing('not exists meta["a"]', rows)).toEqual([5, 6, 7])
    expect(passing('meta["a"] is null', rows)).toEqual([5, 6, 7])
    expect(passing('json_contains(meta["a"], 1)', rows)).toEqual([4])
    expect(passing('not json_contains(meta["a"], 2)', rows)).toEqual([4])
    expect(passing('array_length(meta["a"]) == 1', rows)).toEqual([4])
    expect(passing('meta["a"] + 1 == 2', rows)).toEqual([0])
  })

  it('keeps 64 bits of the integers in JSON', () => {
    const rows = [{ meta: { a: 2n ** 53n + 1n } }, { meta: { a: 2 ** 53 } }]
    expect(passing('meta["a"] == 9007199254740993', rows)).toEqual([0])
    expect(passing('meta["a"] in [9007199254740992]', rows)).toEqual([1])
    expect(passing('(meta["a"] & 1) == 1', rows)).toEqual([0])
  })

  it('matches arrays', () => {
    const rows = [
      { words: ['a', 'b', 'a'] },
      { words: ['b'] },
      { words: [] },
      { meta: { t: ['x', [1, 2], 3.0] } },
    ]
    expect(passing('array_contains(words, "a")', rows)).toEqual([0])
    expect(passing('array_contains_all(words, ["a", "b", "a"])', rows)).toEqual([0])
    expect(passing('array_contains_any(words, ["b", "c"])', rows)).toEqual([0, 1])
    expect(passing('not array_contains(words, "a")', rows)).toEqual([1, 2])
    expect(passing('array_contains_all(words, [])', rows)).toEqual([0, 1, 2])
    expect(passing('words == ["b"]', rows)).toEqual([1])
    expect(passing('words != ["b"]', rows)).toEqual([0, 2])
    expect(passing('words[1] == "b"', rows)).toEqual([0])
    expect(passing('words[0] is null', rows)).toEqual([2, 3])
    expect(passing('array_length(words) < 2', rows)).toEqual([1, 2])
    expect(passing('json_contains_all(meta["t"], [3, [1, 2]])', rows)).toEqual([3])
    expect(passing('meta["t"] == ["x", [1, 2], 3]', rows)).toEqual([3])
  })

  it('sets no bit behind the last row', () => {
    for (const rowCount of [0, 1, 7, 8, 9, 1_023, 1_024, 1_025]) {
      const filter = compileFilter(parseFilter('', sampleSchema))
      const bits = filter(columnsOf([]), rowCount)
      expect(bits.length).toBe(Math.ceil(rowCount / 8))
      const setCount = bits.reduce(
        (sum, byte) => sum + byte.toString(2).replaceAll('0', '').length,
        0,
      )
      expect(setCount).toBe(rowCount)
    }
  })

  it('reads columns in shared memory', () => {
    const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes)
    const values = new BigInt64Array(shared(16))
    values.set([5n, 6n])
    const texts = new Uint8Array(shared(14))
    texts.set(Buffer.from('{"a":"\\u0041"}'))
    const offsets = new Uint32Array(shared(12))
    offsets.set([0, 0, 14])
    const columns = new Map<FieldId, FilterColumn>([
      [toId<FieldId>(100n), { type: 'Int64', values }],
      [toId<FieldId>(109n), { type: 'JSON', bytes: texts, offsets }],
    ])
    const source: ColumnSource = {
      column: (fieldId) => columns.get(fieldId) ?? { type: 'Int64', values },
    }
    const filter = compileFilter(parseFilter('id in [6] and meta["a"] == "A"', sampleSchema))
    expect([...filter(source, 2)]).toEqual([2])
  })

  it('asserts that columns hold the rows', () => {
    const filter = compileFilter(parseFilter('id == 1', sampleSchema))
    expect(() => filter(columnsOf([emptyRow]), 2)).toThrow('a column holds the rows')
  })
})
