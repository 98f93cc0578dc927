import type { BuildId, CollectionId, IndexId, SegmentId } from '../../base/int64.ts'
import type {
  BuildRecord,
  CollectionRecord,
  FinishedBuildRecord,
  FlushedSegmentRecord,
  IndexRecord,
} from '../../meta/records.ts'

/**
 * Sees to it that every flushed segment has what the catalog's index definitions ask for; `build-moves`
 * draws the states of a build. Only the index service writes build records, and it takes a result only from the attempt that is
 * current: (build id, version) must be those in the record.
 */
export interface IndexService {
  /** How far an index has got over the flushed segments of its collection. */
  progress(collection: CollectionRecord, index: IndexRecord): IndexProgress
  /** The finished build of an index over a segment. */
  finishedBuild(segmentId: SegmentId, indexId: IndexId): FinishedBuildRecord | undefined
  /** Whether nothing more is to be expected of an index over a segment: it is built, or given up. */
  isSettled(segmentId: SegmentId, indexId: IndexId): boolean
  /** A build that was deleted is known for a while. */
  build(id: BuildId): BuildRecord | undefined
  /** All builds of an index. */
  buildsOf(indexId: IndexId): readonly BuildRecord[]
  /** The build of an index over a flushed segment: the one there is, or one that is planned now. */
  request(segment: FlushedSegmentRecord, index: IndexRecord): Promise<BuildRecord>
  /** Calls back when a build has finished, its files named in meta, or has failed for good. */
  subscribe(listener: (build: BuildRecord) => void): Disposable
  /** Drops all builds of a collection with their files. */
  dropCollection(collectionId: CollectionId): Promise<void>
}

export interface IndexProgress {
  readonly state: 'unissued' | 'inProgress' | 'finished' | 'failed'
  readonly indexedRowCount: number
  readonly totalRowCount: number
  readonly failReason: string
}
