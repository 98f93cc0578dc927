import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { move, type Piscina } from 'piscina'
import { assert, present, unreachable } from '../base/assert.ts'
import { toElanusError } from '../base/errors.ts'
import type { Segment } from '../segment/segment.ts'
import { workerEnded } from './failure.ts'
import { readAnswer, writeRequest } from './search-codec.ts'
import type { SearchJob } from './search-job.ts'
import { type FromSearchThread, runCountMax, type ToSearchThread } from './search-messages.ts'
import { allocateRecords, RecordReader, RecordWriter } from './shared-records.ts'

export interface SearchThreadEvents {
  /** It takes runs from now on. */
  onReady(): void
  /** Some of its jobs are done, so that it may take others. */
  onAnswers(): void
  /** It is gone; every job that it had has failed. */
  onEnd(cause: unknown): void
}

/**
 * The pool's end of one search thread.
 *
 *     starting ──ready──▶ serving ──stop, or the thread ends──▶ ended
 *
 * The thread is Piscina's, busy for as long as it lives with the one task of serving a port; what
 * passes through the port costs no more than the port does. (docs/decisions has the measurement.)
 */
export class SearchThread {
  readonly #port: MessagePort
  readonly #abandoned = new AbortController()
  readonly #events: SearchThreadEvents
  readonly #ended: Promise<void>
  readonly #slots = Array.from({ length: runCountMax }, openSlot)
  /** Those not answered in full, oldest first. */
  readonly #runs: Run[] = []
  readonly #attached = new Map<number, WeakRef<Segment>>()
  readonly #forgetting: (() => void)[] = []
  #sentRunCount = 0
  #threadId: number | undefined

  constructor(piscina: Piscina, events: SearchThreadEvents) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#events = events
    port1.on('message', (message: FromSearchThread) => this.#take(message))
    this.#send({ kind: 'open', runs: this.#slots.map((slot) => slot.records) })
    this.#ended = this.#serve(piscina, port2).then(
      () => this.#end(undefined),
      (cause: unknown) => this.#end(cause),
    )
  }

  get isReady(): boolean {
    return this.#threadId !== undefined
  }

  /** Whether it may be sent another run. */
  get isFree(): boolean {
    return this.isReady && this.#runs.length < runCountMax
  }

  /** Runs that were sent and not answered in full. */
  get runCount(): number {
    return this.#runs.length
  }

  run(jobs: readonly SearchJob[]): void {
    assert(this.isFree, 'a run has records of its own')
    const slot = present(this.#slots[this.#sentRunCount % runCountMax], 'each run has a slot')
    slot.requests.clear()
    slot.answers.clear()
    const written = jobs.filter((job) => this.#write(job, slot.requests))
    if (written.length === 0) return
    this.#attach(written)
    this.#runs.push({ jobs: written, slot, answered: 0 })
    this.#sentRunCount += 1
    this.#send(written.length)
  }

  /** Resolves when the thread has let go of those that it had attached, or has ended. */
  async forget(generations: readonly number[]): Promise<void> {
    const known = generations.filter((generation) => this.#attached.delete(generation))
    if (known.length === 0) return
    const forgotten = new Promise<void>((resolve) => this.#forgetting.push(resolve))
    this.#send({ kind: 'forget', generations: known })
    await forgotten
  }

  /**
   * Gives up a thread that is still starting. Piscina does not tell when one dies so early: its task
   * would wait for ever.
   */
  abandonStart(): void {
    if (!this.isReady) this.#abandoned.abort()
  }

  /** Ends the thread once it has answered what was sent. */
  async stop(): Promise<void> {
    this.#send({ kind: 'stop' })
    await this.#ended
  }

  async #serve(piscina: Piscina, port: MessagePort): Promise<void> {
    await piscina.run(move(port), { signal: this.#abandoned.signal })
  }

  /** A request that cannot be written fails alone. */
  #write(job: SearchJob, requests: RecordWriter): boolean {
    try {
      requests.atomically(() => writeRequest(requests, job.request()))
      return true
    } catch (error) {
      job.fail(toElanusError(error, 'Cannot send a search to its thread'))
      return false
    }
  }

  #attach(jobs: readonly SearchJob[]): void {
    const fresh: Segment[] = []
    for (const job of jobs) {
      for (const segment of job.segments) {
        if (this.#attached.has(segment.generation)) continue
        this.#attached.set(segment.generation, new WeakRef(segment))
        fresh.push(segment)
      }
    }
    if (fresh.length === 0) return
    this.#send({ kind: 'attach', handles: fresh.map((segment) => segment.handle()) })
  }

  #take(message: FromSearchThread): void {
    if (typeof message === 'number') {
      this.#answer(message)
      return
    }
    switch (message.kind) {
      case 'ready':
        this.#threadId = message.threadId
        this.#events.onReady()
        return
      case 'forgotten':
        this.#forgetting.shift()?.()
        return
      default:
        unreachable(message)
    }
  }

  #answer(count: number): void {
    const run = present(this.#runs[0], 'an answer is to a run')
    for (let answer = 0; answer < count; answer++) {
      present(run.jobs[run.answered], 'an answer is to a job').answer(readAnswer(run.slot.answers))
      run.answered += 1
    }
    if (run.answered === run.jobs.length) this.#runs.shift()
    this.#events.onAnswers()
  }

  #end(cause: unknown): void {
    this.#port.close()
    for (const run of this.#runs.splice(0)) {
      for (const job of run.jobs.slice(run.answered)) job.fail(workerEnded(cause))
    }
    for (const resolve of this.#forgetting.splice(0)) resolve()
    if (this.#threadId !== undefined && cause !== undefined) this.#reclaim(this.#threadId)
    this.#events.onEnd(cause)
  }

  #reclaim(threadId: number): void {
    for (const segment of this.#attached.values()) segment.deref()?.reclaim(threadId)
  }

  #send(message: ToSearchThread): void {
    this.#port.postMessage(message)
  }
}

interface Run {
  readonly jobs: readonly SearchJob[]
  readonly slot: Slot
  answered: number
}

type Slot = ReturnType<typeof openSlot>

/** The records that runs take in turn. */
function openSlot() {
  const records = { requests: allocateRecords(), answers: allocateRecords() }
  return {
    records,
    requests: new RecordWriter(records.requests),
    answers: new RecordReader(records.answers),
  }
}
