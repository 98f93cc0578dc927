import type { Clock } from '../base/clock.ts'
import type { Catalog } from '../meta/tables.ts'
import {
  deleteLogPrefix,
  indexFilePrefix,
  insertLogPrefix,
  statisticsLogPrefix,
} from '../storage/binlog-paths.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { ObjectClaims } from './object-claims.ts'
import { Reconciler } from './reconciler.ts'

export interface OrphanCollectorOptions {
  readonly clock: Clock
  readonly catalog: Catalog
  readonly objects: ObjectStore
  readonly claims: ObjectClaims
  readonly periodMs: number
  /** An object that is younger is left alone. */
  readonly toleranceMs: number
  readonly onError: (error: unknown) => void
}

const prefixes = [insertLogPrefix, statisticsLogPrefix, deleteLogPrefix, indexFilePrefix] as const

/**
 * Drops objects that nothing names: what a crash left between writing objects and the meta batch that
 * would have named them, what a task left that failed, what a node wrote for a report that was refused.
 * From time to time it looks at all objects there are:
 *
 *     old enough ──▶ not claimed ──▶ meta does not name it ──▶ dropped
 *
 * The order is what makes it safe. Whoever is going to name an object has claimed its place since
 * before it was written, and gives the place back after the batch is durable; so once an object is
 * seen and is not claimed, meta names it already or never will.
 */
export class OrphanCollector implements AsyncDisposable {
  readonly #options: OrphanCollectorOptions
  readonly #reconciler: Reconciler

  constructor(options: OrphanCollectorOptions) {
    this.#options = options
    this.#reconciler = new Reconciler({ ...options, reconcile: () => this.#collect() })
    this.#reconciler.wake()
  }

  /** Looks through all objects now. */
  async collect(): Promise<void> {
    this.#reconciler.wake()
    await this.#reconciler.settled()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#reconciler[Symbol.asyncDispose]()
  }

  async #collect(): Promise<void> {
    const { clock, objects, toleranceMs } = this.#options
    const before = clock.nowMs() - toleranceMs
    await objects.dropUnfinished({ modifiedMs: before })
    for (const prefix of prefixes) {
      let group: string[] = []
      let owner: string | undefined
      for await (const { name, modifiedMs } of objects.list(prefix)) {
        if (modifiedMs > before) continue
        if (ownerOf(name) !== owner) {
          await this.#dropUnnamed(owner, group)
          owner = ownerOf(name)
          group = []
        }
        group.push(name)
      }
      await this.#dropUnnamed(owner, group)
    }
  }

  async #dropUnnamed(owner: string | undefined, names: readonly string[]): Promise<void> {
    const { objects, claims } = this.#options
    const unclaimed = names.filter((name) => !claims.isClaimed(name))
    if (owner === undefined || unclaimed.length === 0) return
    const named = await this.#namesOf(owner)
    for (const name of unclaimed) if (!named.has(name)) await objects.drop(name)
  }

  /** What meta names of an owner's. */
  async #namesOf(owner: string): Promise<ReadonlySet<string>> {
    const { binlogs, builds } = this.#options.catalog
    const [kind, ...ids] = owner.split('/')
    const key = ids.map(idOf).filter((id) => id !== undefined)
    const named = new Set<string>()
    if (key.length < ids.length || key.length === 0) return named
    if (kind === 'index_files') {
      const found = await Array.fromAsync(builds.scan(...key))
      const files = found.flatMap((build) => (build.state === 'finished' ? build.files : []))
      return new Set(files.map(({ path }) => path))
    }
    for await (const { path } of binlogs.scan(...key)) named.add(path)
    return named
  }
}

/**
 * Names that meta is asked for together: of a segment `insert_log/collection/partition/segment`, of a
 * collection's deletes `delta_log/collection`, of a build `index_files/build`.
 */
function ownerOf(name: string): string {
  const partCount = name.startsWith(insertLogPrefix) || name.startsWith(statisticsLogPrefix) ? 4 : 2
  return name.split('/').slice(0, partCount).join('/')
}

/** Undefined for a part that is no id of ours: nothing that meta names has such a part. */
function idOf(part: string): bigint | undefined {
  const id = /^\d{1,19}$/.test(part) ? BigInt(part) : undefined
  return id !== undefined && BigInt.asIntN(64, id) === id ? id : undefined
}
