import type { SegmentId } from '../../base/int64.ts'
import type { GrowingEntry } from './growing-segments.ts'

/** When a growing segment has grown enough. All bounds come from configuration. */
export interface SealPolicy {
  readonly segmentSizeBytesMax: number
  /** Sealed at this age whatever its size. */
  readonly lifetimeMs: number
  /** Sealed when nothing was added for so long and it is worth a file. */
  readonly idleMs: number
  readonly idleSizeBytesMin: number
  /** Rows in memory: above this the largest segments are sealed. */
  readonly growingMemoryBytesHigh: number
  /** Above this inserts are refused until a flush has made room. */
  readonly growingMemoryBytesMax: number
  /** Deletes that wait for a file: above this they get one. */
  readonly deleteBufferBytesMax: number
}

export function segmentsToSeal(
  entries: readonly GrowingEntry[],
  policy: SealPolicy,
  now: { readonly nowMs: number; readonly memoryBytes: number },
): readonly SegmentId[] {
  const due = new Set<SegmentId>()
  for (const entry of entries) {
    if (isTooOld(entry, policy, now.nowMs) || isIdle(entry, policy, now.nowMs)) {
      due.add(entry.segment.id)
    }
  }
  for (const entry of largestFirst(entries)) {
    if (now.memoryBytes <= policy.growingMemoryBytesHigh) break
    if (entry.segment.rowCount === 0) continue
    due.add(entry.segment.id)
    break
  }
  return [...due]
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

function largestFirst(entries: readonly GrowingEntry[]): readonly GrowingEntry[] {
  return [...entries].sort((one, other) => other.segment.sizeBytes - one.segment.sizeBytes)
}
