import { describe, expect, it } from 'vitest'
import type { Figure } from '../../../bench/lib/figure.ts'
import { figureTable, isMet } from '../../../bench/lib/figure.ts'

const figure: Figure = { key: 'a', title: 'search', value: 1234.5, unit: 'calls/s' }

describe('isMet', () => {
  it('holds a value against its bound, which is met when it is reached', () => {
    const atLeast = (value: number): Figure => ({ ...figure, target: { kind: 'atLeast', value } })
    const atMost = (value: number): Figure => ({ ...figure, target: { kind: 'atMost', value } })
    expect([atLeast(1234.5), atLeast(1235), atMost(1234.5), atMost(1234)].map(isMet)).toEqual([
      true,
      false,
      true,
      false,
    ])
  })

  it('says nothing of what could not be measured', () => {
    expect(
      isMet({ ...figure, value: Number.NaN, target: { kind: 'atLeast', value: 1 } }),
    ).toBeUndefined()
  })
})

describe('figureTable', () => {
  it('is Markdown, with the target beside the figure', () => {
    const ratio: Figure = {
      key: 'b',
      title: 'ratio',
      note: 'median',
      value: 0.4567,
      unit: '×',
      target: { kind: 'atLeast', value: 0.5 },
    }
    expect(figureTable([figure, ratio])).toBe(
      [
        '| measured       |         value | target | met |',
        '| -------------- | ------------: | -----: | --: |',
        '| search         | 1,235 calls/s |        |     |',
        '| ratio (median) |        0.457× | ≥ 0.5× |  NO |',
      ].join('\n'),
    )
  })
})
