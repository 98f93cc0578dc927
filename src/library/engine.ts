import { availableParallelism } from 'node:os'
import { type Clock, systemClock } from '../base/clock.ts'
import { ElanusError } from '../base/errors.ts'
import { minuteMs } from '../base/units.ts'
import { kernelModule } from '../kernels/module.ts'
import type { ElementType } from '../schema/element-type.ts'
import type { VectorStore } from '../vector-index/contract.ts'
import { createVectorStore } from '../vector-index/vector-store.ts'
import { Crew } from './crew.ts'
import type { CrewData, CrewTask } from './tasks.ts'

/** How an index works, whatever it is of. */
export interface EngineOptions {
  /** Worker threads: one for each core unless given. */
  readonly threads?: number | undefined
  /** The most that vectors and index may come to; one memory, so less than 4 GiB. */
  readonly memoryBytesMax?: number | undefined
  /** A worker thread that shows no progress for so long is ended; ten minutes unless given. */
  readonly stallTimeoutMs?: number | undefined
}

/** A store and the threads that work on it. */
export interface Engine extends AsyncDisposable {
  readonly store: VectorStore
  readonly crew: Crew<CrewTask>
  readonly elementType: ElementType
  readonly clock: Clock
  readonly stallTimeoutMs: number
}

export interface EngineShape {
  readonly dimension: number
  readonly elementType: ElementType
  /** Rows to make room for. */
  readonly rowCount: number
}

/** It has this file's extension: `.ts` in a checkout, `.js` in the package. */
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const workerFile = new URL(`./engine-worker${extension}`, import.meta.url)

const threadCountMax = 256
const stallTimeoutMsDefault = 10 * minuteMs
/** A thread holds a query's hits and a few chunks of a file. */
const heapSizeMbMax = 512
/** Threads that take the place of ended ones, before those have given back their slots. */
const spareThreadCount = 4

/** Throws INVALID_ARGUMENT, MEMORY_LIMIT_EXCEEDED. */
export function openEngine(shape: EngineShape, options: EngineOptions): Engine {
  const threadCount = options.threads ?? availableParallelism()
  checkCount('threads', threadCount, threadCountMax)
  const stallTimeoutMs = options.stallTimeoutMs ?? stallTimeoutMsDefault
  checkCount('stallTimeoutMs', stallTimeoutMs, 2 ** 31 - 1)
  const { dimension, rowCount, elementType } = shape
  const { memoryBytesMax } = options
  const store = createVectorStore({
    dimension,
    elementType,
    rowCount,
    threadCountMax: threadCount + 1 + spareThreadCount,
    ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }),
  })
  const workerData: CrewData = { store: store.handle(), kernels: kernelModule() }
  const clock = systemClock
  const crew = new Crew<CrewTask>({
    threadCount,
    file: workerFile,
    workerData,
    heapSizeMbMax,
    clock,
    onThreadEnd: (threadId) => store.reclaim(threadId),
  })
  return {
    store,
    crew,
    elementType,
    clock,
    stallTimeoutMs,
    async [Symbol.asyncDispose]() {
      await crew.close()
      store[Symbol.dispose]()
    },
  }
}

function checkCount(name: string, count: number, countMax: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= countMax) return
  const message = `Cannot open an index with ${name} ${count}: it is a whole number from 1 to ${countMax}`
  throw new ElanusError('INVALID_ARGUMENT', message)
}
