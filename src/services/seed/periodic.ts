import type { Clock } from '../../base/clock.ts'

/** Does a task at once and then again and again, one run after the other, until it is stopped. */
export class Periodic {
  readonly #clock: Clock
  readonly #periodMs: number
  readonly #task: () => Promise<void>
  readonly #onError: (error: unknown) => void
  #timer: Disposable | undefined
  #running: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: {
    readonly clock: Clock
    readonly periodMs: number
    readonly task: () => Promise<void>
    /** Told of a run that failed; the next one comes all the same. */
    readonly onError: (error: unknown) => void
  }) {
    this.#clock = options.clock
    this.#periodMs = options.periodMs
    this.#task = options.task
    this.#onError = options.onError
  }

  /** Resolves when the first run is over. */
  start(): Promise<void> {
    this.#running = this.#run()
    return this.#running
  }

  /** Resolves when no run is under way, and none is to come. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.[Symbol.dispose]()
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      await this.#task()
    } catch (error) {
      this.#onError(error)
    }
    if (this.#isStopped) return
    this.#timer = this.#clock.schedule(this.#periodMs, () => {
      this.#running = this.#run()
    })
  }
}
