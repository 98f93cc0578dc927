import { minuteMs, secondMs } from '../../src/base/units.ts'
import { type Settings, settingsDefault } from '../../src/services/settings.ts'

/** Everything small, so that a short schedule meets every bound. */
export const simulatedSettings: Settings = {
  ...settingsDefault,
  physicalChannelCount: 2,
  seal: {
    ...settingsDefault.seal,
    segmentSizeBytesMax: 4_096,
    lifetimeMs: 30 * secondMs,
    idleMs: 5 * secondMs,
    idleSizeBytesMin: 512,
    growingMemoryBytesHigh: 4_000_000,
    growingMemoryBytesMax: 400_000_000,
    deleteBufferBytesMax: 400,
  },
  droppedToleranceMs: 1 * minuteMs,
  compactionRetentionMs: 1 * secondMs,
  orphanPeriodMs: 10 * secondMs,
  orphanToleranceMs: 1 * minuteMs,
  indexedRowCountMin: 12,
}
