import type { SegmentId } from '../../base/int64.ts'
import type { GrowingEntry } from './growing-segments.ts'

/** When a growing segment has grown enough. All bounds come from configuration. */
export interface SealPolicy {
  readonly segmentSizeBytesMax: number
  readonly segmentRowCountMax: number
  /** Of one log channel: above this those that were written to the longest ago are sealed. */
  readonly openSegmentCountMax: number
  /** Sealed at this age whatever its size. */
  readonly lifetimeMs: number
  /** Sealed when nothing was added for so long and it is worth a file. */
  readonly idleMs: number
  readonly idleSizeBytesMin: number
  /** Rows that may still be added to: above this the largest segment is sealed. */
  readonly growingMemoryBytesHigh: number
  /** Rows in memory: above this inserts are refused until a flush has made room. */
  readonly growingMemoryBytesMax: number
  /** Deletes that wait for a file: above this they get one. */
  readonly deleteBufferBytesMax: number
}

/**
 * Which of the open segments are to be sealed, by the policy. Segments that have no room for the next
 * batch are sealed by who finds that out; those of dropped partitions are dropped.
 */
export function segmentsToSeal(
  open: readonly GrowingEntry[],
  policy: SealPolicy,
  nowMs: number,
): readonly SegmentId[] {
  const due = [
    ...open.filter((entry) => isFull(entry, policy)),
    ...open.filter((entry) => isTooOld(entry, policy, nowMs)),
    ...open.filter((entry) => isIdle(entry, policy, nowMs)),
    ...overCount(open, policy),
    ...overMemory(open, policy),
  ]
  return [...new Set(due.map(({ segment }) => segment.id))]
}

function isFull({ segment }: GrowingEntry, policy: SealPolicy): boolean {
  return (
    segment.sizeBytes >= policy.segmentSizeBytesMax || segment.rowCount >= policy.segmentRowCountMax
  )
}

function isTooOld(entry: GrowingEntry, policy: SealPolicy, nowMs: number): boolean {
  return nowMs - entry.openedAtMs >= policy.lifetimeMs
}

function isIdle(entry: GrowingEntry, policy: SealPolicy, nowMs: number): boolean {
  return (
    nowMs - entry.lastWriteAtMs >= policy.idleMs &&
    entry.segment.sizeBytes >= policy.idleSizeBytesMin
  )
}

/** What is open beyond the bound on its channel, the longest unwritten first. */
function overCount(open: readonly GrowingEntry[], policy: SealPolicy): readonly GrowingEntry[] {
  const byChannel = Map.groupBy(open, ({ channelName }) => channelName)
  return [...byChannel.values()].flatMap((entries) =>
    entries
      .toSorted((one, other) => other.lastWriteAtMs - one.lastWriteAtMs)
      .slice(policy.openSegmentCountMax),
  )
}

/** The largest, while all together take too much: sealing many small ones would gain little. */
function overMemory(open: readonly GrowingEntry[], policy: SealPolicy): readonly GrowingEntry[] {
  let memoryBytes = open.reduce((sum, { segment }) => sum + segment.memoryBytes, 0)
  const due: GrowingEntry[] = []
  const withRows = open.filter(({ segment }) => segment.rowCount > 0)
  for (const entry of withRows.toSorted(largestFirst)) {
    if (memoryBytes <= policy.growingMemoryBytesHigh) break
    due.push(entry)
    memoryBytes -= entry.segment.memoryBytes
  }
  return due
}

function largestFirst(one: GrowingEntry, other: GrowingEntry): number {
  return other.segment.sizeBytes - one.segment.sizeBytes
}
