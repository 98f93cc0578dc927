/** What goes wrong at the moment, and how often. The schedule changes it; calm weather ends it all. */
export interface Weather {
  /** The longest that a message takes. */
  latencyMs: number
  /** Of calls and answers between processes. */
  lossShare: number
  duplicateShare: number
  /** Of background tasks whose thread dies. */
  taskFailureShare: number
  isLogDiskFull: boolean
  isMetaDiskFull: boolean
  isObjectDiskFull: boolean
  /** The next sync of the log fails. */
  isSyncFailing: boolean
}

export function calmWeather(): Weather {
  return {
    latencyMs: 2,
    lossShare: 0,
    duplicateShare: 0,
    taskFailureShare: 0,
    isLogDiskFull: false,
    isMetaDiskFull: false,
    isObjectDiskFull: false,
    isSyncFailing: false,
  }
}
