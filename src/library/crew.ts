import { Worker } from 'node:worker_threads'
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { ElanusError } from '../base/errors.ts'
import { canceled, type Failure, fromFailure, workerEnded } from '../workers/failure.ts'

/**
 * Threads that belong to one index: they are started when there is work, and each does one task at a
 * time.
 *
 *     starting ──ready──▶ idle ◀──task, answer──▶ busy
 *         \________________\_______________________\──▶ ended, and replaced when there is work
 *
 * A thread that traps, runs out of memory, ends or hangs fails the one task that it had, with a code,
 * and is replaced. A promise of `run` settles only when its thread no longer touches shared memory.
 *
 * Piscina, which serves the database's threads, gives a task to whichever thread is free and cannot
 * end a chosen one; here the thread that goes wrong is the one that must go.
 */
export interface CrewOptions {
  readonly threadCount: number
  /** The module that each thread runs: it calls `serveCrew`. */
  readonly file: string | URL
  /** What each thread starts with; cloned, or shared where it is shared memory. */
  readonly workerData: unknown
  /** Of a thread's own heap. Vectors and indexes are shared memory and do not count. */
  readonly heapSizeMbMax: number
  readonly clock: Clock
  /** Told, by its id, of a thread that is gone and can give nothing back itself. */
  readonly onThreadEnd: (threadId: number) => void
}

export interface RunOptions {
  /** Gives the task up: at once while it waits, and when its thread has stopped once it runs. */
  readonly signal?: AbortSignal | undefined
  /** A thread that takes longer, or that shows no progress for as long, is taken to hang. */
  readonly timeoutMs: number
  /** A number that changes while the task gets on. Without it, `timeoutMs` is for the whole task. */
  readonly progress?: () => number
}

export type FromCrewThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly answer: unknown }
  /** `isBroken`: nothing is known of the thread's state any more. */
  | { readonly kind: 'failure'; readonly failure: Failure; readonly isBroken: boolean }

/** Threads that end before they ever served, one after another, until tasks are refused. */
const failedStartCountMax = 3
/** A canceled task is waited for this long before its thread is ended. */
const graceMs = 2_000
/** How often a watched task is looked at, in a time-out. */
const looksPerTimeout = 4

export class Crew<Task> implements AsyncDisposable {
  readonly #options: CrewOptions
  readonly #threads = new Set<CrewThread>()
  readonly #waiting: Job[] = []
  #failedStartCount = 0
  #isClosed = false

  constructor(options: CrewOptions) {
    assert(options.threadCount >= 1, 'a crew has a thread')
    this.#options = options
  }

  get threadCount(): number {
    return this.#options.threadCount
  }

