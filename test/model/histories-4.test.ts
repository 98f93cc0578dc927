import { describe, expect, it } from 'vitest'
import { failuresOf } from './histories.ts'

describe('random histories on simulated ground', () => {
  it('of seeds 376 to 500 read as the model says', async () => {
    expect((await failuresOf(376, 125)).join('\n\n')).toBe('')
  }, 240_000)
})
