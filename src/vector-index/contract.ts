import type { SharedMemory } from '../kernels/web-assembly.ts'
import type { ElementType } from '../schema/element-type.ts'
import type { Metric } from '../schema/metric.ts'
import type { IndexTypeName } from './index-type-names.ts'

export type { IndexTypeName } from './index-type-names.ts'
export { indexTypeNames } from './index-type-names.ts'

/**
 * What every vector index is to the layers above: rows in one shared memory, an index in the memory
 * behind them, and hits in typed arrays.
 *
 *     owner thread                  worker threads
 *     createVectorStore ──handle──▶ openVectorStore ─ append / readRows
 *     store.seal
 *     prepareIndex      ──handle──▶ openIndex ─ build | load ─ search, serialise
 *     store.release
 *
 *     vector-store.ts   createVectorStore(options)          openVectorStore(handle)
 *                       vectorStoreSizeBytes(dimension, rowCount, elementType)
 *     vector-index.ts   prepareIndex(store, spec)           openIndex(store, handle)
 *                       indexSizeBytes(spec, dimension, rowCount, elementType)
 *     exact-search.ts   searchExact(store, request)
 *     build-control.ts  createBuildControl()  cancelBuild(control)  builtRowCount(control)
 *     index-types.ts    parseIndexSpec(request, vectors)    parseSearchParams(spec, topk, params)
 *
 * One thread owns a store: it alone allocates (`prepareIndex`) and releases, so every byte is
 * accounted where it can be refused. Any thread opens the handles that it is sent, computes, and
 * closes what it opened.
 */
export interface VectorStore extends Disposable {
  readonly elementType: ElementType
  /** In elements; of a binary vector in bits, a multiple of 8. */
  readonly dimension: number
  /** Rows that are published: whole, and readable by every thread. */
  readonly rowCount: number
  /** Bytes of the memory in use: rows that are reserved, indexes, and the threads' working space. */
  readonly memoryBytes: number
  readonly isSealed: boolean

  /**
   * Makes room for so many rows in all, so that appends up to there cannot fail. Throws
   * MEMORY_LIMIT_EXCEEDED, and then nothing has changed.
   */
  reserve(rowCount: number): void
  /**
   * Adds rows: little-endian elements, `dimension` each, at any alignment; the bytes are copied. They
   * are published together. Only one thread appends at a time, and not once the store is sealed.
   * Throws MEMORY_LIMIT_EXCEEDED, and then nothing has changed.
   */
  append(bytes: Uint8Array, rowCount: number): void
  /** No more rows: indexes are allocated behind the last one. */
  seal(): void
  /** The rows' bytes as they were appended, one after another, in the order of `offsets`. */
  readRows(offsets: Uint32Array): Uint8Array
  /** Rows [from, to) as they were appended. */
  readRange(from: number, to: number): Uint8Array

  /** Frees an index's bytes for the next one. Owner only; no thread may still have it open. */
  release(index: IndexHandle): void
  /**
   * Gives back the working space of a thread that ended without closing the store.
   * `threadId` is that of node:worker_threads.
   */
  reclaim(threadId: number): void
  /** For postMessage: shares the memory, copies nothing. */
  handle(): VectorStoreHandle
}

export interface VectorStoreOptions {
  readonly dimension: number
  /** float32 unless given. */
  readonly elementType?: ElementType
  /** Rows to reserve from the start. */
  readonly rowCount?: number
  /** The most that the memory may come to; limits.segmentMemoryBytesMax unless given. */
  readonly memoryBytesMax?: number
  /** How many threads can have the store open at once. */
  readonly threadCountMax?: number
}

/** A store as another thread is sent it. */
export interface VectorStoreHandle {
  readonly kind: 'vectorStore'
  readonly memory: SharedMemory
}

/** An index type whose parameters are checked, ranges and defaults applied. */
export interface IndexSpec {
  readonly type: IndexTypeName
  readonly metric: Metric
  readonly params: Readonly<Record<string, number>>
}

/** Where an index lies in its store's memory: what `prepareIndex` gives and `openIndex` takes. */
export interface IndexHandle {
  readonly kind: 'vectorIndex'
  readonly store: VectorStoreHandle
  readonly spec: IndexSpec
  /** The rows that it covers: those of the sealed store. */
  readonly rowCount: number
  readonly address: number
  readonly sizeBytes: number
}

/**
 * An index, open on this thread. It is empty until it was built or loaded, once, by one thread (or
 * built by several at once); then any number of threads may have it open and search it.
 */
export interface VectorIndex extends Disposable {
  readonly spec: IndexSpec
  readonly rowCount: number

  /**
   * Builds from the rows. Several threads may call it on the same index at once and share the work;
   * the index is built when all of them have returned. Throws CANCELED when the control says so.
   */
  build(control?: BuildControl): void
  /** The index without its rows, as it goes to a file. The chunks are copies. */
  serialise(): Iterable<Uint8Array>
  /**
   * Fills the index from what `serialise` gave, in chunks of any size. Throws CORRUPT when a check
   * fails; the index is then unusable and is to be released.
   */
  load(chunks: Iterable<Uint8Array>): void
  /** Throws INVALID_ARGUMENT for a request that does not fit; never for what the index holds. */
  search(request: IndexSearchRequest): Hits
}

export interface IndexSearchRequest {
  readonly queryCount: number
  /** Query after query, little-endian elements of the store's type, at any alignment. */
  readonly queries: Uint8Array
  readonly topk: number
  /** Checked by `parseSearchParams`. */
  readonly params: SearchParams
  /**
   * Rows that are not to be found: row i is bit (i & 7) of byte (i >> 3), set when it is out. Holds
   * at least one bit for each row that is searched. Undefined: every row is in.
   */
  readonly excluded?: Uint8Array | undefined
}

/** An exact scan needs no index: any store, also one that grows. */
export interface ExactSearchRequest extends Omit<IndexSearchRequest, 'params'> {
  readonly metric: Metric
  /** Only rows before this one are looked at; all that are published unless given. */
  readonly rowCount?: number | undefined
}

/** Search parameters by name, checked: `ef` for a graph, `nprobe` for lists, none for FLAT. */
export type SearchParams = Readonly<Record<string, number>>

/**
 * Hits without an object each. Query q has `counts[q]` hits, best first, in entries
 * [q × stride, q × stride + counts[q]) of `offsets` and `distances`; equal ones come in row order.
 * A distance is the metric's own number: squared for L2, the similarity for IP and COSINE (where a
 * zero vector is at 0 from everything), the count of differing bits for HAMMING, and for JACCARD 1
 * between two vectors without a bit. The arrays are the caller's and may be transferred.
 */
export interface Hits {
  readonly queryCount: number
  readonly stride: number
  readonly counts: Uint32Array<ArrayBuffer>
  readonly offsets: Uint32Array<ArrayBuffer>
  readonly distances: Float32Array<ArrayBuffer>
}

/**
 * How the thread that asked for a build follows and stops it, through two shared words.
 */
export interface BuildControl {
  readonly kind: 'buildControl'
  readonly words: Int32Array<SharedArrayBuffer>
}