  /** Starts all threads ahead of their work. */
  warm(): void {
    while (this.#threads.size < this.#options.threadCount) this.#startThread()
  }

  /**
   * Does the task on a thread and resolves with what the thread answers. Rejects with WORKER_FAILED
   * (trap, end), MEMORY_LIMIT_EXCEEDED, TIMEOUT, CANCELED, CLOSED, or what the task threw.
   */
  run(task: Task, options: RunOptions): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(closed())
    if (options.signal?.aborted === true) return Promise.reject(givenUp(options.signal))
    const job = new Job(task, options)
    this.#waiting.push(job)
    job.onAbort(() => this.#abort(job))
    this.#dispatch()
    return job.result
  }

  /** Ends all threads, whatever they do. What runs or waits is rejected with CLOSED. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const job of this.#waiting.splice(0)) job.reject(closed())
    await Promise.all(Array.from(this.#threads, (thread) => thread.end(closed())))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #abort(job: Job): void {
    const place = this.#waiting.indexOf(job)
    if (place >= 0) {
      this.#waiting.splice(place, 1)
      job.reject(givenUp(job.options.signal))
      return
    }
    const thread = [...this.#threads].find((one) => one.job === job)
    thread?.endAfter(graceMs, givenUp(job.options.signal))
  }

  #dispatch(): void {
    for (const thread of this.#threads) {
      if (!thread.isIdle) continue
      const job = this.#waiting.shift()
      if (job === undefined) return
      thread.begin(job)
    }
    const startingCount = [...this.#threads].filter((thread) => !thread.isReady).length
    const room = this.#options.threadCount - this.#threads.size
    const wanted = Math.min(room, this.#waiting.length - startingCount)
    for (let started = 0; started < wanted; started++) this.#startThread()
  }

  #startThread(): void {
    const thread: CrewThread = new CrewThread(this.#options, {
      onReady: () => {
        this.#failedStartCount = 0
        this.#dispatch()
      },
      onFree: () => this.#dispatch(),
      onEnd: (cause) => this.#end(thread, cause),
    })
    this.#threads.add(thread)
  }

  #end(thread: CrewThread, cause: ElanusError): void {
    this.#threads.delete(thread)
    this.#options.onThreadEnd(thread.threadId)
    if (this.#isClosed) return
    if (!thread.isReady) this.#failedStartCount += 1
    if (this.#failedStartCount >= failedStartCountMax) {
      // Nothing would take what waits. The next task tries again.
      this.#failedStartCount = 0
      for (const job of this.#waiting.splice(0)) job.reject(cause)
    }
    this.#dispatch()
  }
}

interface ThreadEvents {
  onReady(): void
  onFree(): void
  onEnd(cause: ElanusError): void
}

class Job {
  readonly task: unknown
  readonly options: RunOptions
  readonly #settled = Promise.withResolvers<unknown>()
  #removeAbort: () => void = () => undefined

  constructor(task: unknown, options: RunOptions) {
    this.task = task
    this.options = options
  }

  get result(): Promise<unknown> {
    return this.#settled.promise
  }

  onAbort(listener: () => void): void {
    const { signal } = this.options
    if (signal === undefined) return
    signal.addEventListener('abort', listener, { once: true })
    this.#removeAbort = () => signal.removeEventListener('abort', listener)
  }

  resolve(answer: unknown): void {
    this.#removeAbort()
    this.#settled.resolve(answer)
  }

  reject(error: ElanusError): void {
    this.#removeAbort()
    this.#settled.reject(error)
  }
}

class CrewThread {
  readonly threadId: number
  readonly #worker: Worker
  readonly #clock: Clock
  readonly #events: ThreadEvents
  /** Why it was ended, or what it threw; the first reason is the one that is told. */
  #cause: ElanusError | undefined
  #job: Job | undefined
  #isReady = false
  #timer: Disposable | undefined

  constructor(options: CrewOptions, events: ThreadEvents) {
    this.#clock = options.clock
    this.#events = events
    this.#worker = new Worker(options.file, {
      workerData: options.workerData,
      resourceLimits: { maxOldGenerationSizeMb: options.heapSizeMbMax },
    })
    this.threadId = this.#worker.threadId
    this.#worker.on('message', (message: FromCrewThread) => this.#take(message))
    this.#worker.on('error', (error: unknown) => {
      this.#cause ??= endedBy(error)
    })
    this.#worker.on('exit', (code) => this.#ended(code))
  }

  get isReady(): boolean {
    return this.#isReady
  }

  get isIdle(): boolean {
    return this.#isReady && this.#job === undefined && this.#cause === undefined
  }

  get job(): Job | undefined {
    return this.#job
  }

  begin(job: Job): void {
    assert(this.isIdle, 'a thread does one task at a time')
    this.#job = job
    this.#worker.ref()
    this.#worker.postMessage(job.task)
    this.#watch(job)
  }

  /** Resolves when the thread is gone. Its task is rejected with the reason. */
  async end(reason: ElanusError): Promise<void> {
    this.#cause ??= reason
    await this.#worker.terminate()
  }

  /** Ends the thread unless its task is over by then, for which the task is given this long. */
  endAfter(delayMs: number, reason: ElanusError): void {
    const job = this.#job
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#clock.schedule(delayMs, () => {
      if (job === this.#job) void this.end(reason)
    })
  }

  #watch(job: Job): void {
    const { timeoutMs, progress = () => 0 } = job.options
    let seen = progress()
    let seenMs = this.#clock.monotonicMs()
    const look = (): void => {
      const now = progress()
      const nowMs = this.#clock.monotonicMs()
      if (now !== seen) [seen, seenMs] = [now, nowMs]
      if (nowMs - seenMs >= timeoutMs) void this.end(hung(timeoutMs))
      else this.#timer = this.#clock.schedule(timeoutMs / looksPerTimeout, look)
    }
    this.#timer = this.#clock.schedule(timeoutMs / looksPerTimeout, look)
  }

  #take(message: FromCrewThread): void {
    if (message.kind === 'ready') {
      this.#isReady = true
      // An idle thread does not keep the process from ending.
      this.#worker.unref()
      this.#events.onReady()
      return
    }
    if (message.kind === 'failure' && message.isBroken) {
      void this.end(fromFailure(message.failure))
      return
    }
    const job = this.#free()
    if (message.kind === 'answer') job?.resolve(message.answer)
    else job?.reject(fromFailure(message.failure))
    this.#events.onFree()
  }

  #free(): Job | undefined {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#worker.unref()
    const job = this.#job
    this.#job = undefined
    return job
  }

  #ended(code: number): void {
    const cause =
      this.#cause ??
      new ElanusError('WORKER_FAILED', `A worker thread ended with exit code ${code}`)
    const job = this.#free()
    this.#events.onEnd(cause)
    job?.reject(cause)
  }
}

function endedBy(error: unknown): ElanusError {
  const reason = error instanceof Error ? error.message : String(error)
  const systemCode = error instanceof Error && 'code' in error ? error.code : undefined
  if (systemCode === 'ERR_WORKER_OUT_OF_MEMORY') {
    const message = `A worker thread ran out of memory: ${reason}`
    return new ElanusError('MEMORY_LIMIT_EXCEEDED', message, { cause: error })
  }
  return workerEnded(error)
}

function hung(timeoutMs: number): ElanusError {
  const message = `A worker thread was ended: it showed no progress for ${timeoutMs} ms`
  return new ElanusError('TIMEOUT', message)
}

function closed(): ElanusError {
  return new ElanusError('CLOSED', 'Cannot use the index: it is closed')
}

function givenUp(signal: AbortSignal | undefined): ElanusError {
  return canceled('work', signal?.reason)
}
