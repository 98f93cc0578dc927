/**
 * Places where tasks under way write objects that meta does not name yet. A task claims its place
 * before it writes and gives it back once meta names what it wrote, or nothing will.
 */
export class ObjectClaims {
  readonly #counts = new Map<string, number>()

  /** Prefixes that end at a '/', or whole names. */
  claim(...places: readonly string[]): Disposable {
    for (const place of places) this.#counts.set(place, (this.#counts.get(place) ?? 0) + 1)
    return {
      [Symbol.dispose]: () => {
        for (const place of places) this.#release(place)
      },
    }
  }

  isClaimed(name: string): boolean {
    if (this.#counts.has(name)) return true
    for (let end = name.indexOf('/'); end >= 0; end = name.indexOf('/', end + 1)) {
      if (this.#counts.has(name.slice(0, end + 1))) return true
    }
    return false
  }

  #release(place: string): void {
    const count = (this.#counts.get(place) ?? 0) - 1
    if (count > 0) this.#counts.set(place, count)
    else this.#counts.delete(place)
  }
}
