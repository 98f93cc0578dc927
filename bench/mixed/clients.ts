import { type Random, seededRandom } from '../../src/base/random.ts'
import { fieldsOf, filteredCollection, vectorField } from '../lib/filtered-collection.ts'
import { serveOperations } from '../lib/helper.ts'
import { bucketRange, type MadeUpRows, makeUpRows } from '../lib/made-up-rows.ts'
import { failureOf, hitIdsOf, paths } from '../lib/milvus-messages.ts'
import {
  encodeDelete,
  encodeRows,
  encodeSearch,
  mutationTimestampOf,
  requestPaths,
  searchTimestampOf,
} from '../lib/milvus-requests.ts'
import { connectRaw, type RawClient } from '../lib/raw-grpc.ts'
import type { LedgerSearch, LedgerWrite } from './ledger.ts'
import type { MixedSettings } from './options.ts'

/**
 * All clients, each with a connection of its own, in one process: each makes its next call as soon as
 * its last is answered, a search, an upsert of one row, or a delete of one, as its dice say. Requests
 * are encoded before their clocks start.
 */
export interface ClientsTask {
  readonly port: number
  readonly settings: MixedSettings
}

export const callKinds = ['search', 'upsert', 'delete'] as const
export type CallKind = (typeof callKinds)[number]

export interface ClientsResult {
  readonly seconds: number
  readonly latenciesMs: Readonly<Record<CallKind, Float64Array>>
  /** Why calls failed, with how often each. */
  readonly failures: ReadonlyMap<string, number>
  readonly cpuSeconds: number
}

export interface Ledger {
  readonly writes: readonly LedgerWrite[]
  readonly searches: readonly LedgerSearch[]
}

class Crowd {
  readonly #settings: MixedSettings
  /** What rows become: as many as may be written, over and over. */
  readonly #spare: MadeUpRows
  readonly #queries: readonly Float32Array[]
  readonly #clients: readonly RawClient[]
  readonly #randoms: readonly Random[]
  readonly #writes: LedgerWrite[] = []
  readonly #searches: LedgerSearch[] = []
  #spareCount = 0

  constructor({ port, settings }: ClientsTask) {
    const { seed, rowCount, dimension, queryCount, clientCount } = settings
    this.#settings = settings
    this.#queries = makeUpRows({ seed, count: rowCount, dimension, queryCount }).queries
    this.#spare = makeUpRows({ seed: seed + 7, count: spareCount, dimension, queryCount: 0 })
    const places = Array.from({ length: clientCount }, (_, place) => place)
    this.#clients = places.map(() => connectRaw(port, 'own'))
    this.#randoms = places.map((place) => seededRandom(seed + 100 + place))
  }

  get ledger(): Ledger {
    return { writes: this.#writes, searches: this.#searches }
  }

  async run(durationMs: number): Promise<ClientsResult> {
    const latencies: Record<CallKind, number[]> = { search: [], upsert: [], delete: [] }
    const failures = new Map<string, number>()
    const cpuBefore = process.cpuUsage()
    const startMs = performance.now()
    const lane = async (place: number): Promise<void> => {
      while (performance.now() - startMs < durationMs) {
        const { kind, ms, failure } = await this.#call(place)
        if (failure === undefined) latencies[kind].push(ms)
        else failures.set(failure, (failures.get(failure) ?? 0) + 1)
      }
    }
    await Promise.all(this.#clients.map((_, place) => lane(place)))
    const cpu = process.cpuUsage(cpuBefore)
    return {
      seconds: (performance.now() - startMs) / 1000,
      latenciesMs: {
        search: Float64Array.from(latencies.search),
        upsert: Float64Array.from(latencies.upsert),
        delete: Float64Array.from(latencies.delete),
      },
      failures,
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
    }
  }

  async #call(place: number): Promise<{ kind: CallKind; ms: number; failure?: string }> {
    const random = this.#randoms[place] ?? seededRandom(0)
    const client = this.#clients[place]
    if (client === undefined) throw new Error(`There is no client ${place}`)
    const { kind, path, request, keep } = this.#next(random)
    const sentMs = performance.now()
    try {
      const response = await client.call(path, request)
      const ms = performance.now() - sentMs
      const failure = failureOf(response)
      if (failure !== undefined) return { kind, ms, failure }
      keep(response)
      return { kind, ms }
    } catch (thrown) {
      const failure = thrown instanceof Error ? thrown.message : String(thrown)
      return { kind, ms: performance.now() - sentMs, failure }
    }
  }

  #next(random: Random): Call {
    const { upsertPercent, deletePercent } = this.#settings
    const dice = random.below(100)
    if (dice < upsertPercent) return this.#upsert(random)
    return dice < upsertPercent + deletePercent ? this.#delete(random) : this.#search(random)
  }

  #upsert(random: Random): Call {
    const key = random.below(this.#settings.rowCount)
    const at = this.#spareCount++ % this.#spare.count
    const fields = fieldsOf(this.#spare, at, at + 1)
    const rows = fields.map((field) =>
      field.name === 'id' && field.type === 'Int64' ? { ...field, values: [key] } : field,
    )
    const { dimension, vectors, buckets } = this.#spare
    const vector = vectors.slice(at * dimension, (at + 1) * dimension)
    return {
      kind: 'upsert',
      path: requestPaths.upsert,
      request: encodeRows({ collectionName: filteredCollection, rowCount: 1, fields: rows }),
      keep: (response) => {
        const timestamp = mutationTimestampOf(response)
        this.#writes.push({ kind: 'upsert', timestamp, key, vector, bucket: buckets[at] ?? 0 })
      },
    }
  }

  #delete(random: Random): Call {
    const key = random.below(this.#settings.rowCount)
    return {
      kind: 'delete',
      path: requestPaths.delete,
      request: encodeDelete(filteredCollection, `id in [${key}]`),
      keep: (response) => {
        this.#writes.push({ kind: 'delete', timestamp: mutationTimestampOf(response), key })
      },
    }
  }

  #search(random: Random): Call {
    const { topk, ef, passingShare } = this.#settings
    const query = random.below(this.#queries.length)
    const { from, to } = bucketRange(passingShare, random)
    return {
      kind: 'search',
      path: paths.search,
      request: encodeSearch({
        collectionName: filteredCollection,
        vectorField,
        query: this.#queries[query] ?? new Float32Array(),
        filter: `${from} <= bucket < ${to}`,
        topk,
        ef,
      }),
      keep: (response) => {
        const timestamp = searchTimestampOf(response)
        this.#searches.push({ timestamp, query, from, to, hits: hitIdsOf(response) })
      },
    }
  }
}

interface Call {
  readonly kind: CallKind
  readonly path: string
  readonly request: Buffer
  readonly keep: (response: Buffer) => void
}

const spareCount = 20_000

let crowd: Crowd | undefined

const operations = {
  connect(task: ClientsTask): void {
    crowd = new Crowd(task)
  },

  run(durationMs: number): Promise<ClientsResult> {
    if (crowd === undefined) throw new Error('Connect clients before they run')
    return crowd.run(durationMs)
  },

  ledger(): Ledger {
    return crowd?.ledger ?? { writes: [], searches: [] }
  },
}

export type Clients = typeof operations

serveOperations(operations)
