import type { Clock } from '../base/clock.ts'

const retryDelayMsMin = 100
const retryDelayMsMax = 10_000

/**
 * Brings what is to what should be, whenever it is woken: reads the state, takes every step that the
 * state calls for, and stops. Wakes while it runs make it run once more; a failure is retried with
 * a growing delay. So an event that is lost costs time and never correctness: the next wake, or the
 * periodic one, finds the same state.
 */
export class Reconciler implements AsyncDisposable {
  readonly #clock: Clock
  readonly #periodMs: number
  readonly #reconcile: () => Promise<void>
  readonly #onError: (error: unknown) => void
  #running: Promise<void> | undefined
  #isWoken = false
  #isClosed = false
  #failureCount = 0
  #timer: Disposable | undefined

  constructor(options: {
    readonly clock: Clock
    readonly periodMs: number
    readonly reconcile: () => Promise<void>
    readonly onError: (error: unknown) => void
  }) {
    this.#clock = options.clock
    this.#periodMs = options.periodMs
    this.#reconcile = options.reconcile
    this.#onError = options.onError
  }

  wake(): void {
    if (this.#isClosed) return
    this.#isWoken = true
    this.#running ??= this.#run()
  }

  /** Resolves when nothing that was called for is left to do. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#timer?.[Symbol.dispose]()
    await this.settled()
  }

  async #run(): Promise<void> {
    this.#timer?.[Symbol.dispose]()
    while (this.#isWoken && !this.#isClosed) {
      this.#isWoken = false
      await this.#runOnce()
      if (this.#failureCount > 0) break
    }
    this.#running = undefined
    this.#rest()
  }

  async #runOnce(): Promise<void> {
    try {
      await this.#reconcile()
      this.#failureCount = 0
    } catch (error) {
      this.#failureCount += 1
      if (!this.#isClosed) this.#onError(error)
    }
  }

  #rest(): void {
    if (this.#isClosed) return
    const delayMs =
      this.#failureCount === 0
        ? this.#periodMs
        : Math.min(retryDelayMsMax, retryDelayMsMin * 2 ** (this.#failureCount - 1))
    this.#timer = this.#clock.schedule(delayMs, () => this.wake())
  }
}
