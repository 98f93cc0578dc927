import type { ElementType } from '../schema/element-type.ts'
import type { Metric } from '../schema/metric.ts'
import type { VectorArray, VectorNumbers } from './vector-source.ts'

/**
 * An index over vectors, in memory that this thread and its worker threads share. A vector's id is
 * its place in the order in which the vectors were given, from zero. Closing frees the threads.
 */
export interface Index extends AsyncDisposable {
  readonly type: string
  readonly metric: Metric
  /** Every parameter that it was built with, defaults applied. */
  readonly params: Readonly<Record<string, unknown>>
  readonly elementType: ElementType
  /** Elements of a vector. */
  readonly dimension: number
  readonly rowCount: number
  /** Worker threads that it may have. */
  readonly threadCount: number
  /** Bytes of shared memory in use: vectors, index, and the threads' working space. */
  readonly memoryBytes: number
  /** Those of the index alone, beside the vectors. */
  readonly indexBytes: number

  /**
   * The nearest vectors to one query, on the calling thread, at once: for an index that answers in
   * microseconds nothing is faster. Throws INVALID_ARGUMENT for a query or parameters that do not
   * fit, CLOSED.
   */
  search(query: VectorArray | VectorNumbers, options?: SearchOptions): NearestHits

  /**
   * The nearest vectors to each of many queries, one after another in one array, spread over the
   * worker threads; the event loop stays free. Rejects with INVALID_ARGUMENT, CANCELED, CLOSED,
   * and with WORKER_FAILED, MEMORY_LIMIT_EXCEEDED or TIMEOUT if a thread fails, which is replaced.
   */
  searchBatch(queries: VectorArray, options?: BatchSearchOptions): Promise<BatchHits>

  /** Vector `id`, as it was given. Throws INVALID_ARGUMENT for an id that there is not. */
  vector(id: number): VectorArray

  /**
   * Writes the index to a file, which is replaced in one step and synced. Resolves with its size.
   * Rejects with DISK_FULL, IO_FAILED, CANCELED, CLOSED.
   */
  save(path: string, options?: SaveOptions): Promise<{ readonly sizeBytes: number }>

  /** Ends the threads. What runs is rejected with CLOSED. */
  close(): Promise<void>
}

export interface SearchOptions {
  /** How many hits, at most 16,384: 10 unless given. */
  readonly topk?: number | undefined
  /** Search parameters of the index type, by Milvus's names: `ef`, `nprobe`, … */
  readonly params?: Readonly<Record<string, unknown>> | undefined
  /** Rows that are not to be found, as `rowBits` makes them: bit (id & 7) of byte (id >> 3). */
  readonly excluded?: Uint8Array | undefined
}

export interface BatchSearchOptions extends SearchOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * The hits of one query, nearest first, as many as were found. A distance is the metric's own number:
 * squared for L2, the similarity for IP and COSINE.
 */
export interface NearestHits {
  readonly ids: Uint32Array
  readonly distances: Float32Array
}

/**
 * The hits of many queries without an object each: query q has `counts[q]` of them, nearest first,
 * in entries [q × stride, q × stride + counts[q]) of `ids` and `distances`.
 */
export interface BatchHits {
  readonly queryCount: number
  readonly stride: number
  readonly counts: Uint32Array
  readonly ids: Uint32Array
  readonly distances: Float32Array
}

export interface SaveOptions {
  /**
   * Whether the file holds the vectors. `outside` leaves them out, and it can then only be opened
   * with the same vectors given again. `inside` unless given.
   */
  readonly vectors?: 'inside' | 'outside' | undefined
  readonly signal?: AbortSignal | undefined
}

/** Query `query`'s hits out of a batch's; shares the memory. */
export function hitsOf(hits: BatchHits, query: number): NearestHits {
  const first = query * hits.stride
  const end = first + (hits.counts[query] ?? 0)
  return { ids: hits.ids.subarray(first, end), distances: hits.distances.subarray(first, end) }
}

/**
 * Bits for rows: those of the ids for which `isSet` is true. As `excluded` of a search they are the
 * rows that are not to be found.
 */
export function rowBits(rowCount: number, isSet: (id: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(rowCount / 8))
  for (let id = 0; id < rowCount; id++) {
    if (isSet(id)) bits[id >> 3] = (bits[id >> 3] ?? 0) | (1 << (id & 7))
  }
  return bits
}
