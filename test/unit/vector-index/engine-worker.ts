import { parentPort, workerData } from 'node:worker_threads'
import { ElanusError } from '../../../src/base/errors.ts'
import type {
  BuildControl,
  IndexHandle,
  VectorStore,
  VectorStoreHandle,
} from '../../../src/vector-index/contract.ts'
import { searchExact } from '../../../src/vector-index/exact-search.ts'
import { openIndex } from '../../../src/vector-index/vector-index.ts'
import { openVectorStore } from '../../../src/vector-index/vector-store.ts'

interface Queries {
  readonly queryCount: number
  readonly queries: Uint8Array
  readonly topk: number
}

export type EngineTask = { readonly store: VectorStoreHandle } & (
  | { readonly kind: 'build'; readonly index: IndexHandle; readonly control: BuildControl }
  | { readonly kind: 'load'; readonly index: IndexHandle; readonly file: Uint8Array }
  | ({ readonly kind: 'search'; readonly index: IndexHandle; readonly ef: number } & Queries)
  | ({ readonly kind: 'watch'; readonly rowCount: number } & Queries)
  | { readonly kind: 'fill'; readonly bytes: Uint8Array; readonly rowCount: number }
)

function perform(task: EngineTask): unknown {
  using store = openVectorStore(task.store)
  switch (task.kind) {
    case 'build':
      openIndex(store, task.index).build(task.control)
      return 'done'
    case 'load':
      openIndex(store, task.index).load([task.file])
      return 'done'
    case 'search': {
      const hits = openIndex(store, task.index).search({ ...task, params: { ef: task.ef } })
      return Array.from(hits.offsets)
    }
    case 'watch':
      return watch(store, task)
    case 'fill':
      store.append(task.bytes, task.rowCount)
      store.seal()
      return 'done'
  }
}

/** Searches again and again until all rows are there; no hit may be nearer than exact, or farther. */
function watch(store: VectorStore, task: Queries & { readonly rowCount: number }): number[] {
  let worst = new Float32Array(task.queryCount).fill(Number.POSITIVE_INFINITY)
  for (;;) {
    const isComplete = store.rowCount === task.rowCount
    const hits = searchExact(store, { ...task, metric: 'L2' })
    const farthest = worst.map((_, q) => hits.distances[q * hits.stride + hits.stride - 1] ?? 0)
    if (farthest.some((distance, query) => distance > (worst[query] ?? 0))) {
      throw new Error('A search found less than the one before')
    }
    worst = farthest
    if (isComplete) return Array.from(hits.offsets)
  }
}

try {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the tests send
  parentPort?.postMessage(perform(workerData as EngineTask))
} catch (error) {
  if (!(error instanceof ElanusError)) throw error
  parentPort?.postMessage(error.code)
}
