import type { ElementType } from '../schema/element-type.ts'
import type { IndexHandle, IndexSpec, SearchParams, VectorIndex } from './contract.ts'
import type { Parameter } from './parameters.ts'
import type { SharedVectorStore } from './vector-store.ts'

/**
 * What an index type is made of. Whoever adds one writes such a value in its family's file, and
 * nothing else changes.
 */
export interface IndexType {
  /** What its rows may be made of; the metrics follow from that. */
  readonly elementTypes: readonly ElementType[]
  /** With Milvus's names, ranges and defaults; what a type does not know is ignored. */
  readonly buildParameters: readonly Parameter[]
  readonly searchParameters: readonly Parameter[]
  /** Throws INVALID_ARGUMENT for parameters that do not go with each other or with the vectors. */
  checkBuild?(params: Readonly<Record<string, number>>, vectors: VectorShape): void
  /**
   * Completes search parameters of which those that were not given are absent. Throws
   * INVALID_ARGUMENT for what does not go with so many hits.
   */
  completeSearch(given: SearchParams, topk: number, spec: IndexSpec): SearchParams
  /** Bytes beside the rows. Throws MEMORY_LIMIT_EXCEEDED for what no memory could hold. */
  sizeBytes(spec: IndexSpec, rows: RowsShape): number
  /** Describes an empty index at `address`, where `sizeBytes` are free. Never with 0 bytes. */
  place(store: SharedVectorStore, spec: IndexSpec, address: number): void
  open(store: SharedVectorStore, handle: IndexHandle): VectorIndex
}

/** The vectors that an index is for, as far as they are known. */
export interface VectorShape {
  readonly elementType: ElementType
  readonly dimension?: number | undefined
}

/** The rows that an index covers. */
export interface RowsShape {
  readonly elementType: ElementType
  readonly dimension: number
  readonly rowCount: number
  /** Threads that can have the index open at once. */
  readonly slotCount: number
}

/** The elements that have more values than two. */
export const numberElementTypes = ['float32', 'float16', 'bfloat16', 'int8'] as const
