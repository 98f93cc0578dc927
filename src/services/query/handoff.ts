import type { IndexId, SegmentId } from '../../base/int64.ts'
import type {
  CollectionRecord,
  FinishedBuildRecord,
  FlushedSegmentRecord,
  IndexRecord,
  SegmentRecord,
} from '../../meta/records.ts'
import { scalarIndexTargetOf } from '../../scalar-index/scalar-index-types.ts'
import { SealedSegment } from '../../segment/sealed-segment.ts'
import type { Segment } from '../../segment/segment.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import type { BuiltIndex } from '../../workers/tasks.ts'
import type { DataService } from '../data/data-service.ts'
import type { IndexService } from '../index/index-service.ts'
import { indexSpecOf, isScalarIndex } from '../index/index-spec.ts'
import type { ServingSet } from './serving-set.ts'

/**
 * Brings a serving set to what the segments' states call for:
 *
 *     growing, sealed            the growing segment serves
 *     flushed, index to come     the growing segment goes on, if it is still in memory
 *     flushed                    the rows from binlogs, with every index that is finished
 *     merged from others         those others go on, until its indexes are built
 *     dropped                    nothing
 *
 * A sealed segment takes the growing one's place in one step, with every delete that came while it
 * was being loaded.
 */
export class Handoff {
  readonly #data: DataService
  readonly #index: IndexService
  readonly #pool: WorkerPool

  constructor(options: {
    readonly data: DataService
    readonly index: IndexService
    readonly pool: WorkerPool
  }) {
    this.#data = options.data
    this.#index = options.index
    this.#pool = options.pool
  }

  serveGrowing(set: ServingSet, record: SegmentRecord): void {
    const segment = this.#data.growingSegment(record.id)
    if (segment === undefined || set.get(record.id) !== undefined) return
    if (!set.serves(record.partitionId)) return
    set.put(record.id, { segment, partitionId: record.partitionId, indexIds: new Set() })
  }

