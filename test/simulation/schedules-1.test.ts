import { describe, expect, it } from 'vitest'
import { failuresOf } from './failures.ts'

describe('the coordinator', () => {
  it('holds to its word in schedules 1 to 250', async () => {
    expect((await failuresOf(1, 250)).join('\n\n')).toBe('')
  }, 240_000)
})
