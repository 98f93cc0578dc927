import { describe, expect, it } from 'vitest'
import { drawChart } from '../../../bench/index/chart.ts'
import { exactTop, recallOf } from '../../../bench/index/exact-top.ts'
import { frontierOf, qpsAt } from '../../../bench/index/frontier.ts'
import { parseIndexBenchOptions } from '../../../bench/index/options.ts'
import { filteredRatios, type Outcome, ratiosOf, scalingOf } from '../../../bench/index/ratios.ts'
import { codeThrown } from '../../support/error-code.ts'

const point = (recall: number, qps: number) => ({ width: 0, recall, qps })

describe('a frontier', () => {
  it('leaves out what is slower and finds less', () => {
    const points = [point(0.9, 100), point(0.95, 120), point(0.99, 50), point(0.97, 40)]
    expect(frontierOf(points)).toEqual([point(0.95, 120), point(0.99, 50)])
  })

  it('is read between two points by the logarithm of what is missed', () => {
    const points = [point(0.9, 1000), point(0.99, 10)]
    expect(qpsAt(points, 0.9)).toBe(1000)
    expect(qpsAt(points, 0.99)).toBeCloseTo(10)
    expect(qpsAt(points, 1 - Math.sqrt(0.1 * 0.01))).toBeCloseTo(100)
  })

  it('is not read beyond what was measured', () => {
    const points = [point(0.93, 500), point(0.97, 100)]
    expect(qpsAt(points, 0.5)).toBe(500)
    expect(qpsAt(points, 0.98)).toBeUndefined()
    expect(qpsAt([], 0.9)).toBeUndefined()
  })
})

describe('exact answers', () => {
  const base = Float32Array.of(0, 1, 2, 0, -3, 0, 0, 5)
  const queries = Float32Array.of(1, 0)
  const shape = { base, queries, dimension: 2, topk: 3 }

  it('are the nearest by each metric, ties by id', () => {
    expect(Array.from(exactTop({ ...shape, metric: 'L2' }))).toEqual([1, 0, 2])
    expect(Array.from(exactTop({ ...shape, metric: 'IP' }))).toEqual([1, 0, 3])
    expect(Array.from(exactTop({ ...shape, metric: 'COSINE' }))).toEqual([1, 0, 3])
  })

  it('are among the rows that pass, and fewer where there are fewer', () => {
    const isIn = (row: number): boolean => row % 2 === 0
    expect(Array.from(exactTop({ ...shape, metric: 'L2', isIn }))).toEqual([0, 2, -1])
  })

  it('are what recall is a share of', () => {
    const exact = Int32Array.of(1, 2, 3, 4, -1, -1)
    expect(recallOf([3, 2, 9, 4, 8, 7], exact, 3)).toBe(3 / 4)
    expect(recallOf([1, 1, 1, -1, -1, -1], exact, 3)).toBe(1 / 4)
  })
})

function outcome(kind: 'elanus' | 'usearch', threads: number, seconds: number): Outcome {
  const name =
    kind === 'elanus' ? ({ kind, type: 'HNSW' } as const) : ({ kind, scalar: 'f32' } as const)
  const single = [point(0.95, kind === 'elanus' ? 300 : 100)]
  const batch = threads > 1 ? [point(0.95, kind === 'elanus' ? 500 : 250)] : []
  const title = `${kind} ${threads}`
  return { setup: { name, threads }, title, buildSeconds: seconds, single, batch }
}

describe('ratios', () => {
  const outcomes = [
    outcome('elanus', 1, 10),
    outcome('elanus', 2, 5),
    outcome('usearch', 1, 30),
    outcome('usearch', 2, 20),
  ]

  it('are of peers with as many threads, for each recall that ours reach', () => {
    const ratios = ratiosOf('a set', outcomes)
    expect(
      ratios.map(({ threads, recall, qpsRatio, buildRatio }) => [
        threads,
        recall,
        qpsRatio,
        buildRatio,
      ]),
    ).toEqual([
      [1, 0.9, 3, 3],
      [1, 0.95, 3, 3],
      [2, 0.9, 2, 4],
      [2, 0.95, 2, 4],
    ])
    expect(ratios[3]).toMatchObject({ dataset: 'a set', against: 'usearch 2', peerThreads: 2 })
  })

  it('say how much threads help us', () => {
    expect(scalingOf(outcomes)).toEqual([
      { type: 'HNSW', threads: 2, buildRatio: 2, qpsRatio: 500 / 300 },
    ])
  })

  it('of filtered searches are of the best on either side', () => {
    const rows = outcomes.map(({ setup, title, single }) => ({ setup, title, points: single }))
    expect(filteredRatios('a set', [{ passing: 0.1, rows }])).toMatchObject([
      { passing: 0.1, against: 'usearch 1', qpsRatio: 3 },
    ])
    const own = rows.filter(({ setup }) => setup.name.kind === 'elanus')
    expect(filteredRatios('a set', [{ passing: 0.1, rows: own }])).toEqual([])
  })
})

describe('a chart', () => {
  it('has a line for each contender, its name safe in XML', () => {
    const points = [point(0.9, 1000), point(0.99, 400), point(1, 20)]
    const svg = drawChart('one & all', [
      { title: 'ours', points, isPeer: false },
      { title: '<theirs>', points: [point(0.95, 300)], isPeer: true },
      { title: 'nowhere near', points: [point(0.1, 9999)], isPeer: true },
    ])
    expect(svg.match(/<polyline/g)).toHaveLength(2)
    expect(svg).toContain('one &amp; all')
    expect(svg).toContain('&lt;theirs>')
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })
})

describe('the arguments of the bench', () => {
  it('name what takes part, and with how many threads', () => {
    const peers = 'hnswlib-node,usearch-i8'
    const taking = ['--types', 'hnsw,FLAT', '--threads', '1,4', '--peers', peers]
    const shape = ['--efs', '10,20', '--M', '8']
    const { contenders, settings } = parseIndexBenchOptions([...taking, ...shape])
    expect(contenders).toHaveLength(2 * 2 + 1 + 2)
    expect(settings).toMatchObject({ efs: [10, 20], linksMax: 8 })
  })

  it('are refused where they are unknown', () => {
    const wrong = [
      ['--types', 'TREE'],
      ['--peers', 'nobody'],
      ['--efs', 'wide'],
      ['--synthetic', '1000'],
      ['--what'],
    ]
    for (const args of wrong) {
      expect(codeThrown(() => parseIndexBenchOptions(args))).toBe('INVALID_ARGUMENT')
    }
  })
})
