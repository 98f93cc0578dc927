/** Who wants to hear that there is something new. They look for themselves what it is. */
export class Listeners {
  readonly #listeners = new Set<() => void>()

  add(listener: () => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
