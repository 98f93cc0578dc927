import { describe, expect, it } from 'vitest'
import { failuresOf } from './failures.ts'

describe('the coordinator', () => {
  it('holds to its word in schedules 751 to 1000', async () => {
    expect((await failuresOf(751, 250)).join('\n\n')).toBe('')
  }, 240_000)
})
