import type { Clock } from '../../src/base/clock.ts'
import { ElanusError } from '../../src/base/errors.ts'
import type { EventOwner, Scheduler } from './scheduler.ts'

/** When the simulated world begins: some day of 2026. */
export const epochMs = 1_780_000_000_000

/**
 * A process: its clock, and everything that it waits for. Once it has died none of that comes any
 * more, so what ran in it stands still for ever, as if it had been killed.
 */
export class SimulatedProcess implements Clock, EventOwner {
  readonly name: string
  readonly scheduler: Scheduler
  readonly #wallShiftMs: number
  readonly #deathListeners = new Set<() => void>()
  #isDead = false

  /** `wallShiftMs`: how far its wall clock is off. */
  constructor(name: string, scheduler: Scheduler, wallShiftMs: number) {
    this.name = name
    this.scheduler = scheduler
    this.#wallShiftMs = wallShiftMs
  }

  get isDead(): boolean {
    return this.#isDead
  }

  nowMs(): number {
    return Math.floor(epochMs + this.#wallShiftMs + this.scheduler.nowMs)
  }

  monotonicMs(): number {
    return this.scheduler.nowMs
  }

  schedule(delayMs: number, callback: () => void): Disposable {
    return this.scheduler.at(delayMs, this, `timer of ${Math.round(delayMs)} ms`, callback)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const giveUp = (): void => {
        timer[Symbol.dispose]()
        const reason: unknown = signal?.reason
        reject(reason instanceof Error ? reason : new Error('The wait was given up'))
      }
      const timer = this.schedule(delayMs, () => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      })
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** Waits for something that takes from `fromMs` up to `toMs`. */
  pause(label: string, fromMs: number, toMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.scheduler.at(this.scheduler.delayMs(fromMs, toMs), this, label, resolve)
    return promise
  }

  /** Does the work of another process, and rejects with SERVICE_UNAVAILABLE if that dies before. */
  async relyOn<T>(other: SimulatedProcess, work: Promise<T>): Promise<T> {
    const death = Promise.withResolvers<never>()
    const onDeath = (): void =>
      death.reject(new ElanusError('SERVICE_UNAVAILABLE', `${other.name} has died`))
    other.#deathListeners.add(onDeath)
    if (other.isDead) onDeath()
    try {
      return await Promise.race([work, death.promise])
    } finally {
      other.#deathListeners.delete(onDeath)
    }
  }

  die(): void {
    this.#isDead = true
    for (const listener of this.#deathListeners) listener()
  }
}
