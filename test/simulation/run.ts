import type { Random } from '../../src/base/random.ts'
import type { CoordinatorServices } from '../../src/services/coordinator.ts'
import type { Bug } from './bug.ts'
import { Client, type Outcome } from './client.ts'
import { Ledger } from './ledger.ts'
import { Model, type ModelCollection } from './model.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { World } from './world.ts'

/** Everything that one schedule works with. */
export class Run {
  readonly world: World
  readonly model = new Model()
  readonly client: Client
  readonly ledger = new Ledger()
  /** Follows a channel. */
  readonly watcher: SimulatedProcess
  /** A change of the catalog whose outcome a crash has hidden: a look at the catalog tells. */
  readonly hidden: ((services: CoordinatorServices) => Promise<void>)[] = []
  #nameCount = 0
  #keyNext = 1n
  #failure: unknown

  constructor(seed: number, bug: Bug) {
    this.world = new World(seed, bug)
    this.client = new Client(this.world)
    this.watcher = this.world.process('watcher')
  }

  get random(): Random {
    return this.world.scheduler.random
  }

  /** What was found by a call, or in the background. */
  get failure(): unknown {
    return this.#failure ?? this.world.violation
  }

  /** Lets something go on by itself; what it finds ends the run. */
  begin(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#failure ??= error
    })
  }

  /** A call that names a collection: it is not made anew under that name meanwhile. */
  async callOn<T>(
    collection: ModelCollection,
    label: string,
    make: (services: CoordinatorServices) => Promise<T>,
  ): Promise<Outcome<T>> {
    collection.callCount += 1
    try {
      return await this.client.call(`${label} ${collection.name}`, make)
    } finally {
      collection.callCount -= 1
    }
  }

  newName(prefix: string): string {
    this.#nameCount += 1
    return `${prefix}${this.#nameCount}`
  }

  newKey(): bigint {
    const key = this.#keyNext
    this.#keyNext += 1n
    return key
  }

  /** Any of these; undefined of none. */
  pick<T>(values: Iterable<T>): T | undefined {
    const all = [...values]
    return all[this.random.below(Math.max(1, all.length))]
  }

  /** Up to `countMax` of these, in their order. */
  pickSome<T>(values: readonly T[], countMax: number): readonly T[] {
    const count = 1 + this.random.below(countMax)
    const start = this.random.below(Math.max(1, values.length))
    return values.slice(start, start + count)
  }
}
