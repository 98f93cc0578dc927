/** Something that must never be, found by a simulation. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** `what` is a sentence about what must hold; it is only made when that does not. */
export function require(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Violation(what())
}
