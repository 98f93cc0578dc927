/** How fast calls are answered, one after the other or several at once. */
export interface RateTask {
  readonly call: () => Promise<unknown>
  /** Calls in flight at once. */
  readonly concurrency: number
  readonly durationMs: number
}

/** Calls per second: each caller makes its next call when its last one is answered. */
export async function measureRate({ call, concurrency, durationMs }: RateTask): Promise<number> {
  const startMs = performance.now()
  const endMs = startMs + durationMs
  const caller = async (): Promise<number> => {
    let answered = 0
    while (performance.now() < endMs) {
      await call()
      answered += 1
    }
    return answered
  }
  const counts = await Promise.all(Array.from({ length: concurrency }, caller))
  const total = counts.reduce((sum, count) => sum + count, 0)
  return (total * 1_000) / (performance.now() - startMs)
}

/** Runs the task for each item, so many at once. */
export async function forEachAtOnce<Item>(
  items: readonly Item[],
  concurrency: number,
  task: (item: Item) => Promise<unknown>,
): Promise<void> {
  const waiting = items.values()
  const caller = async (): Promise<void> => {
    for (const item of waiting) await task(item)
  }
  await Promise.all(Array.from({ length: concurrency }, caller))
}
