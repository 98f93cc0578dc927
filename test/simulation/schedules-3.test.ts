import { describe, expect, it } from 'vitest'
import { failuresOf } from './failures.ts'

describe('the coordinator', () => {
  it('holds to its word in schedules 501 to 750', async () => {
    expect((await failuresOf(501, 250)).join('\n\n')).toBe('')
  }, 240_000)
})
