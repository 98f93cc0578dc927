import { ElanusError } from '../base/errors.ts'
import { nodeFileSystem } from '../base/node-file-system.ts'
import { prepareIndex } from '../vector-index/vector-index.ts'
import { canceled } from '../workers/failure.ts'
import { fillStore } from './build-index.ts'
import type { Index } from './contract.ts'
import { type Engine, type EngineOptions, openEngine } from './engine.ts'
import { EngineIndex } from './engine-index.ts'
import { checksumOf, readSavedLayout, rowsOf, type SavedLayout } from './saved-index.ts'
import { type CrewTask } from './tasks.ts'
import { openSource, type SourceOptions, type VectorSource } from './vector-source.ts'

export interface OpenIndexOptions extends EngineOptions {
  /** The vectors that it was built over, for a file that was saved without them. */
  readonly vectors?: VectorSource | undefined
  /** The Arrow column of `vectors`. */
  readonly column?: SourceOptions['column']
  readonly signal?: AbortSignal | undefined
}

/**
 * Opens an index that was saved. Every byte of the file is checked before anything is found in it.
 * Rejects with FILE_NOT_FOUND, CORRUPT, IO_FAILED, MEMORY_LIMIT_EXCEEDED, CANCELED, WORKER_FAILED,
 * TIMEOUT, and INVALID_ARGUMENT where the vectors are missing or are others.
 */
export async function openIndex(path: string, options: OpenIndexOptions = {}): Promise<Index> {
  const layout = await readSavedLayout(nodeFileSystem, path)
  const engine = openEngine(layout, options)
  try {
    await readVectors(engine, path, layout, options)
    const handle = prepareIndex(engine.store, layout.spec)
    await runRead(engine, { kind: 'readIndex', path, layout, index: handle }, options)
    return new EngineIndex(engine, handle)
  } catch (error) {
    await engine[Symbol.asyncDispose]()
    throw error
  }
}

async function readVectors(
  engine: Engine,
  path: string,
  layout: SavedLayout,
  options: OpenIndexOptions,
): Promise<void> {
  const { dimension, elementType, rowCount, vectorBytes } = layout
  if (vectorBytes > 0 || rowCount === 0) {
    await runRead(engine, { kind: 'readVectors', path, layout }, options)
    return
  }
  if (options.vectors === undefined) {
    throw invalid(`Cannot open ${path} without its vectors: it was saved without them`)
  }
  const { column, signal } = options
  const source = await openSource(options.vectors, { dimension, elementType, column })
  await fillStore(engine.store, source, { signal })
  engine.store.seal()
  const isSame =
    engine.store.rowCount === rowCount &&
    checksumOf(rowsOf(engine.store, elementType)) === layout.vectorCrc
  if (!isSame) throw invalid(`Cannot open ${path} with these vectors: it was built over others`)
}

async function runRead(
  { crew, stallTimeoutMs }: Engine,
  task: CrewTask,
  { signal }: OpenIndexOptions,
): Promise<void> {
  if (signal?.aborted === true) throw canceled('opening', signal.reason)
  await crew.run(task, { signal, timeoutMs: stallTimeoutMs })
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
