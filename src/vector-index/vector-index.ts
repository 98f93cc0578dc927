import { assert } from '../base/assert.ts'
import type { ElementType } from '../schema/element-type.ts'
import type { IndexHandle, IndexSpec, VectorIndex, VectorStore } from './contract.ts'
import { checkElementType, indexTypes } from './index-types.ts'
import { internalsOf, threadCountMaxDefault } from './vector-store.ts'

/** The bytes that an index takes beside its rows, for admission before it is made. */
export function indexSizeBytes(
  spec: IndexSpec,
  dimension: number,
  rowCount: number,
  elementType: ElementType = 'float32',
): number {
  const shape = { elementType, dimension, rowCount, slotCount: threadCountMaxDefault }
  return indexTypes[spec.type].sizeBytes(spec, shape)
}

/**
 * Allocates an index over all rows of a sealed store, on the thread that owns it. It is then opened
 * wherever it is built or loaded. Throws MEMORY_LIMIT_EXCEEDED, and INDEX_NOT_SUPPORTED where the
 * type does not take the store's elements.
 */
export function prepareIndex(store: VectorStore, spec: IndexSpec): IndexHandle {
  const internals = internalsOf(store)
  const { attachment, dimension, elementType, isSealed, rowCount } = internals
  assert(isSealed, 'rows are complete before they are indexed')
  checkElementType(spec.type, elementType)
  const type = indexTypes[spec.type]
  const { slotCount } = attachment.layout
  const sizeBytes = type.sizeBytes(spec, { elementType, dimension, rowCount, slotCount })
  const handle = { kind: 'vectorIndex', store: store.handle(), spec, rowCount, sizeBytes } as const
  if (sizeBytes === 0) return { ...handle, address: 0 }
  const { address } = internals.allocate(sizeBytes)
  type.place(internals, spec, address)
  return { ...handle, address }
}

/** Opens an index on this thread, in a store that is open here. */
export function openIndex(store: VectorStore, handle: IndexHandle): VectorIndex {
  return indexTypes[handle.spec.type].open(internalsOf(store), handle)
}
