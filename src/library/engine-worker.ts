import { workerData } from 'node:worker_threads'
import { unreachable } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { nodeFileSystem } from '../base/node-file-system.ts'
import { adoptKernelModule } from '../kernels/module.ts'
import type { IndexHandle, VectorIndex, VectorStore } from '../vector-index/contract.ts'
import { openIndex } from '../vector-index/vector-index.ts'
import { openVectorStore } from '../vector-index/vector-store.ts'
import { readSavedIndex, readSavedVectors } from './saved-index.ts'
import { serveCrew } from './serve-crew.ts'
import type { CrewData, CrewTask, SearchPart } from './tasks.ts'

/** One thread of an index's crew. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what openEngine starts it with
const { store: storeHandle, kernels } = workerData as CrewData
adoptKernelModule(kernels)

let openedStore: VectorStore | undefined
let openedIndex: { readonly address: number; readonly index: VectorIndex } | undefined

serveCrew((task: CrewTask) => {
  switch (task.kind) {
    case 'build':
      return indexOf(task.index).build(task.control)
    case 'readVectors':
      return readSavedVectors(nodeFileSystem, task.path, task.layout, ourStore())
    case 'readIndex':
      return readSavedIndex(nodeFileSystem, task.path, task.layout, indexOf(task.index))
    case 'search':
      return search(indexOf(task.index), task)
    default:
      return unreachable(task)
  }
})

function ourStore(): VectorStore {
  openedStore ??= openVectorStore(storeHandle)
  return openedStore
}

function indexOf(handle: IndexHandle): VectorIndex {
  if (openedIndex?.address === handle.address) return openedIndex.index
  const index = openIndex(ourStore(), handle)
  openedIndex = { address: handle.address, index }
  return index
}

function search(index: VectorIndex, part: SearchPart): void {
  const { from, to, topk, params, excluded, hits } = part
  const queryBytes = part.queries.length / hits.counts.length
  const queries = part.queries.subarray(from * queryBytes, to * queryBytes)
  const found = index.search({ queryCount: to - from, queries, topk, params, excluded })
  if (found.stride !== hits.stride) {
    throw new ElanusError('INTERNAL', `Cannot place ${found.stride} hits in ${hits.stride}`)
  }
  hits.counts.set(found.counts, from)
  hits.ids.set(found.offsets, from * hits.stride)
  hits.distances.set(found.distances, from * hits.stride)
}
