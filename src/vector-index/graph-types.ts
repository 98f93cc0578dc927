import { ElanusError } from '../base/errors.ts'
import type { IndexSpec, SearchParams } from './contract.ts'
import { GraphIndex } from './graph-index.ts'
import { graphParametersOf, graphSizeBytes, placeGraph, quantizations } from './graph-memory.ts'
import { graphRegionOf } from './graph-region.ts'
import type { IndexType, RowsShape } from './index-type.ts'
import { numberElementTypes } from './index-type.ts'
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
  elementTypes: numberElementTypes,
  searchParameters: [ef],
  completeSearch: (given, topk) => ({ ef: widthOf(given, 'ef', topk) }),
  sizeBytes(spec, shape) {
    const { graphOffset } = graphRegionOf(shape)
    const sizeBytes = graphSizeBytes(threadScratch(), parametersOf(spec, shape, 0)) + graphOffset
    if (sizeBytes < 2 ** 32) return sizeBytes
    const message = `Cannot index ${shape.rowCount} rows of dimension ${shape.dimension}: the graph would be ${sizeBytes} bytes`
    throw new ElanusError('MEMORY_LIMIT_EXCEEDED', message)
  },
  place(store, spec, address) {
    const shape = shapeOf(store)
    const { isWidened, graphOffset } = graphRegionOf(shape)
    const rows = isWidened ? address : store.rowsAddress
    placeGraph(store.attachment, parametersOf(spec, shape, rows), address + graphOffset)
  },
  open: (store, handle) => new GraphIndex(store, handle, graphRegionOf(shapeOf(store))),
}

/** How wide a search goes: what its parameter says, or the default. */
function widthOf(given: SearchParams, name: string, topk: number): number {
  const width = given[name] ?? efDefault(topk)
  if (width >= topk) return width
  throw new ElanusError('INVALID_ARGUMENT', `${name}(${width}) should be larger than k(${topk})`)
}

function shapeOf(store: SharedVectorStore): RowsShape {
  const { elementType, dimension, rowCount, attachment } = store
  return { elementType, dimension, rowCount, slotCount: attachment.layout.slotCount }
}

function parametersOf(spec: IndexSpec, shape: RowsShape, address: number) {
  const stride = rowStrideOf(shape.dimension, shape.elementType)
  return graphParametersOf(spec, { address, count: shape.rowCount, stride }, shape.slotCount)
}

function hnswParametersWith(linksDefault: number, widthDefault: number): readonly Parameter[] {
  return [
    { kind: 'integer', name: 'M', min: 2, max: 2048, default: linksDefault },
    { kind: 'integer', name: 'efConstruction', min: 1, max: int32Max, default: widthDefault },
    seedParameter,
  ]
}

const hnswParameters = hnswParametersWith(30, 360)

/** What Milvus expands AUTOINDEX to; a caller has nothing to choose. */
const fixedParameters: readonly Parameter[] = [
  { kind: 'integer', name: 'M', min: 18, max: 18, default: 18 },
  { kind: 'integer', name: 'efConstruction', min: 240, max: 240, default: 240 },
  seedParameter,
]

const refineTypes = [...quantizations, 'FP32'] as const

const refineK: Parameter = { kind: 'number', name: 'refine_k', min: 1, max: int32Max, default: 1 }

const searchList: Parameter = {
  kind: 'integer',
  name: 'search_list',
  min: 1,
  max: int32Max,
  default: 1,
}

export const graphTypes: Readonly<Record<GraphTypeName, IndexType>> = {
  HNSW: { ...graph, buildParameters: hnswParameters },
  // Rows stay in memory for scans and answers, so what a walk found is always compared exactly:
  // asked to refine or not, to whatever precision, distances are those of the rows.
  HNSW_SQ: {
    ...graph,
    buildParameters: [
      ...hnswParameters,
      { kind: 'choice', name: 'sq_type', choices: quantizations, default: 1 },
      { kind: 'switch', name: 'refine', default: 0 },
      {
        kind: 'choice',
        name: 'refine_type',
        choices: refineTypes,
        default: refineTypes.indexOf('FP32'),
      },
    ],
    searchParameters: [ef, refineK],
    completeSearch(given, topk) {
      const refined = Math.ceil(topk * (given['refine_k'] ?? 1))
      return { ef: Math.max(widthOf(given, 'ef', topk), refined) }
    },
  },
  AUTOINDEX: { ...graph, buildParameters: fixedParameters },
  // All vectors are in memory here, where a graph that is made for disks has nothing to gain.
  DISKANN: {
    ...graph,
    buildParameters: hnswParametersWith(18, 240),
    searchParameters: [searchList],
    completeSearch: (given, topk) => ({ ef: widthOf(given, 'search_list', topk) }),
  },
}
