import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Collects what this thread no longer refers to. Shared memory lives until every thread has
 * collected its references, and an idle thread never does by itself: shared memory counts for
 * nothing in the pressure that makes V8 collect.
 */
export function collectGarbage(): void {
  collect ??= exposed()
  collect()
}

let collect: (() => void) | undefined

function exposed(): () => void {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  // An engine without it collects when it sees fit.
  return typeof gc === 'function' ? () => void Reflect.apply(gc, undefined, []) : () => undefined
}
