import { availableParallelism } from 'node:os'
import { ElanusError } from '../base/errors.ts'
import { nodeFileSystem } from '../base/node-file-system.ts'
import { copyBytes } from '../kernels/copy.ts'
import { type ElementType, vectorSizeBytes } from '../schema/element-type.ts'
import type { Metric } from '../schema/metric.ts'
import type { Hits, IndexHandle, IndexSpec, VectorIndex } from '../vector-index/contract.ts'
import { parseSearchParams } from '../vector-index/index-types.ts'
import { openIndex } from '../vector-index/vector-index.ts'
import { canceled } from '../workers/failure.ts'
import { allOrFirstFailure } from './all-or-first-failure.ts'
import { checkFinite } from './check-finite.ts'
import type {
  BatchHits,
  BatchSearchOptions,
  Index,
  NearestHits,
  SaveOptions,
  SearchOptions,
} from './contract.ts'
import { elementFormats } from './element-format.ts'
import type { Engine } from './engine.ts'
import { writeSavedIndex } from './saved-index.ts'
import { type SearchPart, type SharedHits } from './tasks.ts'
import type { VectorArray, VectorNumbers } from './vector-source.ts'

const topkDefault = 10
/** Parts that a batch is cut into for each thread: the last to end are not long alone. */
const partsPerThread = 4
const partQueryCountMax = 256

/** An index that is complete, on the engine that it owns. */
export class EngineIndex implements Index {
  readonly #engine: Engine
  readonly #handle: IndexHandle
  readonly #index: VectorIndex
  #isClosed = false

  constructor(engine: Engine, handle: IndexHandle) {
    this.#engine = engine
    this.#handle = handle
    this.#index = openIndex(engine.store, handle)
  }

  get type(): string {
    return this.#spec.type
  }

  get metric(): Metric {
    return this.#spec.metric
  }

  get params(): Readonly<Record<string, unknown>> {
    return this.#spec.params
  }

  get elementType(): ElementType {
    return this.#engine.elementType
  }

  get dimension(): number {
    return this.#engine.store.dimension
  }

  get rowCount(): number {
    return this.#index.rowCount
  }

  get threadCount(): number {
    return this.#engine.crew.threadCount
  }

  get memoryBytes(): number {
    return this.#engine.store.memoryBytes
  }

  get indexBytes(): number {
    return this.#handle.sizeBytes
  }

  search(query: VectorArray | VectorNumbers, options: SearchOptions = {}): NearestHits {
    this.#expectOpen()
    const { topk, params } = this.#checked(options)
    const queries = this.#queryBytes(query)
    this.#expectWhole(queries, 1)
    const { excluded } = options
    const hits = this.#index.search({ queryCount: 1, queries, topk, params, excluded })
    return nearestOf(hits)
  }

  async searchBatch(queries: VectorArray, options: BatchSearchOptions = {}): Promise<BatchHits> {
    this.#expectOpen()
    const { signal } = options
    if (signal?.aborted === true) throw canceled('search', signal.reason)
    const { topk, params } = this.#checked(options)
    const bytes = this.#queryBytes(queries)
    const queryCount = Math.floor(bytes.length / this.#rowBytes)
    this.#expectWhole(bytes, queryCount)
    const hits = allocateHits(queryCount, Math.min(topk, this.rowCount))
    const excluded = options.excluded === undefined ? undefined : toShared(options.excluded)
    const shared = { topk, params, queries: toShared(bytes), excluded, hits }
    await this.#runParts(shared, queryCount, signal)
    return { queryCount, ...hits }
  }

  vector(id: number): VectorArray {
    this.#expectOpen()
    const { rowCount, elementType } = this
    if (!Number.isInteger(id) || id < 0 || id >= rowCount) {
      throw invalid(`Cannot read vector ${id}: there are ${rowCount}, from 0 on`)
    }
    const bytes = this.#engine.store.readRange(id, id + 1)
    return elementFormats[elementType].arrayOf(bytes)
  }

  async save(path: string, options: SaveOptions = {}): Promise<{ readonly sizeBytes: number }> {
    this.#expectOpen()
    const { vectors = 'inside', signal } = options
    const { store, elementType } = this.#engine
    const content = { spec: this.#spec, elementType, store, index: this.#index }
    const request = { ...content, vectors, signal }
    const sizeBytes = await writeSavedIndex(nodeFileSystem, path, request)
    return { sizeBytes }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#index[Symbol.dispose]()
    await this.#engine[Symbol.asyncDispose]()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #spec(): IndexSpec {
    return this.#handle.spec
  }

  get #rowBytes(): number {
    return vectorSizeBytes(this.elementType, this.dimension)
  }

  #checked({ topk = topkDefault, params = {} }: SearchOptions) {
    return { topk, params: parseSearchParams(this.#spec, topk, params) }
  }

  #queryBytes(queries: VectorArray | VectorNumbers): Uint8Array {
    if (!ArrayBuffer.isView(queries) && !Array.isArray(queries)) {
      throw invalid(`Cannot search for ${String(queries)}: it is no array of numbers`)
    }
    const bytes = elementFormats[this.elementType].bytesOf(queries)
    checkFinite(bytes, this, 0)
    return bytes
  }

  #expectWhole(bytes: Uint8Array, queryCount: number): void {
    if (queryCount >= 1 && bytes.length === queryCount * this.#rowBytes) return
    const { dimension, elementType } = this
    const message = `Cannot search for ${bytes.length} bytes: a query has ${dimension} elements of ${elementType}`
    throw invalid(message)
  }

  async #runParts(
    shared: Omit<SearchPart, 'from' | 'to'>,
    queryCount: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { crew, stallTimeoutMs } = this.#engine
    const failing = new AbortController()
    const stop = (): void => failing.abort(signal?.reason)
    const options = { signal: failing.signal, timeoutMs: stallTimeoutMs }
    const index = this.#handle
    const runs = partsOf(queryCount, crew.threadCount).map(([from, to]) =>
      crew.run({ kind: 'search', index, ...shared, from, to }, options),
    )
    signal?.addEventListener('abort', stop, { once: true })
    try {
      await allOrFirstFailure(runs, stop)
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new ElanusError('CLOSED', 'Cannot use the index: it is closed')
  }
}

function partsOf(queryCount: number, threadCount: number): readonly (readonly [number, number])[] {
  const usableThreads = Math.min(threadCount, availableParallelism())
  const even = Math.ceil(queryCount / (usableThreads * partsPerThread))
  const size = Math.min(partQueryCountMax, even)
  const parts: (readonly [number, number])[] = []
  for (let from = 0; from < queryCount; from += size) {
    parts.push([from, Math.min(queryCount, from + size)])
  }
  return parts
}

function nearestOf({ counts, offsets, distances }: Hits): NearestHits {
  const count = counts[0] ?? 0
  return { ids: offsets.subarray(0, count), distances: distances.subarray(0, count) }
}

function allocateHits(queryCount: number, stride: number): SharedHits {
  const bytes = Uint32Array.BYTES_PER_ELEMENT
  return {
    stride,
    counts: new Uint32Array(new SharedArrayBuffer(queryCount * bytes)),
    ids: new Uint32Array(new SharedArrayBuffer(queryCount * stride * bytes)),
    distances: new Float32Array(new SharedArrayBuffer(queryCount * stride * bytes)),
  }
}

function toShared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copyBytes(bytes, shared, 0)
  return shared
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
