import type { Timestamp } from '../base/timestamp.ts'
import type { PrimaryKeys } from '../schema/row-batch.ts'
import type { PrimaryKeyIndex } from './primary-key-index.ts'
import type { LocatedRows } from './segment.ts'
import type { SegmentRows } from './segment-rows.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * Hides the rows of these keys that are older than the key's delete; returns how many were not
 * hidden by any delete before.
 */
export function applyDeletes(
  rows: SegmentRows,
  index: PrimaryKeyIndex,
  primaryKeys: PrimaryKeys,
  timestampOf: (key: number) => Timestamp,
): number {
  let hiddenCount = 0
  for (let key = 0; key < primaryKeys.values.length; key++) {
    const timestamp = timestampOf(key)
    index.find(primaryKeys, key, (row) => {
      const isOlder = rows.timestampOf(row) < timestamp
      if (isOlder && rows.deletions.record(row, timestamp)) hiddenCount += 1
      return 'go on'
    })
  }
  return hiddenCount
}

/** The newest visible row of each key that has one. */
export function locate(
  rows: SegmentRows,
  index: PrimaryKeyIndex,
  primaryKeys: PrimaryKeys,
  snapshot: Snapshot,
): LocatedRows {
  const keyIndexes: number[] = []
  const offsets: number[] = []
  for (let key = 0; key < primaryKeys.values.length; key++) {
    index.find(primaryKeys, key, (row) => {
      if (!rows.isVisible(row, snapshot)) return 'go on'
      keyIndexes.push(key)
      offsets.push(row)
      return 'stop'
    })
  }
  return { keyIndexes: Uint32Array.from(keyIndexes), offsets: Uint32Array.from(offsets) }
}
