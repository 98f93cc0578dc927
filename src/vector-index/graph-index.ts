import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import type { Attachment } from '../kernels/attachment.ts'
import { copyBytes } from '../kernels/copy.ts'
import { graphSearchRequestWords, writeWords } from '../kernels/requests.ts'
import { addBuiltRows, throwIfCanceled } from './build-control.ts'
import type {
  BuildControl,
  Hits,
  IndexHandle,
  IndexSearchRequest,
  IndexSpec,
  VectorIndex,
} from './contract.ts'
import { GraphDescription } from './graph-memory.ts'
import type { GraphRegion } from './graph-region.ts'
import type { GraphFileHeader } from './index-file.ts'
import { corrupt, ownFacts, readGraphFile, writeGraphFile } from './index-file.ts'
import { allocateHits, checkQueries, distancesAddress, stageQueries, takeHits } from './queries.ts'
import type { SharedVectorStore } from './vector-store.ts'
import { queryBatchOf, queryStrideBytesOf } from './vector-store.ts'

/**
 * A graph's life, in a word that all its threads see:
 *
 *     empty --build, load--> preparing --> encoding --> linking --> ready
 *                                \____________\___________\--> failed
 */
const states = { empty: 0, preparing: 1, encoding: 2, linking: 3, ready: 4, failed: 5 } as const

/** What walks go by: the rows themselves, or their codes where those tell near rows apart. */
const walkOnCodes = 1

const graphEngineCode = 1
const floatBytes = Float32Array.BYTES_PER_ELEMENT
/** What a call of `graph_build` answers besides: wasm/hnsw/build.h. */
const buildWaits = 0
const buildWorked = 1
const buildGaveUp = 0xffff_ffff
const waitMs = 50

/** HNSW and AUTOINDEX: the small-world graph of wasm/hnsw over a store's rows. */
export class GraphIndex implements VectorIndex {
  readonly spec: IndexSpec
  readonly rowCount: number
  readonly #store: SharedVectorStore
  readonly #attachment: Attachment
  readonly #address: number
  readonly #graph: GraphDescription
  readonly #region: GraphRegion
  readonly #regionAddress: number

  constructor(store: SharedVectorStore, handle: IndexHandle, region: GraphRegion) {
    this.#store = store
    this.#attachment = store.attachment
    this.spec = handle.spec
    this.rowCount = handle.rowCount
    this.#region = region
    this.#regionAddress = handle.address
    this.#address = handle.address + region.graphOffset
    this.#graph = new GraphDescription(this.#attachment, this.#address)
    const sizeBytes = region.graphOffset + this.#graph.get('sizeBytes')
    assert(sizeBytes === handle.sizeBytes, 'the handle leads to the graph')
    this.#attachment.exports.graph_open_slot(this.#address, this.#attachment.slot)
  }

  build(control?: BuildControl): void {
    try {
      this.#prepare(control)
      this.#encode(control)
      this.#link(control)
    } catch (error) {
      this.#fail()
      throw error
    }
  }

