/**
 * Claims that only a bug can break. Nobody catches an AssertionFailure: a caller's mistake is an
 * ElanusError instead.
 */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure'
}

export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new AssertionFailure(`Broken claim: ${claim}`)
}

/** The value, which must be there. */
export function present<T>(value: T | undefined, claim: string): T {
  assert(value !== undefined, claim)
  return value
}

/** For the end of an exhaustive switch: compiles only where no case is left. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`Broken claim: every case is handled, yet met ${String(value)}`)
}
