/**
 * Disposes what was opened, last first, unless it was moved out: what the language's own
 * AsyncDisposableStack does, which Node.js 22 does not have yet.
 */
export class AsyncStack implements AsyncDisposable {
  #resources: AsyncDisposable[] = []

  use<T extends AsyncDisposable>(resource: T): T {
    this.#resources.push(resource)
    return resource
  }

  /** A stack that has everything; this one then disposes nothing. */
  move(): AsyncStack {
    const moved = new AsyncStack()
    moved.#resources = this.#resources
    this.#resources = []
    return moved
  }

  /** All are disposed, whatever some of them throw; then the first failure is thrown. */
  async [Symbol.asyncDispose](): Promise<void> {
    const resources = this.#resources.toReversed()
    this.#resources = []
    const failures: unknown[] = []
    for (const resource of resources) {
      try {
        await resource[Symbol.asyncDispose]()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
