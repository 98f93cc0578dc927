import type { FieldId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import type { Column, PrimaryKeys } from '../schema/row-batch.ts'
import { gatherColumn } from './gather.ts'
import type { RowReferences, Segment } from './segment.ts'
import type { Snapshot } from './snapshot.ts'

/** One column of rows of several segments, in the order of the references: a copy. */
export function readColumn(
  segments: readonly Segment[],
  fieldId: FieldId,
  rows: RowReferences,
): Column {
  return gatherColumn(
    segments.map((segment) => segment.field(fieldId)),
    rows,
  )
}

/** The newest visible row of each key that has one in any of the segments, in the order of the keys. */
export function locateRows(
  segments: readonly Segment[],
  primaryKeys: PrimaryKeys,
  snapshot: Snapshot,
): RowReferences {
  const newest = new Map<number, { segmentIndex: number; offset: number; timestamp: Timestamp }>()
  for (const [segmentIndex, segment] of segments.entries()) {
    const { keyIndexes, offsets } = segment.locate(primaryKeys, snapshot)
    for (const [index, keyIndex] of keyIndexes.entries()) {
      const offset = offsets[index] ?? 0
      const timestamp = segment.timestampOf(offset)
      const known = newest.get(keyIndex)
      if (known !== undefined && known.timestamp >= timestamp) continue
      newest.set(keyIndex, { segmentIndex, offset, timestamp })
    }
  }
  const rows = [...newest].toSorted(([left], [right]) => left - right).map(([, row]) => row)
  return {
    segmentIndexes: Uint32Array.from(rows, (row) => row.segmentIndex),
    offsets: Uint32Array.from(rows, (row) => row.offset),
  }
}
