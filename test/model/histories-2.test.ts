import { describe, expect, it } from 'vitest'
import { failuresOf } from './histories.ts'

describe('random histories on simulated ground', () => {
  it('of seeds 126 to 250 read as the model says', async () => {
    expect((await failuresOf(126, 125)).join('\n\n')).toBe('')
  }, 240_000)
})
