import { availableParallelism } from 'node:os'
import { MessageChannel } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { secondMs } from '../base/units.ts'
import type { Segment } from '../segment/segment.ts'
import type { ObjectStoreLocation } from '../storage/object-store-location.ts'
import { cancelBuild } from '../vector-index/build-control.ts'
import type { BuildControl, IndexHandle } from '../vector-index/contract.ts'
import {
  type BackgroundAnswer,
  type BackgroundMessage,
  type BackgroundRequest,
  type BackgroundResult,
  cancelTask,
  createTaskWatch,
  threadOf,
} from './background-messages.ts'
import { canceled, fromFailure, poolClosed, workerEnded } from './failure.ts'
import { heapSizeMbMax } from './thread-limits.ts'
import { workerFile } from './worker-file.ts'

export interface BackgroundLaneOptions {
  readonly threadCount: number
  /** Pieces of work that wait at once; one more is refused. */
  readonly waitingCountMax: number
  readonly objects: ObjectStoreLocation
  /** Threads beside those that may help builds; all cores but one unless given. */
  readonly helperCountMax?: number
}

type RunOptions = NonNullable<Parameters<Piscina['run']>[1]>

/** A thread that had nothing to do for this long ends, and gives its memory back. */
const idleTimeoutMs = 10 * secondMs

/**
 * The threads that flush, build, load and merge, at low priority, and the work that waits for them. One
 * thread is kept from builds and merges, so that what takes seconds need not wait for what takes minutes.
 *
 * Where cores are left over, further threads help builds: a build says where its index lies, and they
 * work on the same memory. They are of low priority too, so searches and calls come before them.
 */
export class BackgroundLane {
  readonly #options: BackgroundLaneOptions
  readonly #piscina: Piscina<BackgroundMessage, BackgroundAnswer>
  readonly #running = new Set<Work>()
  readonly #helperCountMax: number
  #helperCount = 0
  #waiting: Work[] = []
  #isClosed = false

  constructor(options: BackgroundLaneOptions) {
    assert(options.threadCount >= 2, 'one thread is kept from builds')
    this.#options = options
    this.#helperCountMax = options.helperCountMax ?? availableParallelism() - 1
    this.#piscina = new Piscina({
      filename: workerFile('background-worker'),
      name: 'work',
      minThreads: 0,
      maxThreads: options.threadCount + this.#helperCountMax,
      idleTimeout: idleTimeoutMs,
      atomics: 'disabled',
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: heapSizeMbMax },
    })
    // What ends a thread reaches us through its task; without a task there is nobody to tell.
    this.#piscina.on('error', () => undefined)
    this.#piscina.on('workerDestroy', () => {
      for (const work of this.#running) work.abandonStart()
    })
  }

  /** The system's threads, for those who observe them. */
  get workers(): Piscina['threads'] {
    return this.#piscina.threads
  }

  /**
   * Does the work on a thread. Once it runs, an abort asks it to stop and waits until it has: what it
   * wrote is then all that it will write. `segment` is what the thread attaches of ours.
   */
  async run(
    request: BackgroundRequest,
    options: { readonly signal?: AbortSignal | undefined; readonly segment?: Segment },
  ): Promise<BackgroundResult> {
    const { signal, segment } = options
    if (this.#isClosed) throw poolClosed(request.kind)
    if (signal?.aborted === true) throw canceled(request.kind, signal.reason)
    this.#admit(request.kind)
    const work = new Work(request, this.#options.objects, segment)
    const onAbort = (): void => this.#cancel(work, signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      this.#waiting.push(work)
      this.#dispatch()
      const answer = await work.answered.promise
      if (answer.kind === 'failed') throw fromFailure(answer)
      return answer
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Rejects what waits, stops builds and merges, and lets everything else come to its end. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const work of this.#waiting.splice(0)) {
      work.answered.reject(poolClosed(work.request.kind))
    }
    const running = [...this.#running]
    for (const work of running) if (work.isLong) work.cancel()
    await Promise.allSettled(running.map((work) => work.answered.promise))
    await this.#piscina.destroy()
  }

  #admit(what: string): void {
    const { waitingCountMax } = this.#options
    if (this.#waiting.length < waitingCountMax) return
    const message = `Cannot take the ${what} on: ${waitingCountMax} pieces of work wait already`
    throw new ElanusError('RATE_LIMITED', message)
  }

  #cancel(work: Work, reason: unknown): void {
    if (this.#running.has(work)) {
      work.cancel()
      return
    }
    this.#waiting = this.#waiting.filter((other) => other !== work)
    work.answered.reject(canceled(work.request.kind, reason))
  }

  #dispatch(): void {
    const { threadCount } = this.#options
    while (this.#running.size < threadCount) {
      const buildCount = [...this.#running].filter((work) => work.isLong).length
      const mayBuild = buildCount < threadCount - 1
      const index = this.#waiting.findIndex((work) => mayBuild || !work.isLong)
      const [work] = index === -1 ? [] : this.#waiting.splice(index, 1)
      if (work === undefined) return
      void this.#start(work)
    }
  }

  async #start(work: Work): Promise<void> {
    this.#running.add(work)
    const { port1: told, port2: share } = new MessageChannel()
    told.on('message', (index: IndexHandle) => this.#help(work, index))
    told.unref()
    try {
      const signal = work.attempt()
      const message = { ...work.message(), share }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- piscina takes an array; its type says else
      const transferList = [share] as unknown as RunOptions['transferList']
      const answer = await this.#piscina.run(message, { signal, transferList })
      const isForsaken = answer.kind === 'failed' && work.helperEnd !== undefined
      if (isForsaken) work.answered.reject(workerEnded(work.helperEnd))
      else work.answered.resolve(answer)
    } catch (cause) {
      // Who helps would wait for ever for what this thread had begun.
      if (work.isBegun) work.cancel()
      work.reclaim()
      if (work.mayStartAgain && !this.#isClosed) this.#waiting.unshift(work)
      else work.answered.reject(workerEnded(cause))
    } finally {
      told.close()
      this.#running.delete(work)
      this.#dispatch()
    }
  }

  /** Sends a thread for each core that is left over. */
  #help(work: Work, index: IndexHandle): void {
    const { request } = work
    assert(request.kind === 'build', 'a build says where its index is')
    const idleCount = availableParallelism() - this.#running.size - this.#helperCount
    const count = Math.min(idleCount, this.#helperCountMax - this.#helperCount)
    for (let helper = 0; helper < count; helper++) void this.#helpOnce(work, index, request.control)
  }

  async #helpOnce(work: Work, index: IndexHandle, control: BuildControl): Promise<void> {
    this.#helperCount += 1
    try {
      const request = { kind: 'helpBuild', index, control } as const
      const { objects } = this.#options
      // What it throws, it has told the others through the index: the build fails by itself.
      await this.#piscina.run({ objects, watch: createTaskWatch(), request })
    } catch (cause) {
      // A thread that died says nothing: what it had begun will never be done.
      work.helperEnd = cause
      work.cancel()
    } finally {
      this.#helperCount -= 1
    }
  }
}

