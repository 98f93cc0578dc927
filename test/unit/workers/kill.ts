import { setImmediate } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'

/** Waits for a thread, which may still be starting, and ends it without warning. */
export async function killThread(lane: { readonly workers: readonly Worker[] }): Promise<void> {
  while (lane.workers.length === 0) await setImmediate()
  await Promise.all(lane.workers.map((worker) => worker.terminate()))
  // Whoever listens for the end has heard of it by the next turn.
  await setImmediate()
}

/** Waits, turn by turn, until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate()
}
