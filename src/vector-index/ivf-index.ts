import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import type { Attachment } from '../kernels/attachment.ts'
import { copyBytes } from '../kernels/copy.ts'
import { ivfSearchRequestWords, ivfWords, writeWords } from '../kernels/requests.ts'
import { addBuiltRows, throwIfCanceled } from './build-control.ts'
import type {
  BuildControl,
  Hits,
  IndexHandle,
  IndexSearchRequest,
  IndexSpec,
  SearchParams,
  VectorIndex,
} from './contract.ts'
import { corrupt, readIndexFile, writeIndexFile } from './index-file-format.ts'
import type { IvfFileHeader } from './ivf-file.ts'
import { ivfFile } from './ivf-file.ts'
import { encodingCodes } from './ivf-memory.ts'
import { allocateHits, checkQueries, distancesAddress, stageQueries, takeHits } from './queries.ts'
import { SharedWords } from './shared-words.ts'
import type { SharedVectorStore } from './vector-store.ts'
import { queryBatchOf, queryStrideBytesOf } from './vector-store.ts'

/**
 * An index's life, in a word that all its threads see:
 *
 *     empty --build--> building --> ready
 *          \___ load ___/      \--> failed
 */
const states = { empty: 0, building: 1, ready: 2, failed: 3 } as const

const ivfEngineCode = 2
const wordBytes = Uint32Array.BYTES_PER_ELEMENT
const blockRows = 32
const waitMs = 50

/** How many candidates a search by codes compares again exactly, for so many hits. */
export type CandidateCount = (topk: number, params: SearchParams) => number

/** IVF_* and SCANN: the inverted lists of wasm/ivf over a store's rows. */
export class IvfIndex implements VectorIndex {
  readonly spec: IndexSpec
  readonly rowCount: number
  readonly #store: SharedVectorStore
  readonly #attachment: Attachment
  readonly #address: number
  readonly #ivf: SharedWords<typeof ivfWords>
  readonly #candidateCount: CandidateCount

