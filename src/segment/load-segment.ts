import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import type { BuildId, CollectionId, FieldId, PartitionId, SegmentId } from '../base/int64.ts'
import { toId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import { buildScalarIndex, type ScalarIndexTarget } from '../scalar-index/build-scalar-index.ts'
import type { ScalarIndexHandle } from '../scalar-index/scalar-index-handle.ts'
import type { CollectionSchema } from '../schema/collection-schema.ts'
import type { BinlogFacts } from '../storage/binlog-facts.ts'
import { readDeleteLog } from '../storage/delete-log.ts'
import { type IndexFileFacts, readIndexFiles } from '../storage/index-file.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { IndexSpec } from '../vector-index/contract.ts'
import { openIndex, prepareIndex } from '../vector-index/vector-index.ts'
import { Deletions } from './deletions.ts'
import { hashSeed } from './hash-seed.ts'
import { applyDeletes } from './keyed-rows.ts'
import { type LoadedFields, loadFields } from './load-fields.ts'
import { PrimaryKeyIndex } from './primary-key-index.ts'
import type { FieldIndexHandle, SealedSegmentHandle } from './segment-handle.ts'
import { SegmentRows } from './segment-rows.ts'
import { allocateGrowable } from './shared-array.ts'

/** An index whose files are loaded with a segment. */
export interface BuiltIndex {
  readonly fieldId: FieldId
  readonly spec: IndexSpec
  readonly buildId: BuildId
  readonly version: number
  /** None for a type that keeps nothing beside the rows. */
  readonly files: readonly IndexFileFacts[]
}

export interface LoadRequest {
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly segmentId: SegmentId
  readonly generation: number
  readonly schema: CollectionSchema
  readonly rowCount: number
  /** The segment's insert and statistics files, in any order. */
  readonly binlogs: readonly BinlogFacts[]
  /** Delete files that may concern the segment, in any order; partition zero is any partition. */
  readonly deletes: readonly BinlogFacts[]
  readonly indexes: readonly BuiltIndex[]
  /** Scalar fields that get an index, which is built here: it takes less time than to read a file. */
  readonly scalarIndexes: readonly ScalarIndexTarget[]
}

/**
 * Brings a flushed segment into shared memory, every checksum compared: rows, then the index of
 * primary keys, then what was deleted, then the indexes of scalars and of vectors. Throws OBJECT_NOT_FOUND, CORRUPT,
 * MEMORY_LIMIT_EXCEEDED, IO_FAILED. `checkpoint` is called between steps and may throw.
 */
export async function loadSegment(
  store: ObjectStore,
  request: LoadRequest,
  checkpoint: () => void,
): Promise<SealedSegmentHandle> {
  const { schema, rowCount } = request
  using fields = await loadFields(store, request, checkpoint)
  const parts = {
    kind: 'sealed',
    id: request.segmentId,
    generation: request.generation,
    schema,
    rowCount,
    sizeBytes: fields.sizeBytes,
    fields: fields.handles,
    timestamps: fields.timestamps,
    deletions: Deletions.allocate(rowCount).handle,
  } as const
  const withoutKeys = { buckets: allocateGrowable(0), next: allocateGrowable(0) }
  const noKeys = { seed: hashSeed, bucketCount: 0, ...withoutKeys }
  const rows = new SegmentRows(
    { ...parts, primaryKeys: noKeys, indexes: [], scalarIndexes: [] },
    fields.stores,
  )
  checkpoint()
  const keyIndex = PrimaryKeyIndex.build(rows.keys, hashSeed, rowCount)
  await loadDeletes(store, request, { rows, keyIndex, checkpoint })
  const scalarIndexes = buildScalarIndexes(rows, request.scalarIndexes, checkpoint)
  const indexes: FieldIndexHandle[] = []
  for (const built of request.indexes) {
    checkpoint()
    if (built.files.length > 0) indexes.push(await loadIndex(store, built, fields))
  }
  return { ...parts, primaryKeys: keyIndex.handle, indexes, scalarIndexes }
}

function buildScalarIndexes(
  rows: SegmentRows,
  targets: readonly ScalarIndexTarget[],
  checkpoint: () => void,
): readonly ScalarIndexHandle[] {
  // A field that was added later has one value in all of these rows.
  const present = targets.filter(({ fieldId }) => rows.hasField(fieldId))
  return present.flatMap((target) => {
    checkpoint()
    return buildScalarIndex(target, rows.plainColumn(target.fieldId, rows.rowCount)) ?? []
  })
}

async function loadDeletes(
  store: ObjectStore,
  request: LoadRequest,
  target: { rows: SegmentRows; keyIndex: PrimaryKeyIndex; checkpoint: () => void },
): Promise<void> {
  const { rows, keyIndex, checkpoint } = target
  const concerned = request.deletes.filter(
    ({ partitionId, timestampTo }) =>
      (partitionId === 0n || partitionId === request.partitionId) &&
      // A delete hides only what is older than it.
      timestampTo > rows.timestampFrom,
  )
  // In the order of their times, as they would have come from the log.
  const ordered = concerned.toSorted((left, right) =>
    left.timestampFrom < right.timestampFrom ? -1 : 1,
  )
  for (const facts of ordered) {
    checkpoint()
    for await (const deletes of readDeleteLog(store, facts, request.schema.primaryKey.type)) {
      applyDeletes(rows, keyIndex, deletes.primaryKeys, (key) =>
        toId<Timestamp>(deletes.timestamps[key] ?? 0n),
      )
    }
  }
}

async function loadIndex(
  store: ObjectStore,
  built: BuiltIndex,
  fields: LoadedFields,
): Promise<FieldIndexHandle> {
  const vectors = fields.stores.get(built.fieldId)
  if (vectors === undefined) {
    const message = `Cannot load index build ${built.buildId}: field ${built.fieldId} has no vectors`
    throw new ElanusError('CORRUPT', message)
  }
  assert(vectors.isSealed, 'rows are complete before their index is loaded')
  const handle = prepareIndex(vectors, built.spec)
  using index = openIndex(vectors, handle)
  index.load(await readIndexFiles(store, built.files))
  return { fieldId: built.fieldId, index: handle }
}
