import { describe, expect, it } from 'vitest'
import { bugNames, bugs } from './bugs/bugs.ts'
import { runSchedule } from './schedule.ts'

/** As many schedules as a CI run has. */
const seedCount = 1_000

describe('a planted bug', () => {
  it.each(bugNames)(
    'is found: %s',
    async (name) => {
      let failure: string | undefined
      for (let seed = 1; seed <= seedCount && failure === undefined; seed += 1) {
        failure = (await runSchedule(seed, bugs[name])).failure
      }
      expect(failure).toBeDefined()
    },
    240_000,
  )
})
