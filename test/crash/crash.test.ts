import { describe, expect, it } from 'vitest'
import { seedOfRun } from '../support/seeds.ts'
import type { StoryResult } from './story.ts'
import { runStory } from './story.ts'

/** Kills of a run, in stories of so many lives each; two stories run at a time. */
const killCount = 100
const livesOfStory = 10

describe('a database', () => {
  it(`keeps every promise over ${killCount} kills`, { timeout: 600_000 }, async () => {
    const seed = seedOfRun()
    const results = await runStories(seed, killCount / livesOfStory)
    expect(
      results.flatMap(({ violations }) => violations),
      `seed ${seed}`,
    ).toEqual([])
    // A run in which nothing was promised shows nothing.
    const kinds = new Set(
      results.flatMap(({ acknowledgedCounts }) => [...acknowledgedCounts.keys()]),
    )
    const kindsWanted = ['create', 'delete', 'drop', 'flush', 'insert', 'load']
    expect([...kinds].toSorted(), `seed ${seed}`).toEqual(kindsWanted)
  })

  it('keeps every promise when the power is cut', { timeout: 300_000 }, async () => {
    const seed = seedOfRun()
    const options = { seed, lifeCount: 10, manner: 'honest', end: 'powerCut' } as const
    const { violations, acknowledgedCounts } = await runStory(options)
    expect(violations, `seed ${seed}`).toEqual([])
    expect(acknowledgedCounts.get('insert'), `seed ${seed}`).toBeGreaterThan(0)
  })

  it('is caught when it acknowledges before the sync', { timeout: 300_000 }, async () => {
    const seed = seedOfRun()
    const options = { seed, lifeCount: 10, manner: 'lying', end: 'powerCut' } as const
    const { violations, acknowledgedCounts } = await runStory(options)
    expect(violations.length, `seed ${seed}`).toBeGreaterThan(0)
    // Not because it could not start at all.
    expect(acknowledgedCounts.get('insert'), `seed ${seed}`).toBeGreaterThan(0)
  })
})

/** Two at a time; a violation's text starts with the seed of its story. */
async function runStories(seed: number, count: number): Promise<readonly StoryResult[]> {
  const seeds = Array.from({ length: count }, (_, i) => seed + 1000 * i)
  const results: StoryResult[] = []
  const runNext = async (): Promise<void> => {
    for (let next = seeds.shift(); next !== undefined; next = seeds.shift()) {
      const options = {
        seed: next,
        lifeCount: livesOfStory,
        manner: 'honest',
        end: 'kill',
      } as const
      const { violations, acknowledgedCounts } = await runStory(options)
      const named = violations.map((violation) => `story ${next}: ${violation}`)
      results.push({ violations: named, acknowledgedCounts })
    }
  }
  await Promise.all([runNext(), runNext()])
  return results
}
