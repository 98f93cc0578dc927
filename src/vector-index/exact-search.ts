import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { kib } from '../base/units.ts'
import { copyBytes } from '../kernels/copy.ts'
import { flatScanRequestWords, writeWords } from '../kernels/requests.ts'
import { metricsOf } from '../schema/element-type.ts'
import type { Metric } from '../schema/metric.ts'
import type { ExactSearchRequest, Hits, VectorStore } from './contract.ts'
import { elementCodes, metricCodes } from './metric-code.ts'
import { allocateHits, checkQueries, distancesAddress, stageQueries, takeHits } from './queries.ts'
import type { SharedVectorStore } from './vector-store.ts'
import { internalsOf, queryBatchOf } from './vector-store.ts'

/**
 * Compares every row that is not excluded with every query: exact, and no index is needed. Rows that
 * another thread appends meanwhile are seen or not, whole. Throws INVALID_ARGUMENT.
 *
 * The slot's work area holds the bits of the rows that are scanned by one call, then the heaps:
 *
 *     | excluded bits | heap sizes | heaps: topk entries for each query
 */
export function searchExact(store: VectorStore, request: ExactSearchRequest): Hits {
  const internals = internalsOf(store)
  const published = store.rowCount
  const rowCount = Math.min(request.rowCount ?? published, published)
  checkQueries(internals, request, rowCount)
  checkMetric(internals, request.metric)
  const hits = allocateHits(request, rowCount)
  if (rowCount === 0) return hits
  const scan = new ExactScan(internals, request, rowCount)
  for (let from = 0; from < request.queryCount; from += scan.batchSize) {
    scan.run(from, Math.min(request.queryCount, from + scan.batchSize), hits)
  }
  return hits
}

function checkMetric({ elementType }: SharedVectorStore, metric: Metric): void {
  if (metricsOf(elementType).includes(metric)) return
  const message = `Cannot compare ${elementType} vectors by ${metric}`
  throw new ElanusError('INVALID_ARGUMENT', message)
}

const excludedBytes = 32 * kib
const heapSizesBytes = 64
const entryBytes = 8

class ExactScan {
  /** How many queries go over the rows together. */
  readonly batchSize: number
  readonly #store: SharedVectorStore
  readonly #request: ExactSearchRequest
  readonly #rowCount: number
  readonly #topk: number
  readonly #heapSizesAddress: number
  readonly #heapsAddress: number

  constructor(store: SharedVectorStore, request: ExactSearchRequest, rowCount: number) {
    const { addresses, layout } = store.attachment
    this.#store = store
    this.#request = request
    this.#rowCount = rowCount
    this.#topk = Math.min(request.topk, rowCount)
    this.#heapSizesAddress = addresses.work + excludedBytes
    this.#heapsAddress = this.#heapSizesAddress + heapSizesBytes
    const heapBytes = layout.workBytes - excludedBytes - heapSizesBytes
    const heapCount = Math.floor(heapBytes / (this.#topk * entryBytes))
    assert(heapCount >= 1, 'the work area holds the largest heap')
    const sizesCount = heapSizesBytes / Uint32Array.BYTES_PER_ELEMENT
    this.batchSize = Math.min(
      queryBatchOf(store.dimension, store.elementType),
      heapCount,
      sizesCount,
    )
  }

  run(from: number, to: number, hits: Hits): void {
    const { attachment } = this.#store
    stageQueries(this.#store, this.#request.queries, from, to)
    const sizes = this.#heapSizesAddress / Uint32Array.BYTES_PER_ELEMENT
    const words = attachment.words(this.#heapsAddress)
    words.fill(0, sizes, sizes + (to - from))
    this.#scan(to - from)
    for (let query = from; query < to; query++) {
      const count = words[sizes + query - from] ?? 0
      this.#write(query - from, count)
      takeHits(this.#store, hits, query, count)
    }
  }

  /** In one call without a bitset; with one, as many rows a call as the area has bits for. */
  #scan(queryCount: number): void {
    const { excluded } = this.#request
    const blockRows = excluded === undefined ? this.#rowCount : excludedBytes * 8
    for (let from = 0; from < this.#rowCount; from += blockRows) {
      const to = Math.min(this.#rowCount, from + blockRows)
      if (excluded !== undefined) this.#stageExcluded(excluded, from, to)
      this.#scanBlock(queryCount, from, to)
    }
  }

  #stageExcluded(excluded: Uint8Array, from: number, to: number): void {
    const { addresses } = this.#store.attachment
    const memory = this.#store.attachment.bytes(addresses.work + excludedBytes)
    copyBytes(excluded.subarray(from / 8, Math.ceil(to / 8)), memory, addresses.work)
  }

  #scanBlock(queryCount: number, rowFrom: number, rowTo: number): void {
    const { attachment, rowsAddress, rowStride } = this.#store
    const { addresses, exports } = attachment
    const words = attachment.words(addresses.result)
    writeWords(words, addresses.request / Uint32Array.BYTES_PER_ELEMENT, flatScanRequestWords, {
      rows: rowsAddress,
      rowStride,
      metric: metricCodes[this.#request.metric],
      rowFrom,
      rowTo,
      excluded: this.#request.excluded === undefined ? 0 : addresses.work,
      queries: addresses.query,
      queryCount,
      topk: this.#topk,
      heaps: this.#heapsAddress,
      heapSizes: this.#heapSizesAddress,
      elementType: elementCodes[this.#store.elementType],
    })
    exports.flat_scan(addresses.request)
  }

  #write(query: number, count: number): void {
    const { addresses, exports } = this.#store.attachment
    const heap = this.#heapsAddress + query * this.#topk * entryBytes
    const metric = metricCodes[this.#request.metric]
    exports.write_nearest(heap, count, metric, addresses.result, distancesAddress(this.#store))
  }
}
