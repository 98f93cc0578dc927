import type { Clock } from '../../src/base/clock.ts'

interface Alarm {
  readonly atMs: number
  readonly ring: () => void
}

/** A clock that stands still until it is told to go on; its wall may also be set back. */
export class ManualClock implements Clock {
  #wallMs: number
  #monotonicMs = 0
  #alarms: Alarm[] = []

  constructor(wallMs = 1_700_000_000_000) {
    this.#wallMs = wallMs
  }

  nowMs(): number {
    return this.#wallMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  schedule(delayMs: number, callback: () => void): Disposable {
    const alarm = { atMs: this.#monotonicMs + delayMs, ring: callback }
    this.#alarms.push(alarm)
    return {
      [Symbol.dispose]: () => {
        this.#alarms = this.#alarms.filter((other) => other !== alarm)
      },
    }
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const alarm = this.schedule(delayMs, resolve)
      signal?.addEventListener('abort', () => {
        alarm[Symbol.dispose]()
        reject(new Error('The wait was given up', { cause: signal.reason }))
      })
    })
  }

  /** Rings what is due on the way, in the order of its time. */
  advance(ms: number): void {
    const end = this.#monotonicMs + ms
    for (;;) {
      const [next] = this.#alarms
        .filter(({ atMs }) => atMs <= end)
        .toSorted((one, other) => one.atMs - other.atMs)
      if (next === undefined) break
      this.#alarms = this.#alarms.filter((alarm) => alarm !== next)
      this.#step(next.atMs)
      next.ring()
    }
    this.#step(end)
  }

  setWall(wallMs: number): void {
    this.#wallMs = wallMs
  }

  #step(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs
    this.#monotonicMs = monotonicMs
  }
}
