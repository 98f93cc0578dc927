import { describe, expect, it } from 'vitest'
import { failuresOf } from './histories.ts'

describe('random histories on simulated ground', () => {
  it('of seeds 251 to 375 read as the model says', async () => {
    expect((await failuresOf(251, 125)).join('\n\n')).toBe('')
  }, 240_000)
})
