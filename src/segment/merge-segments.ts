import { present } from '../base/assert.ts'
import type { CollectionId, FieldId, LogId, PartitionId, SegmentId } from '../base/int64.ts'
import { toId } from '../base/int64.ts'
import { type Timestamp, timestampZero } from '../base/timestamp.ts'
import { type CollectionSchema, isVectorField } from '../schema/collection-schema.ts'
import { vectorRowSizeBytes } from '../schema/data-type.ts'
import type { Column } from '../schema/row-batch.ts'
import { rowIdFieldId, timestampFieldId } from '../schema/system-fields.ts'
import type { BinlogFacts } from '../storage/binlog-facts.ts'
import { batchSizeBytes } from '../storage/insert-log.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { FlushFacts } from './flush-plan.ts'
import { gatherColumn } from './gather.ts'
import { loadRowIds } from './load-fields.ts'
import { loadSegment } from './load-segment.ts'
import type { RowReferences } from './segment.ts'
import { SegmentRows } from './segment-rows.ts'
import { writeSegmentFiles } from './write-segment.ts'

export interface MergeSource {
  readonly segmentId: SegmentId
  readonly rowCount: number
  /** The segment's insert and statistics files. */
  readonly binlogs: readonly BinlogFacts[]
}

export interface MergeRequest {
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  /** Of the segment that is made. */
  readonly segmentId: SegmentId
  readonly schema: CollectionSchema
  readonly sources: readonly MergeSource[]
  /** Delete files that may concern the sources. */
  readonly deletes: readonly BinlogFacts[]
  /** Rows that a delete up to this time hides are left out; of later ones readers may yet want them. */
  readonly purgeAt: Timestamp
  /** Rows up to this time are gone for every reader. */
  readonly visibleAfter: Timestamp
  readonly logIds: readonly LogId[]
}

/** Without files where no row is left. */
export interface MergeFacts extends FlushFacts {
  /** Raw bytes of the rows, as a segment counts them. */
  readonly sizeBytes: number
}

/**
 * Makes one segment of the rows of several, in the order of their timestamps, without those that no
 * reader finds any more. Rows keep their row ids and timestamps, so what a read at any time from
 * `purgeAt` on finds is the same before and after. `checkpoint` is called between steps and may throw.
 */
export async function mergeSegments(
  store: ObjectStore,
  request: MergeRequest,
  checkpoint: () => void,
): Promise<MergeFacts> {
  using opened = new DisposableStack()
  const sources: SegmentRows[] = []
  const rowIds: BigInt64Array[] = []
  let loadedBytes = 0
  let loadedRowCount = 0
  for (const source of request.sources) {
    checkpoint()
    const load = { ...request, ...source, generation: 0, indexes: [], scalarIndexes: [] }
    const handle = await loadSegment(store, load, checkpoint)
    sources.push(opened.use(SegmentRows.attach(handle)))
    rowIds.push(await loadRowIds(store, load))
    loadedBytes += handle.sizeBytes
    loadedRowCount += handle.rowCount
  }
  const rows = keptRows(sources, request)
  const rowCount = rows.offsets.length
  if (rowCount === 0) return noRows
  const timestamps = gatherLongs(
    sources.map((source) => source.timestamps(source.rowCount)),
    rows,
  )
  const { collectionId, partitionId, segmentId, schema, logIds } = request
  const content = {
    collectionId,
    partitionId,
    segmentId,
    schema,
    logIds,
    rowCount,
    timestampFrom: at(timestamps, 0),
    timestampTo: at(timestamps, rowCount - 1),
    piecesOf: (fieldId: FieldId) => {
      if (fieldId === timestampFieldId) return longPieces(timestamps)
      if (fieldId === rowIdFieldId) return longPieces(gatherLongs(rowIds, rows))
      return fieldPieces(sources, rows, fieldId, pieceRowCount(schema, fieldId))
    },
  }
  const facts = await writeSegmentFiles(store, content, checkpoint)
  return { ...facts, sizeBytes: Math.ceil((loadedBytes * rowCount) / loadedRowCount) }
}

const noRows: MergeFacts = {
  binlogs: [],
  rowCount: 0,
  timestampFrom: timestampZero,
  timestampTo: timestampZero,
  sizeBytes: 0,
}

/** References to all rows that stay, by timestamp; rows of one time in the order of the sources. */
function keptRows(
  sources: readonly SegmentRows[],
  { purgeAt, visibleAfter }: Pick<MergeRequest, 'purgeAt' | 'visibleAfter'>,
): RowReferences {
  const runs = sources.map((source) => {
    const kept: number[] = []
    for (let row = source.rowCountAt(visibleAfter); row < source.rowCount; row += 1) {
      if (!source.deletions.hides(row, purgeAt)) kept.push(row)
    }
    return { kept, timestamps: source.timestamps(source.rowCount), next: 0 }
  })
  const rowCount = runs.reduce((sum, { kept }) => sum + kept.length, 0)
  const segmentIndexes = new Uint32Array(rowCount)
  const offsets = new Uint32Array(rowCount)
  for (let place = 0; place < rowCount; place += 1) {
    let first = -1
    let earliest = 0n
    for (const [index, { kept, timestamps, next }] of runs.entries()) {
      const row = kept[next]
      if (row === undefined) continue
      const timestamp = timestamps[row] ?? 0n
      if (first >= 0 && timestamp >= earliest) continue
      first = index
      earliest = timestamp
    }
    const run = present(runs[first], 'a row is left in some source')
    segmentIndexes[place] = first
    offsets[place] = run.kept[run.next] ?? 0
    run.next += 1
  }
  return { segmentIndexes, offsets }
}

function gatherLongs(columns: readonly BigInt64Array[], rows: RowReferences): BigInt64Array {
  const gathered = new BigInt64Array(rows.offsets.length)
  for (const [place, row] of rows.offsets.entries()) {
    gathered[place] = columns[rows.segmentIndexes[place] ?? 0]?.[row] ?? 0n
  }
  return gathered
}

function at(timestamps: BigInt64Array, row: number): Timestamp {
  return toId<Timestamp>(present(timestamps[row], 'a row has a timestamp'))
}

function* longPieces(values: BigInt64Array): Iterable<Column> {
  const step = batchSizeBytes / BigInt64Array.BYTES_PER_ELEMENT
  for (let from = 0; from < values.length; from += step) {
    yield { type: 'Int64', values: values.subarray(from, from + step) }
  }
}

function* fieldPieces(
  sources: readonly SegmentRows[],
  rows: RowReferences,
  fieldId: FieldId,
  step: number,
): Iterable<Column> {
  const readers = sources.map((source) => source.field(fieldId))
  for (let from = 0; from < rows.offsets.length; from += step) {
    const piece = {
      segmentIndexes: rows.segmentIndexes.subarray(from, from + step),
      offsets: rows.offsets.subarray(from, from + step),
    }
    yield gatherColumn(readers, piece)
  }
}

/** What a value of no fixed width is reckoned to take: pieces are about a batch, not exactly one. */
const spanSizeBytes = 256

function pieceRowCount(schema: CollectionSchema, fieldId: FieldId): number {
  const field = schema.fields.find(({ id }) => id === fieldId)
  const rowSizeBytes =
    field !== undefined && isVectorField(field)
      ? vectorRowSizeBytes(field.type, field.dimension)
      : spanSizeBytes
  return Math.max(1, Math.floor(batchSizeBytes / rowSizeBytes))
}
