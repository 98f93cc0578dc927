import { describe, expect, it } from 'vitest'
import { Reconciler } from '../../../src/services/reconciler.ts'
import { ManualClock } from '../../support/manual-clock.ts'

describe('a reconciler', () => {
  it('runs once more when it is woken while it runs', async () => {
    let runs = 0
    const clock = new ManualClock()
    const gate = Promise.withResolvers<void>()
    await using reconciler = new Reconciler({
      clock,
      periodMs: 1000,
      reconcile: async () => {
        runs += 1
        if (runs === 1) await gate.promise
      },
      onError: () => undefined,
    })
    reconciler.wake()
    reconciler.wake()
    reconciler.wake()
    gate.resolve()
    await reconciler.settled()
    expect(runs).toBe(2)
  })

  it('tries again after a failure, later each time', async () => {
    const clock = new ManualClock()
    const errors: unknown[] = []
    let runs = 0
    await using reconciler = new Reconciler({
      clock,
      periodMs: 60_000,
      reconcile: async () => {
        runs += 1
        if (runs <= 2) throw new Error(`failure ${runs}`)
      },
      onError: (error) => errors.push(error),
    })
    reconciler.wake()
    await reconciler.settled()
    clock.advance(100)
    await reconciler.settled()
    expect(runs).toBe(2)
    clock.advance(199)
    await reconciler.settled()
    expect(runs).toBe(2)
    clock.advance(1)
    await reconciler.settled()
    expect(runs).toBe(3)
    expect(errors).toHaveLength(2)
  })

  it('wakes by itself after its period', async () => {
    const clock = new ManualClock()
    let runs = 0
    await using reconciler = new Reconciler({
      clock,
      periodMs: 1000,
      reconcile: async () => {
        runs += 1
      },
      onError: () => undefined,
    })
    reconciler.wake()
    await reconciler.settled()
    clock.advance(1000)
    await reconciler.settled()
    expect(runs).toBe(2)
  })

  it('does nothing more once disposed', async () => {
    const clock = new ManualClock()
    let runs = 0
    const reconciler = new Reconciler({
      clock,
      periodMs: 1000,
      reconcile: async () => {
        runs += 1
      },
      onError: () => undefined,
    })
    await reconciler[Symbol.asyncDispose]()
    reconciler.wake()
    clock.advance(10_000)
    expect(runs).toBe(0)
  })
})
