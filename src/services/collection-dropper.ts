import type { Clock } from '../base/clock.ts'
import type { DataService } from './data/data-service.ts'
import type { IndexService } from './index/index-service.ts'
import type { Master } from './master/master.ts'
import type { QueryService } from './query/query-service.ts'
import { Reconciler } from './reconciler.ts'

const reconcilePeriodMs = 60_000

/**
 * Takes dropped collections away: out of serving, then their indexes, their rows, and last the
 * record that says that this is to be done. Whatever a crash leaves of it goes on at the next start.
 */
export class CollectionDropper implements AsyncDisposable {
  readonly #master: Master
  readonly #data: DataService
  readonly #index: IndexService
  readonly #query: QueryService
  readonly #reconciler: Reconciler
  readonly #subscription: Disposable

  constructor(options: {
    readonly clock: Clock
    readonly master: Master
    readonly data: DataService
    readonly index: IndexService
    readonly query: QueryService
    readonly onError: (error: unknown) => void
  }) {
    this.#master = options.master
    this.#data = options.data
    this.#index = options.index
    this.#query = options.query
    this.#reconciler = new Reconciler({
      clock: options.clock,
      periodMs: reconcilePeriodMs,
      reconcile: () => this.#dropAll(),
      onError: options.onError,
    })
    this.#subscription = options.master.subscribe(() => this.#reconciler.wake())
    this.#reconciler.wake()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]()
    await this.#reconciler[Symbol.asyncDispose]()
  }

  settled(): Promise<void> {
    return this.#reconciler.settled()
  }

  async #dropAll(): Promise<void> {
    for (const collection of this.#master.droppingCollections()) {
      await this.#query.release(collection.id)
      await this.#index.dropCollection(collection.id)
      await this.#data.dropCollection(collection)
      await this.#master.collectionDataDropped(collection.id)
    }
  }
}
