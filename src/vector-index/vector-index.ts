import { assert } from '../base/assert.ts'
import type { IndexHandle, IndexSpec, VectorIndex, VectorStore } from './contract.ts'
import { FlatIndex } from './flat-index.ts'
import { GraphIndex } from './graph-index.ts'
import { graphParametersOf, graphSizeBytes, placeGraph } from './graph-memory.ts'
import { indexTypes } from './index-types.ts'
import { threadScratch } from './scratch.ts'
import { internalsOf, rowStrideOf, threadCountMaxDefault } from './vector-store.ts'

/** The bytes that an index takes beside its rows, for admission before it is made. */
export function indexSizeBytes(spec: IndexSpec, dimension: number, rowCount: number): number {
  if (indexTypes[spec.type].engine === 'flat') return 0
  const rows = { address: 0, count: rowCount, stride: rowStrideOf(dimension) }
  return graphSizeBytes(threadScratch(), graphParametersOf(spec, rows, threadCountMaxDefault))
}

/**
 * Allocates an index over all rows of a sealed store, on the thread that owns it. It is then opened
 * wherever it is built or loaded. Throws MEMORY_LIMIT_EXCEEDED.
 */
export function prepareIndex(store: VectorStore, spec: IndexSpec): IndexHandle {
  const { attachment, rowCount, rowStride, rowsAddress, isSealed } = internalsOf(store)
  assert(isSealed, 'rows are complete before they are indexed')
  const handle = { kind: 'vectorIndex', store: store.handle(), spec, rowCount } as const
  if (indexTypes[spec.type].engine === 'flat') return { ...handle, address: 0, sizeBytes: 0 }
  const rows = { address: rowsAddress, count: rowCount, stride: rowStride }
  const parameters = graphParametersOf(spec, rows, attachment.layout.slotCount)
  const sizeBytes = graphSizeBytes(attachment, parameters)
  const { address } = internalsOf(store).allocate(sizeBytes)
  placeGraph(attachment, parameters, address)
  return { ...handle, address, sizeBytes }
}

/** Opens an index on this thread, in a store that is open here. */
export function openIndex(store: VectorStore, handle: IndexHandle): VectorIndex {
  const engine = indexTypes[handle.spec.type].engine
  return engine === 'flat'
    ? new FlatIndex(store, handle)
    : new GraphIndex(internalsOf(store), handle)
}
