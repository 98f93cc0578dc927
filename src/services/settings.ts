import { limits } from '../base/limits.ts'
import { dayMs, gib, hourMs, mib, minuteMs, secondMs } from '../base/units.ts'
import type { SealPolicy } from './data/seal-policy.ts'

/** What an operator may set. All have defaults; `configuration.ts` says how they are given. */
export interface Settings {
  readonly physicalChannelCount: number
  readonly seal: SealPolicy
  readonly readTimeoutMs: number
  /** How long a dropped segment is remembered, and its files kept, for who has just learnt of it. */
  readonly droppedToleranceMs: number
  /** How often all objects are looked through for such as nothing names. */
  readonly orphanPeriodMs: number
  /** How old such an object must be: a writer that is slower finds its work gone. */
  readonly orphanToleranceMs: number
  /** How far back in time a read may look: rows that were deleted before are left out of merges. */
  readonly compactionRetentionMs: number
  readonly buildCountMax: number
  /** Attempts at an index build that fail by themselves before it is given up. */
  readonly buildAttemptCountMax: number
  /** Attempts that are lost with the node or process that makes them before it is given up. */
  readonly buildLossCountMax: number
  readonly indexedRowCountMin: number
  /** Of one collection. */
  readonly vectorFieldCountMax: number
}

export const settingsDefault: Settings = {
  physicalChannelCount: 2,
  seal: {
    segmentSizeBytesMax: limits.segmentSizeBytesMax,
    segmentRowCountMax: limits.segmentRowCountMax,
    openSegmentCountMax: limits.openSegmentCountMax,
    lifetimeMs: dayMs,
    idleMs: 10 * minuteMs,
    idleSizeBytesMin: 16 * mib,
    growingMemoryBytesHigh: 1 * gib,
    growingMemoryBytesMax: 4 * gib,
    deleteBufferBytesMax: 16 * mib,
  },
  readTimeoutMs: 10 * secondMs,
  droppedToleranceMs: 10 * minuteMs,
  compactionRetentionMs: 10 * minuteMs,
  orphanPeriodMs: 1 * hourMs,
  orphanToleranceMs: 1 * dayMs,
  buildCountMax: 1,
  buildAttemptCountMax: 3,
  buildLossCountMax: 10,
  indexedRowCountMin: 1_024,
  vectorFieldCountMax: limits.vectorFieldCountMax,
}
