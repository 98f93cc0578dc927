/** Counts who uses what, and tells when nobody does any more. */
export class Uses {
  readonly #counts = new Map<number, number>()
  readonly #waiting = new Map<number, (() => void)[]>()

  add(generations: readonly number[]): void {
    for (const generation of generations) {
      this.#counts.set(generation, (this.#counts.get(generation) ?? 0) + 1)
    }
  }

  drop(generations: readonly number[]): void {
    for (const generation of generations) {
      const count = (this.#counts.get(generation) ?? 1) - 1
      if (count > 0) {
        this.#counts.set(generation, count)
        continue
      }
      this.#counts.delete(generation)
      for (const resolve of this.#waiting.get(generation) ?? []) resolve()
      this.#waiting.delete(generation)
    }
  }

  /** Resolves when none of them is in use. */
  async none(generations: readonly number[]): Promise<void> {
    for (const generation of generations) {
      // It may be taken up again while others are waited for: each is waited for in its turn.
      while (this.#counts.has(generation)) await this.#idle(generation)
    }
  }

  #idle(generation: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(generation) ?? []
      waiting.push(resolve)
      this.#waiting.set(generation, waiting)
    })
  }
}
