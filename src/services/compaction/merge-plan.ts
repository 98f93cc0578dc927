import { kib } from '../../base/units.ts'
import type { FlushedSegmentRecord } from '../../meta/records.ts'

/** A flushed segment that may be merged, and how many of its rows no reader finds any more. */
export interface MergeCandidate {
  readonly record: FlushedSegmentRecord
  readonly goneRowCount: number
}

export interface MergeBounds {
  readonly segmentSizeBytesMax: number
  readonly segmentRowCountMax: number
}

/** Segments of about one size that are merged as soon as there are so many. */
export const tierCountMax = 8
/** What one merge reads at once: each row is compared with one of every source. */
const sourceCountMax = 64
/** The share of a segment's rows that must be gone before it is written anew without them. */
const goneShareMin = 0.2
/** What is smaller is of one tier: a file's headers weigh more than its rows. */
const tierSizeBytesMin = 64 * kib

/**
 * Which segments of one partition and channel are to be merged, and with which.
 *
 * Sizes fall into tiers, each eight times the one below; eight of one tier make one of the next. So a
 * row is written anew once for each tier that it rises through, and the number of segments grows with
 * the logarithm of the number of flushes. The method is size-tiered compaction, as in Bigtable's
 * merging compactions (Chang et al., OSDI 2006) and Cassandra's strategy of that name.
 *
 * A segment of which a good part is gone is written anew alone, if nothing takes it along.
 */
export function planMerges(
  candidates: readonly MergeCandidate[],
  bounds: MergeBounds,
): readonly (readonly MergeCandidate[])[] {
  const plans: (readonly MergeCandidate[])[] = []
  const tiers = Map.groupBy(candidates, tierOf)
  for (const [, tier] of [...tiers].toSorted(([one], [other]) => one - other)) {
    let left = oldestFirst(tier)
    while (left.length >= tierCountMax) {
      const plan = fitting(left, bounds)
      if (plan.length < 2) break
      plans.push(plan)
      left = left.slice(plan.length)
    }
  }
  const planned = new Set(plans.flat())
  const worn = candidates.filter((candidate) => !planned.has(candidate) && isWorn(candidate))
  return [...plans, ...worn.map((candidate) => [candidate])]
}

/** As few segments as can be, and without a row that is gone: what somebody asks for by hand. */
export function planAllMerges(
  candidates: readonly MergeCandidate[],
  bounds: MergeBounds,
): readonly (readonly MergeCandidate[])[] {
  const plans: (readonly MergeCandidate[])[] = []
  let left = candidates.toSorted((one, other) => liveSizeBytes(one) - liveSizeBytes(other))
  while (left.length > 0) {
    const plan = fitting(left, bounds)
    left = left.slice(Math.max(1, plan.length))
    if (plan.length >= 2 || (plan[0]?.goneRowCount ?? 0) > 0) plans.push(plan)
  }
  return plans
}

function oldestFirst(candidates: readonly MergeCandidate[]): readonly MergeCandidate[] {
  return candidates.toSorted((one, other) => (one.record.openedAt < other.record.openedAt ? -1 : 1))
}

/** As many as one segment can hold, the first of them at least. */
function fitting(
  candidates: readonly MergeCandidate[],
  { segmentSizeBytesMax, segmentRowCountMax }: MergeBounds,
): readonly MergeCandidate[] {
  let sizeBytes = 0
  let rowCount = 0
  const first = candidates.slice(0, sourceCountMax)
  const end = first.findIndex((candidate) => {
    sizeBytes += liveSizeBytes(candidate)
    rowCount += candidate.record.rowCount - candidate.goneRowCount
    return sizeBytes > segmentSizeBytesMax || rowCount > segmentRowCountMax
  })
  return end < 0 ? first : first.slice(0, Math.max(1, end))
}

function isWorn({ record, goneRowCount }: MergeCandidate): boolean {
  return goneRowCount > 0 && goneRowCount >= goneShareMin * record.rowCount
}

function tierOf(candidate: MergeCandidate): number {
  const tiers = Math.log2(Math.max(1, liveSizeBytes(candidate) / tierSizeBytesMin))
  return Math.floor(tiers / Math.log2(tierCountMax))
}

function liveSizeBytes({ record, goneRowCount }: MergeCandidate): number {
  return Math.ceil(record.sizeBytes * (1 - goneRowCount / Math.max(1, record.rowCount)))
}
