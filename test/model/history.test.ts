import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openRealGround } from './ground.ts'
import { replay } from './replay.ts'

/** ELANUS_HISTORY_SEED=7 ELANUS_HISTORY_COUNT=1 replays the history of seed 7. */
const seedFirst = Number(process.env['ELANUS_HISTORY_SEED'] ?? 1)
const historyCount = Number(process.env['ELANUS_HISTORY_COUNT'] ?? 6)

const stepCount = 60

describe('a random history on files and threads', () => {
  const seeds = Array.from({ length: historyCount }, (_, index) => seedFirst + index)
  it.each(seeds)('of seed %i reads as the model says', async (seed) => {
    await using folder = await temporaryFolder()
    await expect(
      replay(seed, stepCount, () => openRealGround(folder.path)),
    ).resolves.toBeUndefined()
  })
})
