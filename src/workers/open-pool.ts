import { availableParallelism } from 'node:os'
import { assert } from '../base/assert.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { nextGeneration } from '../segment/generation.ts'
import type { SearchHits } from '../segment/search-segments.ts'
import type { RowReferences } from '../segment/segment.ts'
import type { SealedSegmentHandle } from '../segment/segment-handle.ts'
import type { BinlogFacts } from '../storage/binlog-facts.ts'
import type { ObjectStoreLocation } from '../storage/object-store-location.ts'
import { builtRowCount, createBuildControl } from '../vector-index/build-control.ts'
import { BackgroundLane } from './background-lane.ts'
import { MemoryPressure } from './memory-pressure.ts'
import type { ForgottenSegment, WorkerPool } from './pool.ts'
import { SearchLane } from './search-lane.ts'
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
  SearchTask,
  SelectTask,
} from './tasks.ts'

export interface WorkerPoolOptions {
  /** Where objects are kept; the caller has opened it. */
  readonly objects: ObjectStoreLocation
  /** For searches; one for each core unless given. */
  readonly searchThreadCount?: number
  /** For flushes, builds and loads, two or more; all but one core unless given. */
  readonly backgroundThreadCount?: number
  readonly clock?: Clock
}

const waitingCountMax = 4096
const progressPeriodMs = 250

/** Makes the pool; threads are started when there is work for them. */
export function openWorkerPool(options: WorkerPoolOptions): WorkerPool {
  return new ThreadPool(options)
}

class ThreadPool implements WorkerPool {
  readonly #search: SearchLane
  readonly #background: BackgroundLane
  readonly #clock: Clock
  readonly #pressure: MemoryPressure

  constructor(options: WorkerPoolOptions) {
    const coreCount = availableParallelism()
    const { objects, clock = systemClock } = options
    this.#clock = clock
    this.#pressure = new MemoryPressure(clock)
    this.#search = new SearchLane({
      threadCount: options.searchThreadCount ?? coreCount,
      waitingCountMax,
    })
    this.#background = new BackgroundLane({
      threadCount: options.backgroundThreadCount ?? Math.max(2, coreCount - 1),
      waitingCountMax,
      objects,
    })
  }

  async flush(task: FlushTask, signal?: AbortSignal): Promise<FlushFacts> {
    const { collectionId, partitionId, segment, rowFrom, rowTo, logIds } = task
    const handle = segment.handle()
    assert(handle.kind === 'growing', 'rows that are flushed were added here')
    const flush = { collectionId, partitionId, segment: handle, rowFrom, rowTo, logIds }
    const result = await this.#background.run({ kind: 'flush', flush }, { signal, segment })
    assert(result.of === 'flush', 'a result is of what was asked')
    return result.value
  }

  async flushDeletes(task: FlushDeletesTask, signal?: AbortSignal): Promise<BinlogFacts> {
    const { primaryKeyFieldId: fieldId, ...others } = task
    const log = { ...others, fieldId }
    const result = await this.#background.run({ kind: 'flushDeletes', log }, { signal })
    assert(result.of === 'flushDeletes', 'a result is of what was asked')
    return result.value
  }

  async build(task: BuildTask, signal?: AbortSignal): Promise<BuildFacts> {
    const { onProgress, ...build } = task
    const control = createBuildControl()
    using _reporting = this.#report(() => onProgress?.(builtRowCount(control), task.rowCount))
    const result = await this.#background.run({ kind: 'build', build, control }, { signal })
    assert(result.of === 'build', 'a result is of what was asked')
    return result.value
  }

  async load(task: LoadTask, signal?: AbortSignal): Promise<SealedSegmentHandle> {
    const load = { ...task, generation: nextGeneration() }
    const result = await this.#background.run({ kind: 'load', load }, { signal })
    assert(result.of === 'load', 'a result is of what was asked')
    // What is loaded is about to be searched.
    this.#search.warm()
    return result.value
  }

  async merge(task: MergeTask, signal?: AbortSignal): Promise<MergeFacts> {
    const result = await this.#background.run({ kind: 'merge', merge: task }, { signal })
    assert(result.of === 'merge', 'a result is of what was asked')
    return result.value
  }

  search(task: SearchTask, signal?: AbortSignal): Promise<SearchHits> {
    return this.#search.search(task, signal)
  }

  select(task: SelectTask, signal?: AbortSignal): Promise<RowReferences> {
    return this.#search.select(task, signal)
  }

  match(task: MatchTask, signal?: AbortSignal): Promise<RowReferences> {
    return this.#search.match(task, signal)
  }

  count(task: MatchTask, signal?: AbortSignal): Promise<number> {
    return this.#search.count(task, signal)
  }

  aggregate(task: AggregateTask, signal?: AbortSignal): Promise<readonly RowGroup[]> {
    return this.#search.aggregate(task, signal)
  }

  async forget(segments: readonly ForgottenSegment[]): Promise<void> {
    const droppedBytes = segments.reduce((sum, segment) => sum + segment.memoryBytes, 0)
    await this.#search.forget(segments.map((segment) => segment.generation))
    this.#pressure.add(droppedBytes)
  }

  async close(): Promise<void> {
    this.#pressure[Symbol.dispose]()
    await Promise.all([this.#search.close(), this.#background.close()])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Calls back now and then until disposed. */
  #report(callback: () => void): Disposable {
    const again = (): void => {
      callback()
      timer = this.#clock.schedule(progressPeriodMs, again)
    }
    let timer = this.#clock.schedule(progressPeriodMs, again)
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() }
  }
}
