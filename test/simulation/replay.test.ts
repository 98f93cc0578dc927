import { describe, expect, it } from 'vitest'
import { bugs } from './bugs/bugs.ts'
import { runSchedule } from './schedule.ts'

const seeds = [2, 5, 8, 13, 21, 34]

describe('a schedule', () => {
  it.each(seeds)('has the same trace whenever it is run, with seed %i', async (seed) => {
    const first = await runSchedule(seed)
    const again = await runSchedule(seed)
    expect(again.traceHash).toBe(first.traceHash)
    expect(again).toEqual(first)
  })

  it('is another one with another seed', async () => {
    const results = await Promise.all(seeds.map((seed) => runSchedule(seed)))
    const hashes = new Set(results.map(({ traceHash }) => traceHash))
    expect(hashes.size).toBe(seeds.length)
  })

  it('fails at the same event when it fails again', async () => {
    const bug = bugs.acknowledgesBeforeSync
    let seed = 1
    let first = await runSchedule(seed, bug)
    while (first.failure === undefined) {
      seed += 1
      first = await runSchedule(seed, bug)
    }
    const again = await runSchedule(seed, bug)
    expect(again).toEqual(first)
  })
})