  /** Stops without an effect as soon as `isServed` says that the set was released. */
  async bringUp(
    collection: CollectionRecord,
    set: ServingSet,
    isServed: () => boolean,
  ): Promise<void> {
    const records = this.#data
      .segments(collection.id)
      .filter(({ partitionId }) => set.serves(partitionId))
    const wanted = new Set(records.flatMap((record) => [record.id, ...sourcesOf(record, set)]))
    const gone = set.ids().filter((id) => !wanted.has(id))
    await this.#forget(gone.map((id) => set.drop(id)))
    for (const record of records) this.serveGrowing(set, record)
    const due = records
      .filter((record) => record.state === 'flushed')
      .filter((record) => this.#isDue(collection, record, set))
    const results = await Promise.allSettled(
      due.map((record) => this.#bringIn(collection, record, set, isServed)),
    )
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  /**
   * Whether every row that is in files is served. Segments may have been merged while others were
   * brought in, which then came too late.
   */
  isComplete(collection: CollectionRecord, set: ServingSet): boolean {
    return this.#data
      .flushedSegments(collection.id)
      .filter(({ partitionId }) => set.serves(partitionId))
      .every((record) => isCovered(record, set))
  }

  #isDue(collection: CollectionRecord, record: FlushedSegmentRecord, set: ServingSet): boolean {
    const served = set.get(record.id)
    if (served === undefined) return !isCovered(record, set) || this.#isIndexed(collection, record)
    if (served.segment.kind === 'growing') return this.#isIndexed(collection, record)
    const indexIds = new Set(collection.indexes.map(({ id }) => id))
    if ([...served.indexIds].some((id) => !indexIds.has(id))) return true
    // Builds without files belong to segments too small to gain from one.
    const built = this.#finished(collection, record).filter(({ files }) => files.length > 0)
    return [
      ...built.map(({ indexId }) => indexId),
      ...scalarIndexesOf(collection).map(({ id }) => id),
    ].some((id) => !served.indexIds.has(id))
  }

  /** Whether every index that the catalog asks for is built, or has failed for good. */
  #isIndexed(collection: CollectionRecord, record: SegmentRecord): boolean {
    return collection.indexes.every((index) => this.#index.isSettled(record.id, index.id))
  }

  #finished(collection: CollectionRecord, record: SegmentRecord): readonly FinishedBuildRecord[] {
    return collection.indexes.flatMap(
      (index) => this.#index.finishedBuild(record.id, index.id) ?? [],
    )
  }

  async #bringIn(
    collection: CollectionRecord,
    record: FlushedSegmentRecord,
    set: ServingSet,
    isServed: () => boolean,
  ): Promise<void> {
    const builds = this.#finished(collection, record).filter(({ files }) => files.length > 0)
    const scalarIndexes = scalarIndexesOf(collection)
    using retained = this.#data.retainDeletes(collection.id)
    const handle = await this.#pool.load({
      collectionId: collection.id,
      partitionId: record.partitionId,
      segmentId: record.id,
      schema: collection.schema,
      rowCount: record.rowCount,
      binlogs: await this.#data.binlogs(record),
      deletes: await this.#data.deleteFiles(collection.id, record.partitionId),
      indexes: builtIndexes(collection, builds),
      scalarIndexes: scalarIndexes.map((index) => scalarIndexTargetOf(collection.schema, index)),
    })
    const segment = SealedSegment.attach(handle)
    const isWanted = isServed() && set.serves(record.partitionId)
    if (!isWanted || this.#data.segment(record.id)?.state !== 'flushed') {
      await this.#forget([segment])
      return
    }
    for (const entry of retained.since()) {
      if (entry.partitionId !== 0n && entry.partitionId !== record.partitionId) continue
      segment.applyDelete(entry.primaryKeys, entry.timestamp)
    }
    const indexIds = new Set<IndexId>(builds.map(({ indexId }) => indexId))
    for (const { id } of scalarIndexes) indexIds.add(id)
    // In one step: nobody reads between these lines.
    const sources = sourcesOf(record, set).map((id) => set.drop(id))
    const former = set.put(record.id, { segment, partitionId: record.partitionId, indexIds })
    this.#data.releaseGrowing(record.id)
    await this.#forget([former, ...sources])
  }

  async #forget(segments: readonly (Segment | undefined)[]): Promise<void> {
    const sealed = segments.filter((segment) => segment !== undefined).filter(isSealed)
    if (sealed.length > 0) await this.#pool.forget(sealed)
  }
}

/** The segments that a merged one has the rows of, while they are what is served. */
function sourcesOf(record: SegmentRecord, set: ServingSet): readonly SegmentId[] {
  if (record.state !== 'flushed' || set.get(record.id) !== undefined) return []
  return record.compactedFrom.filter((id) => set.get(id) !== undefined)
}

/** Whether its rows are served, from itself or from all that it was merged from. */
function isCovered(record: FlushedSegmentRecord, set: ServingSet): boolean {
  if (set.get(record.id) !== undefined) return true
  const { compactedFrom } = record
  return compactedFrom.length > 0 && compactedFrom.every((id) => set.get(id) !== undefined)
}

function isSealed(segment: Segment): boolean {
  return segment.kind === 'sealed'
}

function scalarIndexesOf({ indexes }: CollectionRecord): readonly IndexRecord[] {
  return indexes.filter(isScalarIndex)
}

function builtIndexes(
  collection: CollectionRecord,
  builds: readonly FinishedBuildRecord[],
): readonly BuiltIndex[] {
  return builds.flatMap((build) => {
    const index = collection.indexes.find(({ id }) => id === build.indexId)
    if (index === undefined) return []
    return [
      {
        fieldId: index.fieldId,
        spec: indexSpecOf(index),
        buildId: build.id,
        version: build.version,
        files: build.files,
      },
    ]
  })
}
