import { describe, expect, it } from 'vitest'
import { toId } from '../../../src/base/int64.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { kib, mib } from '../../../src/base/units.ts'
import type { FlushedSegmentRecord } from '../../../src/meta/records.ts'
import {
  type MergeCandidate,
  planAllMerges,
  planMerges,
} from '../../../src/services/compaction/merge-plan.ts'
import { seedOfRun } from '../../support/seeds.ts'

const bounds = { segmentSizeBytesMax: 512 * mib, segmentRowCountMax: 1_000_000 }

describe('a plan of merges', () => {
  it('leaves seven small segments alone, and makes one of eight', () => {
    const small = (count: number) =>
      Array.from({ length: count }, (_, place) =>
        candidate(BigInt(place + 1), { sizeBytes: 1_000 }),
      )
    expect(planMerges(small(7), bounds)).toEqual([])
    expect(idsOf(planMerges(small(8), bounds))).toEqual([[1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]])
  })

  it('does not write a large segment anew for small ones', () => {
    const small = Array.from({ length: 8 }, (_, place) => candidate(BigInt(place + 2)))
    const plans = planMerges([candidate(1n, { sizeBytes: 100 * mib }), ...small], bounds)
    expect(idsOf(plans).flat()).not.toContain(1n)
  })

  it('never makes more than a segment may hold', () => {
    const large = Array.from({ length: 9 }, (_, place) =>
      candidate(BigInt(place + 1), { sizeBytes: 200 * mib }),
    )
    expect(idsOf(planMerges(large, bounds)).map((ids) => ids.length)).toEqual([2])
    const full = Array.from({ length: 9 }, (_, place) =>
      candidate(BigInt(place + 1), { rowCount: 600_000 }),
    )
    expect(planMerges(full, bounds)).toEqual([])
    expect(planAllMerges(full, bounds)).toEqual([])
  })

  it('reads no more than so many segments at once', () => {
    const many = Array.from({ length: 1_000 }, (_, place) => candidate(BigInt(place + 1)))
    const plans = planMerges(many, bounds)
    expect(plans.flat()).toHaveLength(1_000)
    expect(Math.max(...plans.map((plan) => plan.length))).toBe(64)
  })

  it('takes a segment alone of which a fifth is gone', () => {
    const worn = candidate(1n, { rowCount: 100, goneRowCount: 20 })
    const hardly = candidate(2n, { rowCount: 100, goneRowCount: 19 })
    expect(idsOf(planMerges([worn, hardly], bounds))).toEqual([[1n]])
    expect(idsOf(planAllMerges([worn, hardly], bounds))).toEqual([[1n, 2n]])
  })

  it('by hand merges all that fits together, and purges what is alone', () => {
    const two = [candidate(1n), candidate(2n, { sizeBytes: 50 * mib })]
    expect(idsOf(planAllMerges(two, bounds))).toEqual([[1n, 2n]])
    expect(planAllMerges([candidate(1n)], bounds)).toEqual([])
    expect(idsOf(planAllMerges([candidate(1n, { goneRowCount: 1 })], bounds))).toEqual([[1n]])
  })

  it('leaves few segments of thousands of flushes, and writes a row a few times', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    const flushCount = 5_000
    let segments: readonly MergeCandidate[] = []
    let next = 1n
    let flushedBytes = 0
    let mergedBytes = 0
    for (let flush = 0; flush < flushCount; flush += 1) {
      const sizeBytes = 1 * kib + random.below(64 * kib)
      flushedBytes += sizeBytes
      segments = [...segments, candidate(next++, { sizeBytes })]
      for (const plan of planMerges(segments, bounds)) {
        const sum = plan.reduce((total, { record }) => total + record.sizeBytes, 0)
        mergedBytes += sum
        const merged = candidate(next++, { sizeBytes: sum })
        segments = [...segments.filter((segment) => !plan.includes(segment)), merged]
      }
    }
    expect(segments.length, `seed ${seed}`).toBeLessThan(40)
    expect(mergedBytes / flushedBytes, `seed ${seed}`).toBeLessThan(6)
  })
})

function idsOf(plans: readonly (readonly MergeCandidate[])[]): readonly (readonly bigint[])[] {
  return plans.map((plan) => plan.map(({ record }) => record.id))
}

function candidate(
  id: bigint,
  facts: {
    readonly sizeBytes?: number
    readonly rowCount?: number
    readonly goneRowCount?: number
  } = {},
): MergeCandidate {
  const { sizeBytes = 1_000, rowCount = 10, goneRowCount = 0 } = facts
  const at = toId<FlushedSegmentRecord['openedAt']>(id)
  const record: FlushedSegmentRecord = {
    id: toId<FlushedSegmentRecord['id']>(id),
    collectionId: toId<FlushedSegmentRecord['collectionId']>(1n),
    partitionId: toId<FlushedSegmentRecord['partitionId']>(2n),
    virtualChannel: 'by-dev-dml_0_1v0',
    state: 'flushed',
    rowCountMax: rowCount,
    lastExpireAt: at,
    openedAt: at,
    sealedAt: at,
    flushedAt: at,
    startPosition: 0n,
    position: 0n,
    rowCount,
    sizeBytes,
    compactedFrom: [],
    purgedAt: at,
  }
  return { record, goneRowCount }
}
