import { ElanusError } from '../base/errors.ts'
import type { IndexSpec } from './contract.ts'
import { GraphIndex } from './graph-index.ts'
import { graphParametersOf, graphSizeBytes, placeGraph } from './graph-memory.ts'
import type { IndexType, RowsShape } from './index-type.ts'
import type { GraphTypeName } from './index-type-names.ts'
import type { Parameter } from './parameters.ts'
import { int32Max, seedParameter } from './parameters.ts'
import { threadScratch } from './scratch.ts'
import type { SharedVectorStore } from './vector-store.ts'
import { rowStrideOf } from './vector-store.ts'

const ef: Parameter = { kind: 'integer', name: 'ef', min: 1, max: int32Max, default: 1 }

/**
 * The width of a search that does not say: such that recall is at least 0.95 for any `topk` on the
 * data sets of docs/ENGINE.md. Milvus's own, the larger of `topk` and 16, is not wide enough for
 * few hits; for many, one a hit is.
 */
export function efDefault(topk: number): number {
  return Math.max(topk, Math.min(2 * topk, efDefaultMax), efDefaultMin)
}

const efDefaultMin = 32
const efDefaultMax = 64

const graph: Omit<IndexType, 'buildParameters'> = {
  elementTypes: ['float32'],
  searchParameters: [ef],
  completeSearch(given, topk) {
    const width = given['ef'] ?? efDefault(topk)
    if (width < topk) {
      throw new ElanusError('INVALID_ARGUMENT', `ef(${width}) should be larger than k(${topk})`)
    }
    return { ef: width }
  },
  sizeBytes: (spec, shape) => graphSizeBytes(threadScratch(), parametersOf(spec, shape, 0)),
  place(store, spec, address) {
    placeGraph(store.attachment, parametersOf(spec, shapeOf(store), store.rowsAddress), address)
  },
  open: (store, handle) => new GraphIndex(store, handle),
}

function shapeOf(store: SharedVectorStore): RowsShape {
  const { elementType, dimension, rowCount, attachment } = store
  return { elementType, dimension, rowCount, slotCount: attachment.layout.slotCount }
}

function parametersOf(spec: IndexSpec, shape: RowsShape, address: number) {
  const stride = rowStrideOf(shape.dimension)
  return graphParametersOf(spec, { address, count: shape.rowCount, stride }, shape.slotCount)
}

export const graphTypes: Readonly<Record<GraphTypeName, IndexType>> = {
  HNSW: {
    ...graph,
    buildParameters: [
      { kind: 'integer', name: 'M', min: 2, max: 2048, default: 30 },
      { kind: 'integer', name: 'efConstruction', min: 1, max: int32Max, default: 360 },
      seedParameter,
    ],
  },
  // What Milvus expands it to; a caller has nothing to choose.
  AUTOINDEX: {
    ...graph,
    buildParameters: [
      { kind: 'integer', name: 'M', min: 18, max: 18, default: 18 },
      { kind: 'integer', name: 'efConstruction', min: 240, max: 240, default: 240 },
      seedParameter,
    ],
  },
}
