import { Piscina } from 'piscina'
import { ElanusError } from '../base/errors.ts'
import { mib } from '../base/units.ts'
import type { SearchHits } from '../segment/search-segments.ts'
import type { RowReferences } from '../segment/segment.ts'
import { canceled, poolClosed, workerEnded } from './failure.ts'
import {
  AggregateJob,
  CountJob,
  MatchJob,
  NearestJob,
  type SearchJob,
  type SearchJobOptions,
  SelectJob,
} from './search-job.ts'
import { SearchThread } from './search-thread.ts'
import { joinHits, splitSearch } from './split-search.ts'
import type { AggregateTask, MatchTask, RowGroup, SearchTask, SelectTask } from './tasks.ts'
import { heapSizeMbMax } from './thread-limits.ts'
import { Uses } from './uses.ts'
import { workerFile } from './worker-file.ts'

export interface SearchLaneOptions {
  readonly threadCount: number
  /** Requests that wait at once; one more is refused. */
  readonly waitingCountMax: number
}

const runJobCountMax = 16
/** Fewer do not make up for the waking of a second thread. */
const runJobCountMin = 4
const runQueryCountMax = 64
/** Half of what the records of a run hold: filters may be large. */
const runSizeBytesMax = 32 * mib
/** Threads that end before they ever served, one after another, until requests are refused. */
const failedStartCountMax = 3

/**
 * The threads that answer searches, and the requests that wait for them.
 *
 * A thread is sent a run of requests at a time. While it works, requests gather, and the next run
 * takes a share of them in one message: the busier the threads, the less each request costs. Threads
 * are started as they are needed, and one that ends is replaced when there is work for it.
 */
export class SearchLane {
  readonly #options: SearchLaneOptions
  readonly #piscina: Piscina
  readonly #threads = new Set<SearchThread>()
  readonly #uses = new Uses()
  readonly #waiting: SearchJob[] = []
  #failedStartCount = 0
  /** What comes in the same turn of the event loop goes in one message: a message costs a wake-up. */
  #isGathering = false
  #isClosed = false

