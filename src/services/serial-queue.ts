/** Runs tasks one after the other, in the order they came. A failed task fails its caller only. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Resolves when everything that was queued so far has ended. */
  async idle(): Promise<void> {
    await this.#last
  }
}