  constructor(store: SharedVectorStore, handle: IndexHandle, candidateCount: CandidateCount) {
    this.#store = store
    this.#attachment = store.attachment
    this.spec = handle.spec
    this.rowCount = handle.rowCount
    this.#address = handle.address
    this.#ivf = new SharedWords(this.#attachment, handle.address, ivfWords)
    this.#candidateCount = candidateCount
    assert(this.#ivf.get('sizeBytes') === handle.sizeBytes, 'the handle leads to the index')
  }

  build(control?: BuildControl): void {
    try {
      this.#start()
      this.#work(control)
    } catch (error) {
      this.#fail()
      throw error
    }
  }

  *serialise(): Generator<Uint8Array> {
    this.#expectReady('serialise')
    const header = this.#fileHeader()
    yield* writeIndexFile(ivfFile, header, this.#fileSections(header))
  }

  load(chunks: Iterable<Uint8Array>): void {
    const isEmpty = this.#ivf.change('state', states.empty, states.building)
    assert(isEmpty, 'an index is loaded once')
    try {
      const { blockCount } = readIndexFile(ivfFile, chunks, {
        header: this.#fileHeader(),
        sections: (header) => this.#fileSections(header),
      })
      this.#ivf.set('blockCount', blockCount)
      const { exports, slot } = this.#attachment
      if (this.rowCount > 0 && exports.ivf_adopt(this.#address, slot) === 0) {
        throw corrupt('its lists or codes cannot be')
      }
      this.#ivf.set('state', states.ready)
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

  /** The first thread draws the sample; the others find the first phase set up, or wait for it. */
  #start(): void {
    const { exports, addresses } = this.#attachment
    if (!this.#ivf.change('state', states.empty, states.building)) return
    if (this.rowCount > 0) exports.ivf_start(this.#address, addresses.work)
    else this.#ivf.change('state', states.building, states.ready)
  }

  #work(control: BuildControl | undefined): void {
    const { exports, addresses } = this.#attachment
    while (this.#ivf.get('state') === states.building) {
      throwIfCanceled(control)
      const epoch = this.#ivf.get('epoch')
      const finishedRows = exports.ivf_step(this.#address, addresses.work)
      if (finishedRows >= 0) addBuiltRows(control, finishedRows)
      else if (this.#ivf.get('state') === states.building) {
        this.#ivf.waitWhile('epoch', epoch, waitMs)
      }
    }
    if (this.#ivf.get('state') === states.failed) {
      throw new ElanusError('WORKER_FAILED', 'Cannot finish the index: another thread gave up')
    }
  }

  #fail(): void {
    this.#ivf.set('state', states.failed)
    this.#ivf.wake('epoch')
  }

  #expectReady(purpose: string): void {
    const isReady = this.#ivf.get('state') === states.ready
    assert(isReady, `an index is complete before it is used to ${purpose}`)
  }

  /** Where the kernels look for the bits; returns how many rows are in. */
  #stageExcluded(excluded: Uint8Array | undefined): number {
    if (excluded === undefined) return this.rowCount
    const { exports, slot } = this.#attachment
    const address = this.#ivf.get('slots') + slot * this.#ivf.get('slotBytes')
    const memory = this.#attachment.bytes(address + this.#ivf.get('rowBitsBytes'))
    copyBytes(excluded.subarray(0, Math.ceil(this.rowCount / 8)), memory, address)
    return this.rowCount - exports.count_bits(address, this.rowCount)
  }

  #searchOne(request: IndexSearchRequest, staged: number, includedCount: number): number {
    const { addresses, exports, slot } = this.#attachment
    const { params } = request
    const topk = Math.min(request.topk, this.rowCount)
    const strideBytes = queryStrideBytesOf(this.#store.dimension, this.#store.elementType)
    const first = addresses.request / wordBytes
    writeWords(this.#attachment.words(addresses.result), first, ivfSearchRequestWords, {
      ivf: this.#address,
      query: addresses.query + staged * strideBytes,
      topk,
      probeCount: params['nprobe'] ?? 1,
      candidateCount: Math.min(this.#candidateCount(topk, params), this.rowCount),
      slot,
      includedCount,
      space: addresses.work,
      resultRows: addresses.result,
      resultDistances: distancesAddress(this.#store),
      queryBits: params['rbq_query_bits'] ?? 0,
    })
    return exports.ivf_search(addresses.request)
  }

  #fileHeader(): IvfFileHeader {
    const ivf = this.#ivf
    return {
      engine: ivfEngineCode,
      metric: ivf.get('metric'),
      elementType: ivf.get('elementType'),
      dimension: ivf.get('dimension'),
      rowCount: ivf.get('rowCount'),
      listCount: ivf.get('listCount'),
      encoding: ivf.get('encoding'),
      partCount: ivf.get('partCount'),
      partBits: ivf.get('partBits'),
      seed: ivf.get('seed'),
      blockCount: ivf.get('blockCount'),
    }
  }

  #fileSections(header: IvfFileHeader): readonly Uint8Array[] {
    const ivf = this.#ivf
    if (header.blockCount > ivf.get('blockCountMax')) {
      throw corrupt(`it has ${header.blockCount} blocks, and there is room for fewer`)
    }
    const { encoding, rowCount, listCount } = header
    const hasBlocks = encoding === encodingCodes.fastProduct || encoding === encodingCodes.bits
    const hasCodes = encoding !== encodingCodes.none
    const hasFactors = encoding === encodingCodes.bits || encoding === encodingCodes.scalar
    const codeCount = hasBlocks ? header.blockCount : hasCodes ? rowCount : 0
    const positions = hasBlocks ? header.blockCount * blockRows : codeCount
    const vectorWords = ivf.get('vectorStride')
    return [
      this.#section('centroids', listCount * vectorWords * wordBytes),
      this.#section('listStarts', (listCount + 1) * wordBytes),
      this.#section('listRows', rowCount * wordBytes),
      this.#section('mean', vectorWords * wordBytes),
      this.#section('codebook', this.#codebookWords(encoding) * wordBytes),
      this.#section('codes', codeCount * ivf.get('codeBytes')),
      this.#section('rowTerms', positions * wordBytes),
      this.#section('rowFactors', hasFactors ? positions * wordBytes : 0),
    ]
  }

  #codebookWords(encoding: number): number {
    const ivf = this.#ivf
    if (encoding === encodingCodes.scalar) return 2 * ivf.get('vectorStride')
    return ivf.get('partCount') * ivf.get('partDimension') * ivf.get('partStride')
  }

  #section(part: (typeof ivfWords)[number], sizeBytes: number): Uint8Array {
    const address = this.#ivf.get(part)
    const { buffer } = this.#attachment.bytes(address + sizeBytes)
    return new Uint8Array(buffer, address, sizeBytes)
  }
}
