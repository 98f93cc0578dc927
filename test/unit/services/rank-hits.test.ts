import { describe, expect, it } from 'vitest'
import { fuse, type RankedList } from '../../../src/services/proxy/rank-hits.ts'

function list(
  metric: RankedList['metric'],
  hits: readonly (readonly [bigint, number])[],
  firstPlace = 0,
): RankedList {
  return {
    metric,
    keys: hits.map(([key]) => key),
    scores: Float32Array.from(hits, ([, score]) => score),
    places: hits.map((_, rank) => firstPlace + rank),
  }
}

const distances = list('L2', [
  [1n, 0],
  [2n, 1],
  [3n, 2],
])
const products = list(
  'IP',
  [
    [3n, 5],
    [4n, 1],
  ],
  3,
)

describe('hits of several searches', () => {
  it('are ranked by the sum of their reciprocal ranks', () => {
    const hits = fuse([distances, products], { kind: 'rrf', k: 60 })
    expect(hits.map(({ key }) => key)).toEqual([3n, 1n, 2n, 4n])
    expect(hits[0]?.score).toBeCloseTo(1 / 63 + 1 / 61, 12)
    expect(hits[1]?.score).toBeCloseTo(1 / 61, 12)
  })

  it('tie in the order of their keys', () => {
    const hits = fuse([products, list('IP', [[2n, 1]])], { kind: 'rrf', k: 1 })
    expect(hits.map(({ key }) => key)).toEqual([2n, 3n, 4n])
  })

  it('keep the place of the first list that has them', () => {
    const hits = fuse([distances, products], { kind: 'rrf', k: 60 })
    expect(hits.map(({ place }) => place)).toEqual([2, 0, 1, 4])
  })

  it('are ranked by weighted scores, nearer ones larger', () => {
    const ranking = { kind: 'weighted', weights: [1, 0.5], isNormalized: true } as const
    const hits = fuse([distances, products], ranking)
    expect(hits.map(({ key }) => key)).toEqual([1n, 3n, 2n, 4n])
    const third = 1 - (2 * Math.atan(2)) / Math.PI + 0.5 * (0.5 + Math.atan(5) / Math.PI)
    expect(hits[1]?.score).toBeCloseTo(third, 6)
  })

  it('are ranked by cosines brought to positive numbers', () => {
    const ranking = { kind: 'weighted', weights: [0.5], isNormalized: true } as const
    const hits = fuse([list('COSINE', [[1n, -1]]), list('COSINE', [[2n, 1]])], {
      ...ranking,
      weights: [0.5, 0.5],
    })
    expect(hits).toMatchObject([
      { key: 2n, score: 0.5 },
      { key: 1n, score: 0 },
    ])
  })

  it('are ranked by scores as they are when asked for, distances from the small end', () => {
    const raw = { kind: 'weighted', weights: [1, 1], isNormalized: false } as const
    const other = list('L2', [
      [2n, 0],
      [9n, 9],
    ])
    // Whoever is missing from a list has no distance there: as in Milvus, it counts nothing.
    expect(fuse([distances, other], raw).map(({ key, score }) => [key, score])).toEqual([
      [1n, 0],
      [2n, 1],
      [3n, 2],
      [9n, 9],
    ])
    const mixed = fuse([distances, products], raw)
    expect(mixed.map(({ key }) => key)).toEqual([3n, 1n, 4n, 2n])
  })
})
