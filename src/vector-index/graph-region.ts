import type { ElementType } from '../schema/element-type.ts'
import type { RowsShape } from './index-type.ts'
import { alignRegion } from './regions.ts'
import { rowStrideOf } from './vector-store.ts'

/**
 * What a graph takes behind its rows. The kernels of graphs read float32: rows of other elements are
 * widened first, and lie before the graph; so do queries of bytes, one for each thread.
 *
 *     | widened rows | widened queries | graph |
 *
 * Offsets are bytes from where the region begins.
 */
export interface GraphRegion {
  readonly isWidened: boolean
  readonly queriesOffset: number
  /** From one thread's query to the next one's. */
  readonly queryStrideBytes: number
  readonly graphOffset: number
}

export function graphRegionOf(shape: RowsShape): GraphRegion {
  const { elementType, dimension, rowCount, slotCount } = shape
  const rowBytes = rowStrideOf(dimension, elementType) * Float32Array.BYTES_PER_ELEMENT
  const isWidened = elementType !== 'float32'
  const queriesOffset = isWidened ? alignRegion(rowCount * rowBytes) : 0
  const queryStrideBytes = hasByteQueries(elementType) ? alignRegion(rowBytes) : 0
  const graphOffset = queriesOffset + slotCount * queryStrideBytes
  return { isWidened, queriesOffset, queryStrideBytes, graphOffset }
}

/** Queries of halves are widened as they are staged. */
function hasByteQueries(elementType: ElementType): boolean {
  return elementType === 'int8'
}
