import { ElanusError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { copyBytes } from '../kernels/copy.ts'
import { vectorSizeBytes } from '../schema/element-type.ts'
import type { Hits } from './contract.ts'
import type { SharedVectorStore } from './vector-store.ts'
import { queryStrideBytesOf } from './vector-store.ts'

export interface QueryBatch {
  readonly queryCount: number
  readonly queries: Uint8Array
  readonly topk: number
  readonly excluded?: Uint8Array | undefined
}

/** Refuses what does not fit, before anything is allocated for it. */
export function checkQueries(store: SharedVectorStore, batch: QueryBatch, rowCount: number): void {
  const { queryCount, queries, topk, excluded } = batch
  checkCount('queries', queryCount, limits.queryCountMax)
  checkCount('hits', topk, limits.topkMax)
  const expected = queryCount * vectorSizeBytes(store.elementType, store.dimension)
  if (queries.length !== expected) {
    const message = `Cannot search for ${queryCount} vectors of dimension ${store.dimension}: they are ${expected} bytes, not ${queries.length}`
    throw new ElanusError('INVALID_ARGUMENT', message)
  }
  if (excluded !== undefined && excluded.length * 8 < rowCount) {
    const message = `Cannot exclude rows by ${excluded.length} bytes: ${rowCount} rows have a bit each`
    throw new ElanusError('INVALID_ARGUMENT', message)
  }
}

function checkCount(what: string, count: number, countMax: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= countMax) return
  const message = `Cannot search for ${count} ${what}: it is 1 to ${countMax}`
  throw new ElanusError('INVALID_ARGUMENT', message)
}

/** Empty hits for so many queries, at most `topk` each and no more than there are rows. */
export function allocateHits(batch: QueryBatch, rowCount: number): Hits {
  const { queryCount } = batch
  const stride = Math.min(batch.topk, rowCount)
  return {
    queryCount,
    stride,
    counts: new Uint32Array(queryCount),
    offsets: new Uint32Array(queryCount * stride),
    distances: new Float32Array(queryCount * stride),
  }
}

/**
 * Copies queries [from, to) to where kernels read them, each padded like a row. Halves come to lie in
 * the second part of a query's room and are widened to float32 from there.
 */
export function stageQueries(
  store: SharedVectorStore,
  queries: Uint8Array,
  from: number,
  to: number,
): void {
  const { attachment, dimension, elementType, rowStride } = store
  const queryBytes = vectorSizeBytes(elementType, dimension)
  const strideBytes = queryStrideBytesOf(dimension, elementType)
  const isWidened = strideBytes !== store.rowStrideBytes
  const memory = attachment.bytes(attachment.addresses.query + (to - from) * strideBytes)
  for (let query = from; query < to; query++) {
    const address = attachment.addresses.query + (query - from) * strideBytes
    const source = isWidened ? address + strideBytes - store.rowStrideBytes : address
    // An earlier query may have left its numbers where this one has zeros.
    memory.fill(0, source + queryBytes, address + strideBytes)
    copyBytes(queries.subarray(query * queryBytes, (query + 1) * queryBytes), memory, source)
    if (isWidened) widen(store, source, address, rowStride)
  }
}

function widen(store: SharedVectorStore, source: number, target: number, count: number): void {
  const { exports } = store.attachment
  if (store.elementType === 'float16') exports.widen_f16(source, target, count)
  else exports.widen_bf16(source, target, count)
}

/** Takes one query's hits from the slot's result area: rows first, then distances. */
export function takeHits(store: SharedVectorStore, hits: Hits, query: number, count: number): void {
  const { attachment } = store
  const rows = attachment.addresses.result / Uint32Array.BYTES_PER_ELEMENT
  const distances = distancesAddress(store) / Uint32Array.BYTES_PER_ELEMENT
  const end = attachment.addresses.query
  hits.counts[query] = count
  hits.offsets.set(attachment.words(end).subarray(rows, rows + count), query * hits.stride)
  hits.distances.set(
    attachment.floats(end).subarray(distances, distances + count),
    query * hits.stride,
  )
}

/** The second half of the slot's result area. */
export function distancesAddress(store: SharedVectorStore): number {
  const { addresses, layout } = store.attachment
  return addresses.result + layout.resultBytes / 2
}
