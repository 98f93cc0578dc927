/**
 * Time is passed in, so that a test or a simulation owns it. `nowMs` is the wall clock and may jump
 * either way; `monotonicMs` never goes back and has no meaning outside the process.
 */
export interface Clock {
  nowMs(): number
  monotonicMs(): number
  /** Calls back once, `delayMs` from now, unless disposed first. Never keeps the process alive. */
  schedule(delayMs: number, callback: () => void): Disposable
  /** Resolves after `delayMs`; rejects with the signal's reason if that aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const onAbort = (): void => {
        clearTimeout(timer)
        reject(toError(signal?.reason))
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }, delayMs)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  },
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('The wait was given up', { cause: reason })
}
