import type { Clock } from '../base/clock.ts'
import { mib, secondMs } from '../base/units.ts'

/**
 * Lets V8 know of shared memory that this thread has dropped.
 *
 * Shared memory lives until every thread has collected what referred to it, and counts for nothing
 * in the pressure that makes V8 collect: the event loop's thread, which allocates little, would hold
 * gigabytes of dropped segments for minutes. Collecting by force would stop an embedding program for
 * as long as its own heap is large. So the bytes are named to V8 in a form that it does count: a
 * buffer of that size which is dropped at once, and whose pages are never touched. V8 then collects
 * as it would for any buffer, in small steps.
 */
export class MemoryPressure {
  readonly #clock: Clock
  #droppedBytes = 0
  #timer: Disposable | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(bytes: number): void {
    this.#droppedBytes += bytes
    if (this.#droppedBytes < pressureBytesMin) return
    // A little later: who dropped the segments may still be on the stack.
    this.#timer ??= this.#clock.schedule(delayMs, () => this.#press())
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
  }

  #press(): void {
    this.#timer = undefined
    const bytes = Math.min(pressureBytesMax, this.#droppedBytes)
    this.#droppedBytes = 0
    try {
      new ArrayBuffer(bytes)
    } catch {
      // There is not even room for pages that nobody touches: V8 knows that it is short of memory.
    }
  }
}

/** What V8 lets pass before it starts to collect. */
const pressureBytesMin = 64 * mib
const pressureBytesMax = 1024 * mib
const delayMs = 1 * secondMs
