import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { move, type Piscina } from 'piscina'
import { present, unreachable } from '../base/assert.ts'
import type { Segment } from '../segment/segment.ts'
import { workerEnded } from './failure.ts'
import type { SearchJob } from './search-job.ts'
import type { FromSearchThread, SearchThreadAnswer, ToSearchThread } from './search-messages.ts'

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
  readonly #events: SearchThreadEvents
  readonly #ended: Promise<void>
  readonly #jobs: SearchJob[] = []
  /** Jobs of each run that are not answered yet, oldest run first. */
  readonly #runs: number[] = []
  readonly #attached = new Map<number, WeakRef<Segment>>()
  readonly #forgetting: (() => void)[] = []
  #threadId: number | undefined

  constructor(piscina: Piscina, events: SearchThreadEvents) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#events = events
    port1.on('message', (message: FromSearchThread) => this.#take(message))
    this.#ended = piscina.run(move(port2)).then(
      () => this.#end(undefined),
      (cause: unknown) => this.#end(cause),
    )
  }

  get isReady(): boolean {
    return this.#threadId !== undefined
  }

  /** Jobs that were sent and not answered. */
  get jobCount(): number {
    return this.#jobs.length
  }

  /** Runs that were sent and not answered in full. */
  get runCount(): number {
    return this.#runs.length
  }

  run(jobs: readonly SearchJob[]): void {
    const fresh = new Map<number, Segment>()
    for (const segment of jobs.flatMap((job) => job.segments)) {
      if (!this.#attached.has(segment.generation)) fresh.set(segment.generation, segment)
    }
    this.#send({
      kind: 'run',
      attach: Array.from(fresh.values(), (segment) => segment.handle()),
      requests: jobs.map((job) => job.request()),
    })
    this.#jobs.push(...jobs)
    this.#runs.push(jobs.length)
    for (const [generation, segment] of fresh) this.#attached.set(generation, new WeakRef(segment))
  }

  /** Resolves when the thread has let go of those that it had attached, or has ended. */
  async forget(generations: readonly number[]): Promise<void> {
    const known = generations.filter((generation) => this.#attached.delete(generation))
    if (known.length === 0) return
    const forgotten = new Promise<void>((resolve) => this.#forgetting.push(resolve))
    this.#send({ kind: 'forget', generations: known })
    await forgotten
  }

  /** Ends the thread once it has answered what was sent. */
  async stop(): Promise<void> {
    this.#send({ kind: 'stop' })
    await this.#ended
  }

  #take(message: FromSearchThread): void {
    switch (message.kind) {
      case 'ready':
        this.#threadId = message.threadId
        this.#events.onReady()
        return
      case 'answers':
        this.#answer(message.answers)
        return
      case 'forgotten':
        this.#forgetting.shift()?.()
        return
      default:
        unreachable(message)
    }
  }

  #answer(answers: readonly SearchThreadAnswer[]): void {
    const left = present(this.#runs[0], 'an answer is to a run') - answers.length
    if (left > 0) this.#runs[0] = left
    else this.#runs.shift()
    // A job that is settled may send the next search at once: the thread is free for it by now.
    const jobs = this.#jobs.splice(0, answers.length)
    for (const [index, answer] of answers.entries()) jobs[index]?.answer(answer)
    this.#events.onAnswers()
  }

  #end(cause: unknown): void {
    this.#port.close()
    for (const job of this.#jobs.splice(0)) job.fail(workerEnded(cause))
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
