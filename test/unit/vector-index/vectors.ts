import { seededRandom } from '../../../src/base/random.ts'
import type { Metric } from '../../../src/schema/metric.ts'
import type {
  Hits,
  IndexSpec,
  VectorIndex,
  VectorStore,
} from '../../../src/vector-index/contract.ts'
import { parseIndexSpec } from '../../../src/vector-index/index-types.ts'
import { openIndex, prepareIndex } from '../../../src/vector-index/vector-index.ts'
import { createVectorStore } from '../../../src/vector-index/vector-store.ts'

/** Vectors that tests compute with, one array a row. */
export type Rows = readonly Float32Array[]

const clusterCount = 20
const latentDimension = 8

/**
 * Rows around a few centres that vary along a few directions, as embeddings do: uniform noise has no
 * neighbours worth finding. One seed is one distribution: take rows and queries from one call.
 */
export function clusteredRows(count: number, dimension: number, seed: number): Rows {
  const random = seededRandom(seed)
  const gaussian = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
  const gaussians = (length: number): Float32Array => Float32Array.from({ length }, gaussian)
  const centres = Array.from({ length: clusterCount }, () => gaussians(dimension))
  const directions = Array.from({ length: latentDimension }, () => gaussians(dimension))
  return Array.from({ length: count }, () => {
    const centre = centres[random.below(clusterCount)]
    const weights = gaussians(latentDimension)
    return Float32Array.from({ length: dimension }, (_, i) =>
      directions.reduce(
        (sum, direction, d) => sum + 0.5 * (weights[d] ?? 0) * (direction[i] ?? 0),
        (centre?.[i] ?? 0) + 0.1 * gaussian(),
      ),
    )
  })
}

export function bytesOf(rows: Rows): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(rows.reduce((sum, row) => sum + row.byteLength, 0))
  let offset = 0
  for (const row of rows) {
    bytes.set(new Uint8Array(row.buffer, row.byteOffset, row.byteLength), offset)
    offset += row.byteLength
  }
  return bytes
}

/** The same bytes at an address that is no multiple of anything. */
export function misalign(bytes: Uint8Array, by = 3): Uint8Array {
  const shifted = new Uint8Array(bytes.length + by)
  shifted.set(bytes, by)
  return shifted.subarray(by)
}

export function storeOf(rows: Rows, dimension = rows[0]?.length ?? 1): VectorStore {
  const store = createVectorStore({ dimension })
  store.append(bytesOf(rows), rows.length)
  return store
}

export function buildIndexOf(store: VectorStore, spec: IndexSpec): VectorIndex {
  store.seal()
  const index = openIndex(store, prepareIndex(store, spec))
  index.build()
  return index
}

export function graphSpec(
  metric: Metric,
  params: Readonly<Record<string, number>> = {},
): IndexSpec {
  return parseIndexSpec({ type: 'HNSW', metric, params: { M: 16, efConstruction: 100, ...params } })
}

export function distanceOf(metric: Metric, a: Float32Array, b: Float32Array): number {
  let [squared, product, normA, normB] = [0, 0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0]
    squared += (x - y) ** 2
    product += x * y
    normA += x * x
    normB += y * y
  }
  if (metric === 'L2') return squared
  if (metric === 'IP') return product
  return normA === 0 || normB === 0 ? 0 : product / Math.sqrt(normA * normB)
}

/** The naive answer: every row that is in, nearest first, ties in row order. */
export function nearestOf(
  rows: Rows,
  query: Float32Array,
  options: { metric: Metric; topk: number; excluded?: Uint8Array | undefined },
): { offset: number; distance: number }[] {
  const { metric, topk, excluded } = options
  const sign = metric === 'L2' ? 1 : -1
  return rows
    .map((row, offset) => ({ offset, distance: distanceOf(metric, query, row) }))
    .filter(({ offset }) => !isSet(excluded, offset))
    .sort((a, b) => sign * (a.distance - b.distance) || a.offset - b.offset)
    .slice(0, topk)
}

export function isSet(bits: Uint8Array | undefined, index: number): boolean {
  return bits !== undefined && (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1
}

/** Bits of the rows that `isOut` names. */
export function excludedBits(rowCount: number, isOut: (row: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(rowCount / 8))
  for (let row = 0; row < rowCount; row++) {
    if (isOut(row)) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7))
  }
  return bits
}

export function offsetsOf(hits: Hits, query: number): number[] {
  const first = query * hits.stride
  return Array.from(hits.offsets.subarray(first, first + (hits.counts[query] ?? 0)))
}

export function distancesOf(hits: Hits, query: number): number[] {
  const first = query * hits.stride
  return Array.from(hits.distances.subarray(first, first + (hits.counts[query] ?? 0)))
}

/** The share of the exact nearest rows that the hits hold, over all queries. */
export function recallOf(hits: Hits, exact: Hits): number {
  let found = 0
  let wanted = 0
  for (let query = 0; query < exact.queryCount; query++) {
    const offsets = new Set(offsetsOf(hits, query))
    for (const offset of offsetsOf(exact, query)) {
      wanted++
      if (offsets.has(offset)) found++
    }
  }
  return found / wanted
}
