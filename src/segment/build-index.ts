import type { BuildId, FieldId, PartitionId, SegmentId } from '../base/int64.ts'
import type { VectorTypeName } from '../schema/data-type.ts'
import type { BinlogFacts } from '../storage/binlog-facts.ts'
import { type IndexFileFacts, writeIndexFiles } from '../storage/index-file.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { throwIfCanceled } from '../vector-index/build-control.ts'
import type { BuildControl, IndexHandle, IndexSpec, VectorIndex } from '../vector-index/contract.ts'
import { openIndex, prepareIndex } from '../vector-index/vector-index.ts'
import { openVectorStore } from '../vector-index/vector-store.ts'
import { loadVectors } from './load-fields.ts'

export interface BuildRequest {
  readonly partitionId: PartitionId
  readonly segmentId: SegmentId
  readonly buildId: BuildId
  readonly version: number
  readonly fieldId: FieldId
  readonly vectorType: VectorTypeName
  readonly dimension: number
  readonly spec: IndexSpec
  /** The field's insert binlogs, in any order. */
  readonly binlogs: readonly BinlogFacts[]
  readonly rowCount: number
}

/** A helper may have seen first that the build was canceled; here it only failed then. */
function buildUnlessCanceled(index: VectorIndex, control: BuildControl): void {
  try {
    index.build(control)
  } catch (error) {
    throwIfCanceled(control)
    throw error
  }
  throwIfCanceled(control)
}

/** Builds along with the thread that prepared the index, until it is built. Throws as that does. */
export function helpBuild(handle: IndexHandle, control: BuildControl): void {
  using vectors = openVectorStore(handle.store)
  using index = openIndex(vectors, handle)
  index.build(control)
}

export interface BuildFacts {
  readonly files: readonly IndexFileFacts[]
  readonly rowCount: number
}

/**
 * Builds an index over one field of a flushed segment and writes its files. Throws CANCELED within a
 * few rows once the control says so, CORRUPT, MEMORY_LIMIT_EXCEEDED, and what the store throws.
 *
 * `share` is told where the index lies before the work begins: other threads may open it and build
 * along. What nothing is built for, because its rows are the index, is not shared.
 */
export async function buildIndex(
  store: ObjectStore,
  request: BuildRequest,
  control: BuildControl,
  share?: (index: IndexHandle) => void,
): Promise<BuildFacts> {
  const { buildId, version, partitionId, segmentId, rowCount } = request
  const { fieldId: id, vectorType: type, dimension } = request
  throwIfCanceled(control)
  using vectors = await loadVectors(store, request, { id, type, dimension })
  const handle = prepareIndex(vectors, request.spec)
  using index = openIndex(vectors, handle)
  if (handle.sizeBytes > 0) share?.(handle)
  buildUnlessCanceled(index, control)
  const place = { buildId, version, partitionId, segmentId }
  const files = await writeIndexFiles(store, place, index.serialise())
  return { files, rowCount }
}
