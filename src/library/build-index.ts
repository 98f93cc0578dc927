import { ElanusError } from '../base/errors.ts'
import { builtRowCount, cancelBuild, createBuildControl } from '../vector-index/build-control.ts'
import type { IndexHandle, IndexSpec, VectorStore } from '../vector-index/contract.ts'
import { checkElementType, parseIndexSpec } from '../vector-index/index-types.ts'
import { indexSizeBytes, prepareIndex } from '../vector-index/vector-index.ts'
import { vectorStoreSizeBytes } from '../vector-index/vector-store.ts'
import { canceled } from '../workers/failure.ts'
import { allOrFirstFailure } from './all-or-first-failure.ts'
import { checkFinite } from './check-finite.ts'
import type { Index } from './contract.ts'
import { type Engine, type EngineOptions, openEngine } from './engine.ts'
import { EngineIndex } from './engine-index.ts'
import {
  type OpenSource,
  openSource,
  type SourceOptions,
  type VectorSource,
} from './vector-source.ts'

export interface BuildOptions extends SourceOptions, EngineOptions {
  /** By Milvus's names: AUTOINDEX, the best for most, unless given. */
  readonly type?: string | undefined
  /** COSINE unless given, HAMMING for binary vectors. */
  readonly metric?: string | undefined
  /** Build parameters of the type, by Milvus's names: `M`, `efConstruction`, `nlist`, … */
  readonly params?: Readonly<Record<string, unknown>> | undefined
  /** Called now and then on this thread, and at the end of each phase. */
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined
  /** Gives the build up, which then rejects with CANCELED. */
  readonly signal?: AbortSignal | undefined
}

/** `reading`: vectors are taken in. `building`: the index is made from them. */
export interface BuildProgress {
  readonly phase: 'reading' | 'building'
  readonly rowsDone: number
  /** Undefined while a source is read that does not say how many it has. */
  readonly rowCount: number | undefined
}

const progressPeriodMs = 100

/**
 * Builds an index over vectors, with all the threads that it is given on one shared memory. One
 * thread and one seed always make the same index; several make ones that are as good.
 *
 *     const index = await buildIndex(vectors, { dimension: 768, type: 'HNSW', metric: 'COSINE' })
 *     const { ids, distances } = index.search(query, { topk: 10 })
 *
 * Rejects with INVALID_ARGUMENT (vectors or parameters that do not fit, NaN, infinity),
 * INDEX_NOT_SUPPORTED (type or metric), MEMORY_LIMIT_EXCEEDED, CANCELED, what the source throws, and
 * WORKER_FAILED or TIMEOUT if a thread fails.
 */
export async function buildIndex(
  vectors: VectorSource,
  options: BuildOptions = {},
): Promise<Index> {
  const { signal } = options
  if (signal?.aborted === true) throw canceled('build', signal.reason)
  const source = await openSource(vectors, options)
  try {
    return await buildFrom(source, options)
  } finally {
    await source.close()
  }
}

async function buildFrom(source: OpenSource, options: BuildOptions): Promise<Index> {
  const { dimension, elementType, rowCount = 0 } = source
  const spec = specOf(source, options)
  admit(spec, source, options)
  const engine = openEngine({ dimension, elementType, rowCount }, options)
  try {
    engine.crew.warm()
    await fillStore(engine.store, source, options)
    engine.store.seal()
    const handle = prepareIndex(engine.store, spec)
    await build(engine, handle, options)
    return new EngineIndex(engine, handle)
  } catch (error) {
    await engine[Symbol.asyncDispose]()
    throw error
  }
}

function specOf(
  { dimension, elementType }: OpenSource,
  { type = '', metric = '', params = {} }: BuildOptions,
): IndexSpec {
  const spec = parseIndexSpec({ type, metric, params }, { dimension, elementType })
  checkElementType(spec.type, elementType)
  return spec
}

/** What cannot fit is refused before it is read. */
function admit(spec: IndexSpec, source: OpenSource, { memoryBytesMax }: BuildOptions): void {
  const { dimension, elementType, rowCount } = source
  if (rowCount === undefined || memoryBytesMax === undefined) return
  const needed =
    vectorStoreSizeBytes(dimension, rowCount, elementType) +
    indexSizeBytes(spec, dimension, rowCount, elementType)
  if (needed <= memoryBytesMax) return
  const message = `Cannot build the index: ${rowCount} vectors and it are ${needed} bytes of at most ${memoryBytesMax}`
  throw new ElanusError('MEMORY_LIMIT_EXCEEDED', message)
}

/** Takes a source in. Throws INVALID_ARGUMENT for NaN and infinity, CANCELED. */
export async function fillStore(
  store: VectorStore,
  source: OpenSource,
  { signal, onProgress }: Pick<BuildOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  const { rowCount } = source
  const report = (): void => onProgress?.({ phase: 'reading', rowsDone: store.rowCount, rowCount })
  for await (const batch of source.batches) {
    if (signal?.aborted === true) throw canceled('build', signal.reason)
    checkFinite(batch.bytes, source, store.rowCount)
    store.append(batch.bytes, batch.rowCount)
    report()
  }
  if (signal?.aborted === true) throw canceled('build', signal.reason)
}

/** All threads build together. When one fails the others are stopped, and nobody touches the memory. */
async function build(engine: Engine, handle: IndexHandle, options: BuildOptions): Promise<void> {
  const { crew, clock, stallTimeoutMs } = engine
  const { rowCount } = handle
  const control = createBuildControl()
  const report = (): void =>
    options.onProgress?.({ phase: 'building', rowsDone: builtRowCount(control), rowCount })
  const failing = new AbortController()
  const stop = (): void => {
    cancelBuild(control)
    failing.abort(options.signal?.reason)
  }
  options.signal?.addEventListener('abort', stop, { once: true })
  const run = (): Promise<unknown> =>
    crew.run(
      { kind: 'build', index: handle, control },
      { signal: failing.signal, timeoutMs: stallTimeoutMs, progress: () => builtRowCount(control) },
    )
  try {
    using _reporting = repeat(clock, progressPeriodMs, report)
    await allOrFirstFailure(Array.from({ length: crew.threadCount }, run), stop)
    report()
  } finally {
    options.signal?.removeEventListener('abort', stop)
  }
}

/** Calls back each period until disposed. */
function repeat(clock: Engine['clock'], periodMs: number, callback: () => void): Disposable {
  const again = (): void => {
    callback()
    timer = clock.schedule(periodMs, again)
  }
  let timer = clock.schedule(periodMs, again)
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() }
}
