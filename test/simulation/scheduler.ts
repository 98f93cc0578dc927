import type { Random } from '../../src/base/random.ts'
import { seededRandom } from '../../src/base/random.ts'
import { EventQueue } from './event-queue.ts'
import { Trace } from './trace.ts'
import { require } from './violation.ts'

/** Many times what the longest schedule takes. */
const eventCountMax = 200_000

/** Whoever an event belongs to: the events of one that has died never come. */
export interface EventOwner {
  readonly name: string
  readonly isDead: boolean
}

/**
 * All that happens, one thing after the other, in an order that the seed decides: timers, disk
 * completions and messages are events in one queue. Between two of them everything that the first
 * one set going runs to its end, and no real time passes: what comes out depends on the seed alone.
 *
 *     take the earliest event ──▶ set the clock ──▶ run it ──▶ drain promises ──┐
 *          ▲────────────────────────────────────────────────────────────────────┘
 *
 * (The method of FoundationDB's simulator: Zhou et al., SIGMOD 2021, section 4.)
 */
export class Scheduler {
  readonly random: Random
  readonly trace = new Trace()
  readonly #queue = new EventQueue()
  #nowMs = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  /** Since the simulation began; never goes back. */
  get nowMs(): number {
    return this.#nowMs
  }

  get eventCount(): number {
    return this.trace.count
  }

  /** Runs the action once, `delayMs` from now, unless it is disposed or its owner dies first. */
  at(delayMs: number, owner: EventOwner, label: string, action: () => void): Disposable {
    const event = this.#queue.add({
      atMs: this.#nowMs + Math.max(0, delayMs),
      owner,
      label,
      action,
    })
    return {
      [Symbol.dispose]: () => {
        event.isCanceled = true
      },
    }
  }

  /** From `from` up to `to` milliseconds; a short while is likelier than a long one. */
  delayMs(from: number, to: number): number {
    const share = this.random.next() * this.random.next()
    return from + (to - from) * share
  }

  isChance(share: number): boolean {
    return share > 0 && this.random.next() < share
  }

  /** Does what comes next; false when nothing is to come. */
  async step(): Promise<boolean> {
    require(this.eventCount < eventCountMax, () => `it goes on after ${eventCountMax} events`)
    for (;;) {
      const event = this.#queue.take()
      if (event === undefined) return false
      if (event.isCanceled || event.owner.isDead) continue
      this.#nowMs = event.atMs
      this.trace.add(this.#nowMs, event.owner.name, event.label)
      event.action()
      await drained()
      return true
    }
  }

  /** Goes on until so much time has passed. */
  async pass(ms: number): Promise<void> {
    let isOver = false
    this.at(ms, world, 'pass', () => {
      isOver = true
    })
    while (!isOver && (await this.step()));
  }

  /** Goes on until the condition holds: true; or for so long that it never will: false. */
  async runUntil(condition: () => boolean, withinMs: number): Promise<boolean> {
    const deadlineMs = this.#nowMs + withinMs
    await drained()
    while (!condition()) {
      if (this.#nowMs > deadlineMs) return false
      if (!(await this.step())) return condition()
    }
    return true
  }
}

/** Owns what happens to everybody: the weather, and the hand that plays. */
export const world: EventOwner = { name: 'world', isDead: false }

/**
 * Resolves once every promise that can go on has gone on. Node runs this queue when the queue of
 * promises is empty, and comes back to that one after it; no turn of the event loop is needed.
 */
function drained(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}
