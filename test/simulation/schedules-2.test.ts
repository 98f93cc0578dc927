import { describe, expect, it } from 'vitest'
import { failuresOf } from './failures.ts'

describe('the coordinator', () => {
  it('holds to its word in schedules 251 to 500', async () => {
    expect((await failuresOf(251, 250)).join('\n\n')).toBe('')
  }, 240_000)
})
