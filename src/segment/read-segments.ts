import type { FieldId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import type { FieldSchema } from '../schema/collection-schema.ts'
import { concatColumns } from '../schema/concat-columns.ts'
import { absentColumn } from '../schema/default-column.ts'
import type { Column, PrimaryKeys } from '../schema/row-batch.ts'
import { takeFromColumn } from '../schema/take-rows.ts'
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

/** The same of a field that some of the segments may lack: their rows have its default, or none. */
export function readField(
  segments: readonly Segment[],
  field: FieldSchema,
  rows: RowReferences,
): Column {
  const holders = segments.map((segment) => segment.hasField(field.id))
  if (!holders.includes(false)) return readColumn(segments, field.id, rows)
  const isHeld = Array.from(rows.segmentIndexes, (index) => holders[index] === true)
  const held = segments.filter((_, index) => holders[index] === true)
  const heldIndexes = holders.map((_, index) => holders.slice(0, index).filter(Boolean).length)
  const places = Uint32Array.from(isHeld.keys().filter((place) => isHeld[place] === true))
  const found =
    places.length === 0
      ? absentColumn(field, 0)
      : readColumn(held, field.id, {
          segmentIndexes: places.map((place) => heldIndexes[rows.segmentIndexes[place] ?? 0] ?? 0),
          offsets: places.map((place) => rows.offsets[place] ?? 0),
        })
  // One row that stands for all that are absent, behind those that were found.
  const both = concatColumns(found, absentColumn(field, 1))
  let next = 0
  const order = Uint32Array.from(isHeld, (has) => {
    if (!has) return places.length
    next += 1
    return next - 1
  })
  return takeFromColumn(both, order)
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