  *serialise(): Generator<Uint8Array> {
    this.#expectReady('serialise')
    yield* writeGraphFile(this.#fileHeader(), this.#fileSections())
  }

  load(chunks: Iterable<Uint8Array>): void {
    assert(this.#graph.change('state', states.empty, states.preparing), 'an index is loaded once')
    try {
      const { exports } = this.#attachment
      this.#widenRows()
      exports.graph_initialise(this.#address)
      const header = readGraphFile(chunks, this.#fileHeader(), this.#fileSections())
      if (header.walkSpace > walkOnCodes) throw corrupt(`its walk space is ${header.walkSpace}`)
      for (const name of ownFacts) this.#graph.set(name, header[name])
      if (exports.graph_is_valid(this.#address) === 0) throw corrupt('its links lead nowhere')
      const isOnCodes = header.walkSpace === walkOnCodes
      if (isOnCodes && !this.#hasCodes) throw corrupt('its walks go by codes that it has not')
      while (isOnCodes && exports.graph_encode(this.#address) > 0);
      this.#graph.set('state', states.ready)
    } catch (error) {
      this.#fail()
      throw error
    }
  }

  search(request: IndexSearchRequest): Hits {
    this.#expectReady('search')
    checkQueries(this.#store, request, this.rowCount)
    const hits = allocateHits(request, this.rowCount)
    if (this.rowCount === 0) return hits
    const includedCount = this.#stageExcluded(request.excluded)
    const { dimension, elementType } = this.#store
    const batchSize = queryBatchOf(dimension, elementType)
    for (let from = 0; from < request.queryCount; from += batchSize) {
      const to = Math.min(request.queryCount, from + batchSize)
      stageQueries(this.#store, request.queries, from, to)
      for (let query = from; query < to; query++) {
        const count = this.#searchOne(request, query - from, includedCount)
        takeHits(this.#store, hits, query, count)
      }
    }
    return hits
  }

  [Symbol.dispose](): void {
    // It holds nothing of its own: the slot that it works in is the store's.
  }

  /** The first thread lays the lists out; the others wait for it. */
  #prepare(control: BuildControl | undefined): void {
    const { exports } = this.#attachment
    if (this.#graph.change('state', states.empty, states.preparing)) {
      this.#widenRows()
      exports.graph_initialise(this.#address)
      if (this.#hasCodes) exports.graph_train(this.#address)
      if (this.rowCount === 0) this.#advance(states.preparing, states.ready)
      else if (this.#hasCodes) this.#advance(states.preparing, states.encoding)
      else this.#startLinking(states.preparing)
    }
    this.#waitWhile(states.preparing, control)
  }

  /** All encode; the one that comes last tries the codes out. */
  #encode(control: BuildControl | undefined): void {
    const { exports, addresses } = this.#attachment
    while (this.#graph.get('state') === states.encoding) {
      throwIfCanceled(control)
      const count = exports.graph_encode(this.#address)
      if (count === 0) break
      if (this.#graph.add('encodedRowCount', count) < this.rowCount) continue
      this.#graph.set('walkSpace', exports.graph_codes_are_fit(this.#address, addresses.work))
      this.#startLinking(states.encoding)
    }
    this.#waitWhile(states.encoding, control)
  }

  #startLinking(from: number): void {
    const { exports, addresses, slot } = this.#attachment
    exports.graph_start_build(this.#address, addresses.work, slot)
    this.#advance(from, states.linking)
  }

  /** Rows of other elements become float32, before anything looks at them. */
  #widenRows(): void {
    if (!this.#region.isWidened) return
    const { rowsAddress, rowStride } = this.#store
    this.#widen(rowsAddress, this.#regionAddress, this.rowCount * rowStride)
  }

  #widen(source: number, target: number, elementCount: number): void {
    const { exports } = this.#attachment
    switch (this.#store.elementType) {
      case 'float16':
        return exports.widen_f16(source, target, elementCount)
      case 'bfloat16':
        return exports.widen_bf16(source, target, elementCount)
      case 'int8':
        return exports.widen_i8(source, target, elementCount)
      default:
        assert(false, 'only rows of other elements than float32 are widened')
    }
  }

  /** Where the kernels find a query that was staged, as float32. */
  #queryAddress(staged: number): number {
    const { dimension, elementType, rowStride } = this.#store
    const { addresses, slot } = this.#attachment
    const address = addresses.query + staged * queryStrideBytesOf(dimension, elementType)
    const { queryStrideBytes, queriesOffset } = this.#region
    if (queryStrideBytes === 0) return address
    const widened = this.#regionAddress + queriesOffset + slot * queryStrideBytes
    this.#widen(address, widened, rowStride)
    return widened
  }

  get #hasCodes(): boolean {
    return this.#graph.get('hasCodes') === 1
  }

  /** All take units of the work; who finds none waits for the next step. */
  #link(control: BuildControl | undefined): void {
    const { exports, addresses, slot } = this.#attachment
    while (this.#graph.get('state') === states.linking) {
      throwIfCanceled(control)
      const claims = this.#graph.get('buildClaims')
      const result = exports.graph_build(this.#address, addresses.work, slot) >>> 0
      if (result === buildGaveUp) throw buildFailed('a list stayed locked')
      if (result === buildWaits) {
        this.#graph.waitWhile('buildClaims', claims, waitMs)
      } else {
        addBuiltRows(control, result - buildWorked)
        if (this.#graph.get('isLinked') === 1) this.#advance(states.linking, states.ready)
        this.#graph.wake('buildClaims')
      }
    }
    if (this.#graph.get('state') !== states.failed) return
    // Another thread may have seen first that the build was canceled.
    throwIfCanceled(control)
    throw buildFailed('another thread gave up')
  }

  /** Failed meanwhile, it stays so. */
  #advance(from: number, to: number): void {
    this.#graph.change('state', from, to)
    this.#graph.wake('state')
  }

  #waitWhile(state: number, control: BuildControl | undefined): void {
    while (this.#graph.get('state') === state) {
      throwIfCanceled(control)
      this.#graph.waitWhile('state', state, waitMs)
    }
  }

  #fail(): void {
    this.#graph.set('state', states.failed)
    this.#graph.wake('state')
  }

  #expectReady(purpose: string): void {
    const isReady = this.#graph.get('state') === states.ready
    assert(isReady, `an index is complete before it is used to ${purpose}`)
  }

  /** Where the graph kernels look for the bits; returns how many rows are in. */
  #stageExcluded(excluded: Uint8Array | undefined): number {
    if (excluded === undefined) return this.rowCount
    const { exports, slot } = this.#attachment
    const rowBitsBytes = this.#graph.get('rowBitsBytes')
    const address = this.#graph.get('slots') + (2 * slot + 1) * rowBitsBytes
    const memory = this.#attachment.bytes(address + rowBitsBytes)
    copyBytes(excluded.subarray(0, Math.ceil(this.rowCount / 8)), memory, address)
    return this.rowCount - exports.count_bits(address, this.rowCount)
  }

  #searchOne(request: IndexSearchRequest, staged: number, includedCount: number): number {
    const { addresses, exports, slot } = this.#attachment
    const { params, topk } = request
    const query = this.#queryAddress(staged)
    const first = addresses.request / Uint32Array.BYTES_PER_ELEMENT
    writeWords(this.#attachment.words(addresses.result), first, graphSearchRequestWords, {
      graph: this.#address,
      query,
      topk: Math.min(topk, this.rowCount),
      ef: Math.min(params['ef'] ?? topk, this.rowCount),
      slot,
      includedCount,
      working: addresses.work,
      resultRows: addresses.result,
      resultDistances: distancesAddress(this.#store),
    })
    return exports.graph_search(addresses.request)
  }

  #fileHeader(): GraphFileHeader {
    const graph = this.#graph
    return {
      engine: graphEngineCode,
      metric: graph.get('metric'),
      dimension: this.#store.dimension,
      rowCount: graph.get('rowCount'),
      linksMax: graph.get('linksMax'),
      efConstruction: graph.get('efConstruction'),
      seed: graph.get('seed'),
      upperListCount: graph.get('upperListCount'),
      entryPoint: graph.get('entryPoint'),
      walkSpace: graph.get('walkSpace'),
      codeScale: graph.get('codeScale'),
    }
  }

  #fileSections(): readonly Uint8Array[] {
    const linksBytes = this.#graph.get('linksMax') * Uint32Array.BYTES_PER_ELEMENT
    const baseBytes = this.rowCount * 2 * linksBytes
    const upperBytes = this.#graph.get('upperListCount') * linksBytes
    const offsetsBytes = this.#hasCodes ? this.#store.rowStride * floatBytes : 0
    return [
      this.#section(this.#graph.get('baseLinks'), baseBytes),
      this.#section(this.#graph.get('upperLinks'), upperBytes),
      this.#section(this.#graph.get('codeOffsets'), offsetsBytes),
    ]
  }

  #section(address: number, sizeBytes: number): Uint8Array {
    const { buffer } = this.#attachment.bytes(address + sizeBytes)
    return new Uint8Array(buffer, address, sizeBytes)
  }
}

function buildFailed(reason: string): ElanusError {
  return new ElanusError('WORKER_FAILED', `Cannot finish the index: ${reason}`)
}
