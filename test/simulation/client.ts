import { ElanusError } from '../../src/base/errors.ts'
import type { CoordinatorServices } from '../../src/services/coordinator.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { Violation } from './violation.ts'
import { isBug, type World } from './world.ts'

/** How a call ended, as its caller knows it. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** Nothing of it has happened. */
  | { readonly kind: 'refused'; readonly error: ElanusError }
  /** The coordinator died first: it may have happened or not. */
  | { readonly kind: 'unknown' }

/** Applications, which outlive the coordinator; how many of their calls are on the way is known. */
export class Client {
  readonly #world: World
  readonly #process: SimulatedProcess
  #callCount = 0

  constructor(world: World) {
    this.#world = world
    this.#process = world.process('client')
  }

  /** Calls that have no outcome yet. */
  get callCount(): number {
    return this.#callCount
  }

  /** Time that an application takes for itself. */
  async pause(label: string, toMs: number): Promise<void> {
    this.#callCount += 1
    await this.#process.pause(label, 0, toMs)
    this.#callCount -= 1
  }

  /** Makes a call, and tells how it ended; never rejects but with a violation. */
  async call<T>(
    label: string,
    make: (services: CoordinatorServices) => Promise<T>,
  ): Promise<Outcome<T>> {
    this.#callCount += 1
    try {
      await this.#process.pause(`call ${label}`, 0.1, this.#world.weather.latencyMs)
      const outcome = await this.#make(make)
      await this.#process.pause(`${label} is ${textOf(outcome)}`, 0, 1)
      return outcome
    } finally {
      this.#callCount -= 1
    }
  }

  async #make<T>(make: (services: CoordinatorServices) => Promise<T>): Promise<Outcome<T>> {
    const served = this.#world.coordinator()
    if (served === undefined) {
      return { kind: 'refused', error: new ElanusError('SERVICE_UNAVAILABLE', 'Nobody is there') }
    }
    try {
      return {
        kind: 'done',
        value: await this.#process.relyOn(served.process, make(served.service)),
      }
    } catch (error) {
      // What stops the coordinator may have failed the call a moment before.
      await this.#process.pause('look at the failure', 0.1, 0.2)
      if (served.process.isDead) return { kind: 'unknown' }
      if (!(error instanceof ElanusError) || isBug(error)) {
        throw new Violation('A call failed by a bug', { cause: error })
      }
      // A sync that failed: nobody can know, and the coordinator is about to stop.
      return error.code === 'IO_FAILED' ? { kind: 'unknown' } : { kind: 'refused', error }
    }
  }
}

function textOf(outcome: Outcome<unknown>): string {
  switch (outcome.kind) {
    case 'done':
      return `done: ${summary(outcome.value)}`
    case 'refused':
      return `refused: ${outcome.error.code}, ${outcome.error.message}`
    case 'unknown':
      return 'unknown'
  }
}

/** What shows in the trace, and so in its hash. */
function summary(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if ('timestamp' in value) return String(value.timestamp)
  return 'count' in value ? String(value.count) : 'an answer'
}