  constructor(options: SearchLaneOptions) {
    this.#options = options
    this.#piscina = new Piscina({
      filename: workerFile('search-worker'),
      name: 'serve',
      minThreads: 0,
      maxThreads: options.threadCount,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'disabled',
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: heapSizeMbMax },
    })
    // What ends a thread reaches us through its task; without a task there is nobody to tell.
    this.#piscina.on('error', () => undefined)
    this.#piscina.on('workerDestroy', () => {
      for (const thread of this.#threads) thread.abandonStart()
    })
  }

  /** The system's threads, for those who observe them. */
  get workers(): Piscina['threads'] {
    return this.#piscina.threads
  }

  async search(task: SearchTask, signal?: AbortSignal): Promise<SearchHits> {
    if (signal?.aborted === true) throw canceled('search', signal.reason)
    const parts = splitSearch(task)
    this.#admit(parts.length)
    const jobs = parts.map((part) => new NearestJob(part, this.#jobOptions(signal)))
    this.#submit(jobs)
    return joinHits(await Promise.all(jobs.map((job) => job.result)))
  }

  select(task: SelectTask, signal?: AbortSignal): Promise<RowReferences> {
    return this.#scan(signal, (options) => new SelectJob(task, options))
  }

  match(task: MatchTask, signal?: AbortSignal): Promise<RowReferences> {
    return this.#scan(signal, (options) => new MatchJob(task, options))
  }

  count(task: MatchTask, signal?: AbortSignal): Promise<number> {
    return this.#scan(signal, (options) => new CountJob(task, options))
  }

  aggregate(task: AggregateTask, signal?: AbortSignal): Promise<readonly RowGroup[]> {
    return this.#scan(signal, (options) => new AggregateJob(task, options))
  }

  async #scan<Result>(
    signal: AbortSignal | undefined,
    jobOf: (options: SearchJobOptions) => SearchJob & { readonly result: Promise<Result> },
  ): Promise<Result> {
    if (signal?.aborted === true) throw canceled('search', signal.reason)
    this.#admit(1)
    const job = jobOf(this.#jobOptions(signal))
    this.#submit([job])
    return await job.result
  }

  /** Starts a thread ahead of the first search. */
  warm(): void {
    if (this.#threads.size === 0 && !this.#isClosed) this.#startThread()
  }

  /** Waits for what uses the segments, then makes the threads let go of them. */
  async forget(generations: readonly number[]): Promise<void> {
    await this.#uses.none(generations)
    await Promise.all(Array.from(this.#threads, (thread) => thread.forget(generations)))
  }

  /** Lets the threads answer what they have; what waits is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const job of this.#waiting.splice(0)) job.fail(poolClosed('search'))
    await Promise.all(Array.from(this.#threads, (thread) => thread.stop()))
    await this.#piscina.destroy()
  }

  #admit(count: number): void {
    if (this.#isClosed) throw poolClosed('search')
    const { waitingCountMax } = this.#options
    if (this.#waiting.length + count <= waitingCountMax) return
    const message = `Cannot take the search on: ${this.#waiting.length} of at most ${waitingCountMax} wait`
    throw new ElanusError('RATE_LIMITED', message)
  }

  #jobOptions(signal: AbortSignal | undefined): SearchJobOptions {
    return {
      signal,
      onSettled: (job) => this.#uses.drop(job.segments.map((segment) => segment.generation)),
    }
  }

  #submit(jobs: readonly SearchJob[]): void {
    for (const job of jobs) {
      this.#uses.add(job.segments.map((segment) => segment.generation))
      this.#waiting.push(job)
    }
    if (this.#isGathering) return
    this.#isGathering = true
    setImmediate(() => {
      this.#isGathering = false
      this.#dispatch()
    })
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const free = [...this.#threads].filter((thread) => thread.isFree)
      const thread = free.find((one) => one.runCount === 0) ?? free[0]
      const isIdle = thread?.runCount === 0
      if (!isIdle && this.#threads.size < this.#options.threadCount) this.#startThread()
      if (thread === undefined) return
      const jobs = this.#takeRun(free.length)
      if (jobs.length > 0) thread.run(jobs)
    }
  }

  /** One thread's share of what waits, within what a run may carry, less what was given up. */
  #takeRun(threadCount: number): readonly SearchJob[] {
    const even = Math.ceil(this.#waiting.length / threadCount)
    const share = Math.min(runJobCountMax, Math.max(runJobCountMin, even))
    let queryCount = 0
    let sizeBytes = 0
    const over = this.#waiting.findIndex((job, index) => {
      queryCount += job.queryCount
      sizeBytes += job.sizeBytes
      const isFull = queryCount > runQueryCountMax || sizeBytes > runSizeBytesMax
      return index >= share || (index > 0 && isFull)
    })
    const taken = this.#waiting.splice(0, over === -1 ? this.#waiting.length : over)
    return taken.filter((job) => !job.isSettled)
  }

  #startThread(): void {
    if (this.#isClosed || this.#failedStartCount >= failedStartCountMax) return
    const thread: SearchThread = new SearchThread(this.#piscina, {
      onReady: () => {
        this.#failedStartCount = 0
        this.#dispatch()
      },
      onAnswers: () => this.#dispatch(),
      onEnd: (cause) => this.#end(thread, cause),
    })
    this.#threads.add(thread)
  }

  #end(thread: SearchThread, cause: unknown): void {
    this.#threads.delete(thread)
    if (this.#isClosed) return
    if (!thread.isReady) this.#failedStartCount += 1
    if (this.#failedStartCount < failedStartCountMax) {
      if (this.#waiting.length > 0) this.#dispatch()
      return
    }
    // Nothing will take what waits. The next request tries again.
    this.#failedStartCount = 0
    if (this.#threads.size > 0) return
    for (const job of this.#waiting.splice(0)) job.fail(workerEnded(cause))
  }
}