/** Threads that may die before they begin a piece of work, one after another, until it fails. */
const attemptCountMax = 3

class Work {
  readonly request: BackgroundRequest
  readonly answered = Promise.withResolvers<BackgroundAnswer>()
  readonly #objects: ObjectStoreLocation
  readonly #segment: Segment | undefined
  readonly #watch = createTaskWatch()
  #abandoned = new AbortController()
  #attemptCount = 0
  /** Why a thread that helped ended in the middle of it. */
  helperEnd: unknown = undefined

  constructor(
    request: BackgroundRequest,
    objects: ObjectStoreLocation,
    segment: Segment | undefined,
  ) {
    this.request = request
    this.#objects = objects
    this.#segment = segment
  }

  get isLong(): boolean {
    return this.request.kind === 'build' || this.request.kind === 'merge'
  }

  message(): BackgroundMessage {
    return { objects: this.#objects, watch: this.#watch, request: this.request }
  }

  /** Whether a thread has begun it. */
  get isBegun(): boolean {
    return threadOf(this.#watch) !== undefined
  }

  /** Whether no thread has begun it yet, so that another may. */
  get mayStartAgain(): boolean {
    return !this.isBegun && this.#attemptCount < attemptCountMax
  }

  attempt(): AbortSignal {
    this.#attemptCount += 1
    this.#abandoned = new AbortController()
    return this.#abandoned.signal
  }

  /**
   * Takes the work back if no thread has begun it. Piscina does not tell when a thread dies while it
   * starts: the work would wait for ever.
   */
  abandonStart(): void {
    if (!this.isBegun) this.#abandoned.abort()
  }

  cancel(): void {
    cancelTask(this.#watch)
    if (this.request.kind === 'build') cancelBuild(this.request.control)
  }

  /** Takes back what a thread that died had of our segment. */
  reclaim(): void {
    const threadId = threadOf(this.#watch)
    if (threadId !== undefined) this.#segment?.reclaim(threadId)
  }
}
