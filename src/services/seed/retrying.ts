import type { Clock } from '../../base/clock.ts'

const retryDelayMsMin = 100
const retryDelayMsMax = 5_000

/** Calls until it resolves, with a growing pause between; rejects once the signal aborts. */
export async function retrying<T>(
  call: () => Promise<T>,
  options: {
    readonly clock: Clock
    readonly signal: AbortSignal
    readonly onError: (error: unknown) => void
  },
): Promise<T> {
  const { clock, signal, onError } = options
  for (let delayMs = retryDelayMsMin; ; delayMs = Math.min(2 * delayMs, retryDelayMsMax)) {
    signal.throwIfAborted()
    try {
      return await call()
    } catch (error) {
      onError(error)
    }
    await clock.sleep(delayMs, signal)
  }
}
