import { describe, expect, it } from 'vitest'
import { failuresOf } from './histories.ts'

describe('random histories on simulated ground', () => {
  it('of seeds 1 to 125 read as the model says', async () => {
    expect((await failuresOf(1, 125)).join('\n\n')).toBe('')
  }, 240_000)
})
