import { ElanusError } from '../../base/errors.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { Column, PrimaryKeys } from '../../schema/row-batch.ts'
import { readColumn } from '../../segment/read-segments.ts'
import type { RowReferences } from '../../segment/segment.ts'
import type { ReadView } from '../query/query-service.ts'

/** The primary keys of rows, in the rows' order. */
export function keysOfRows(
  view: ReadView,
  rows: RowReferences,
  collection: CollectionRecord,
): PrimaryKeys {
  if (rows.offsets.length === 0) return emptyKeys(collection)
  return keysOf(readColumn(view.segments, collection.schema.primaryKey.fieldId, rows))
}

export function emptyKeys({ schema }: CollectionRecord): PrimaryKeys {
  return schema.primaryKey.type === 'Int64'
    ? { type: 'Int64', values: new BigInt64Array(0) }
    : { type: 'VarChar', values: [] }
}

export function keysOf(column: Column): PrimaryKeys {
  if (column.type === 'Int64') return { type: 'Int64', values: column.values }
  if (column.type !== 'VarChar') {
    throw new ElanusError('INTERNAL', `A primary key cannot be of type ${column.type}`)
  }
  const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength)
  const values = Array.from({ length: column.offsets.length - 1 }, (_, row) =>
    bytes.toString('utf8', column.offsets[row], column.offsets[row + 1]),
  )
  return { type: 'VarChar', values }
}

/** The rows in ascending order of their primary keys, as pages of a query have them. */
export function sortedByKey(
  view: ReadView,
  rows: RowReferences,
  collection: CollectionRecord,
): RowReferences {
  if (rows.offsets.length <= 1) return rows
  const order = ascending(keysOfRows(view, rows, collection))
  return {
    segmentIndexes: order.map((place) => rows.segmentIndexes[place] ?? 0),
    offsets: order.map((place) => rows.offsets[place] ?? 0),
  }
}

/** Places in the list of keys, smallest key first; VarChar keys by their bytes. */
function ascending(keys: PrimaryKeys): Uint32Array {
  const order = Uint32Array.from({ length: keys.values.length }, (_, index) => index)
  if (keys.type === 'Int64') {
    const { values } = keys
    return order.sort((one, other) => compareInt64(values[one] ?? 0n, values[other] ?? 0n))
  }
  const encoded = keys.values.map((value) => Buffer.from(value, 'utf8'))
  const empty = Buffer.alloc(0)
  return order.sort((one, other) => Buffer.compare(encoded[one] ?? empty, encoded[other] ?? empty))
}

function compareInt64(one: bigint, other: bigint): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
