import { describe, expect, it } from 'vitest'
import { composeTimestamp, logicalOf, physicalMsOf } from '../../../src/base/timestamp.ts'
import { IdAllocator } from '../../../src/services/master/id-allocator.ts'
import { type BoundStore, TimestampOracle } from '../../../src/services/master/timestamp-oracle.ts'
import { ManualClock } from '../../support/manual-clock.ts'

/** Keeps a bound as meta would, across the oracles that a test opens. */
function memoryBound(): BoundStore & { saved: bigint[] } {
  const saved: bigint[] = []
  return {
    saved,
    load: async () => saved.at(-1) ?? 0n,
    save: async (bound) => {
      saved.push(bound)
    },
  }
}

describe('a timestamp', () => {
  it('T1: holds milliseconds above eighteen bits of counter', () => {
    const timestamp = composeTimestamp(1637132741494, 6)
    expect(timestamp).toBe(429164525386203142n)
    expect(physicalMsOf(timestamp)).toBe(1637132741494)
    expect(logicalOf(timestamp)).toBe(6)
  })
})

describe('the timestamp oracle', () => {
  it('T2: goes on upwards after a restart with the clock ten seconds behind', async () => {
    const bound = memoryBound()
    const clock = new ManualClock()
    const before = await TimestampOracle.open(clock, bound)
    let last = 0n
    for (let round = 0; round < 1000; round += 1) {
      const first = await before.allocate(1000)
      expect(first).toBeGreaterThan(last)
      last = first + 999n
    }
    clock.setWall(clock.nowMs() - 10_000)
    const after = await TimestampOracle.open(clock, bound)
    expect(await after.allocate(1)).toBeGreaterThan(last)
  })

  it('T3: gives concurrent callers ranges that do not meet', async () => {
    const oracle = await TimestampOracle.open(new ManualClock(), memoryBound())
    const [one, other] = await Promise.all([oracle.allocate(100), oracle.allocate(100)])
    expect(Math.abs(Number(one - other))).toBeGreaterThanOrEqual(100)
  })

  it('T3: refuses a count of zero and one that no millisecond holds', async () => {
    const oracle = await TimestampOracle.open(new ManualClock(), memoryBound())
    for (const count of [0, -1, 1.5, 2 ** 18, Number.NaN]) {
      await expect(oracle.allocate(count)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
    await expect(oracle.allocate(2 ** 18 - 1)).resolves.toBeTypeOf('bigint')
  })

  it('saves its bound before a timestamp reaches it', async () => {
    const bound = memoryBound()
    const clock = new ManualClock()
    const oracle = await TimestampOracle.open(clock, bound)
    for (let step = 0; step < 100; step += 1) {
      clock.advance(777)
      const timestamp = await oracle.allocate(1)
      expect(BigInt(physicalMsOf(timestamp))).toBeLessThan(bound.saved.at(-1) ?? 0n)
    }
  })

  it('never goes back while the clock does', async () => {
    const clock = new ManualClock()
    const oracle = await TimestampOracle.open(clock, memoryBound())
    const before = await oracle.allocate(1)
    clock.setWall(clock.nowMs() - 60_000)
    expect(await oracle.allocate(1)).toBeGreaterThan(before)
  })
})

describe('the id allocator', () => {
  it('never gives an id twice, restarts included', async () => {
    const bound = memoryBound()
    const clock = new ManualClock()
    let last = 0n
    for (let restart = 0; restart < 3; restart += 1) {
      const ids = await IdAllocator.open(clock, bound)
      for (const count of [1, 5, 1 << 20, 3]) {
        const first = await ids.allocate(count)
        expect(first).toBeGreaterThan(last)
        last = first + BigInt(count) - 1n
      }
    }
  })

  it('serves callers that come at once', async () => {
    const ids = await IdAllocator.open(new ManualClock(), memoryBound())
    const firsts = await Promise.all(Array.from({ length: 50 }, () => ids.allocate(100_000)))
    expect(new Set(firsts).size).toBe(50)
    const sorted = firsts.toSorted((one, other) => (one < other ? -1 : 1))
    sorted.slice(1).forEach((first, place) => {
      expect(first - (sorted[place] ?? 0n)).toBeGreaterThanOrEqual(100_000n)
    })
  })
})
