import { ElanusError } from '../../src/base/errors.ts'
import { aggregateRows } from '../../src/segment/aggregate-rows.ts'
import { buildIndex } from '../../src/segment/build-index.ts'
import type { CompiledFilter } from '../../src/segment/compiled-filter.ts'
import { FilterCache } from '../../src/segment/filter-cache.ts'
import type { EncodedFilter } from '../../src/segment/filter-code.ts'
import { flushSegment } from '../../src/segment/flush-segment.ts'
import { nextGeneration } from '../../src/segment/generation.ts'
import { loadSegment } from '../../src/segment/load-segment.ts'
import { mergeSegments } from '../../src/segment/merge-segments.ts'
import { searchSegments } from '../../src/segment/search-segments.ts'
import type { RowReferences, Segment } from '../../src/segment/segment.ts'
import type { SealedSegmentHandle } from '../../src/segment/segment-handle.ts'
import { SegmentRows } from '../../src/segment/segment-rows.ts'
import { countRows, matchRows, selectRows } from '../../src/segment/select-rows.ts'
import type { BinlogFacts } from '../../src/storage/binlog-facts.ts'
import { writeDeleteLog } from '../../src/storage/delete-log.ts'
import type { ObjectStore } from '../../src/storage/object-store.ts'
import { createBuildControl } from '../../src/vector-index/build-control.ts'
import type { WorkerPool } from '../../src/workers/pool.ts'
import type {
  AggregateTask,
  BuildFacts,
  BuildTask,
  FlushDeletesTask,
  FlushFacts,
  FlushTask,
  LoadTask,
  MatchTask,
  MergeFacts,
  MergeTask,
  RowGroup,
  SearchHits,
  SearchTask,
  SelectTask,
} from '../../src/workers/tasks.ts'
import type { SimulatedProcess } from './simulated-process.ts'

export interface SimulatedPoolOptions {
  readonly process: SimulatedProcess
  readonly objects: ObjectStore
  /** The share of background tasks whose thread dies in the middle. */
  readonly failureShare: () => number
}

/**
 * The work of worker threads, done here: the same code on the same memory, begun after a while. A
 * thread may die in the middle of its task, and leaves what it has written so far.
 */
export class SimulatedPool implements WorkerPool {
  readonly #options: SimulatedPoolOptions
  readonly #filters = new FilterCache()

  constructor(options: SimulatedPoolOptions) {
    this.#options = options
  }

  async flush(task: FlushTask, signal?: AbortSignal): Promise<FlushFacts> {
    const segment = task.segment.handle()
    if (segment.kind !== 'growing') throw new Error('Rows that are flushed were added here')
    const checkpoint = await this.#begin(`flush ${task.segment.id}`, signal)
    return flushSegment(this.#options.objects, { ...task, segment }, checkpoint)
  }

  async flushDeletes(task: FlushDeletesTask, signal?: AbortSignal): Promise<BinlogFacts> {
    const checkpoint = await this.#begin(`flush deletes of ${task.collectionId}`, signal)
    checkpoint()
    const { primaryKeyFieldId: fieldId, ...others } = task
    return writeDeleteLog(this.#options.objects, { ...others, fieldId })
  }

  async build(task: BuildTask, signal?: AbortSignal): Promise<BuildFacts> {
    const checkpoint = await this.#begin(`build ${task.buildId} v${task.version}`, signal, 400)
    checkpoint()
    const facts = await buildIndex(this.#options.objects, task, createBuildControl())
    checkpoint()
    return facts
  }

  async load(task: LoadTask, signal?: AbortSignal): Promise<SealedSegmentHandle> {
    const checkpoint = await this.#begin(`load ${task.segmentId}`, signal)
    const request = { ...task, generation: nextGeneration() }
    return loadSegment(this.#options.objects, request, checkpoint)
  }

  async merge(task: MergeTask, signal?: AbortSignal): Promise<MergeFacts> {
    const checkpoint = await this.#begin(`merge into ${task.segmentId}`, signal, 400)
    return mergeSegments(this.#options.objects, task, checkpoint)
  }

  search(task: SearchTask): Promise<SearchHits> {
    return this.#read(task.segments, task.filter, (rows, filter) =>
      searchSegments(rows, task, filter),
    )
  }

  select(task: SelectTask): Promise<RowReferences> {
    return this.#read(task.segments, task.filter, (rows, filter) => selectRows(rows, task, filter))
  }

  match(task: MatchTask): Promise<RowReferences> {
    return this.#read(task.segments, task.filter, (rows, filter) => matchRows(rows, task, filter))
  }

  count(task: MatchTask): Promise<number> {
    return this.#read(task.segments, task.filter, (rows, filter) => countRows(rows, task, filter))
  }

  aggregate(task: AggregateTask): Promise<readonly RowGroup[]> {
    return this.#read(task.segments, task.filter, (rows, filter) =>
      aggregateRows(rows, task, filter, task.aggregation),
    )
  }

  async forget(): Promise<void> {}

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  /** Waits for a thread; gives what the work calls between its steps, which may throw. */
  async #begin(label: string, signal: AbortSignal | undefined, toMs = 60): Promise<() => void> {
    const { process, failureShare } = this.#options
    await process.pause(label, 1, toMs)
    const isFailing = process.scheduler.isChance(failureShare())
    let stepsLeft = isFailing ? process.scheduler.random.below(5) : Number.POSITIVE_INFINITY
    return () => {
      if (signal?.aborted === true) throw new ElanusError('CANCELED', `Cannot ${label}: stopped`)
      if (stepsLeft <= 0) throw new ElanusError('WORKER_FAILED', `Cannot ${label}: thread died`)
      stepsLeft -= 1
    }
  }

  async #read<T>(
    segments: readonly Segment[],
    filter: EncodedFilter | undefined,
    read: (rows: readonly SegmentRows[], filter: CompiledFilter | undefined) => T,
  ): Promise<T> {
    await this.#options.process.pause(`read ${segments.length} segments`, 0.1, 2)
    const rows = segments.map((segment) => SegmentRows.attach(segment.handle()))
    try {
      return read(rows, filter === undefined ? undefined : this.#filters.compiled(filter))
    } finally {
      for (const attached of rows) attached[Symbol.dispose]()
    }
  }
}
