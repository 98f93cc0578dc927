import { availableParallelism } from 'node:os'
import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { kib } from '../base/units.ts'
import type { Attachment } from '../kernels/attachment.ts'
import {
  attach,
  createKernelMemory,
  reclaimSlots,
  slotCountMax,
  touchedSlotBytes,
} from '../kernels/attachment.ts'
import { copyBytes, takeBytes } from '../kernels/copy.ts'
import { pageSizeBytes } from '../kernels/web-assembly.ts'
import {
  type ElementType,
  elementBits,
  elementTypes,
  vectorSizeBytes,
} from '../schema/element-type.ts'
import type { IndexHandle, VectorStore, VectorStoreHandle, VectorStoreOptions } from './contract.ts'
import { elementCodes } from './metric-code.ts'
import type { Region } from './regions.ts'
import { Regions } from './regions.ts'
import { StoreHeader } from './store-header.ts'

const registerBits = 128
/** A pool of workers, some that replace others, and the owner. */
export const threadCountMaxDefault = Math.min(2 * availableParallelism() + 8, slotCountMax)
/** Queries of one call that are searched together, as far as they fit this much of a slot. */
const queryBatchBytes = 128 * kib
const queryBatchMax = 16

/** Elements from one row to the next: rows are padded with zeros to whole SIMD registers. */
export function rowStrideOf(dimension: number, elementType: ElementType = 'float32'): number {
  const registerElements = registerBits / elementBits[elementType]
  return Math.ceil(dimension / registerElements) * registerElements
}

function rowStrideBytesOf(dimension: number, elementType: ElementType): number {
  return vectorSizeBytes(elementType, rowStrideOf(dimension, elementType))
}

/**
 * Bytes from one query to the next where kernels read them: bytes and bits are compared as they are,
 * halves are widened to float32 once, not for each row.
 */
export function queryStrideBytesOf(dimension: number, elementType: ElementType): number {
  const stride = rowStrideOf(dimension, elementType)
  const isWidened = elementType === 'float16' || elementType === 'bfloat16'
  return vectorSizeBytes(isWidened ? 'float32' : elementType, stride)
}

/** The bytes that so many rows take, for admission before a store is made. */
export function vectorStoreSizeBytes(
  dimension: number,
  rowCount: number,
  elementType: ElementType = 'float32',
): number {
  return rowStrideBytesOf(dimension, elementType) * rowCount
}

export function queryBatchOf(dimension: number, elementType: ElementType = 'float32'): number {
  const queryBytes = queryStrideBytesOf(dimension, elementType)
  return Math.max(1, Math.min(queryBatchMax, Math.floor(queryBatchBytes / queryBytes)))
}

function checkDimension(dimension: number, elementType: ElementType): void {
  const isBinary = elementType === 'binary'
  const dimensionMax = isBinary ? limits.binaryDimensionMax : limits.dimensionMax
  const isInRange = Number.isInteger(dimension) && dimension >= 1 && dimension <= dimensionMax
  if (isInRange && !(isBinary && dimension % 8 !== 0)) return
  const range = `it is 1 to ${dimensionMax}${isBinary ? ', a multiple of 8' : ''}`
  const message = `Cannot store ${elementType} vectors of dimension ${dimension}: ${range}`
  throw new ElanusError('INVALID_ARGUMENT', message)
}

/** Makes a store whose owner is this thread. Throws MEMORY_LIMIT_EXCEEDED, INVALID_ARGUMENT. */
export function createVectorStore(options: VectorStoreOptions): VectorStore {
  const { dimension, elementType = 'float32', rowCount = 0 } = options
  const { threadCountMax = threadCountMaxDefault } = options
  checkDimension(dimension, elementType)
  assert(threadCountMax >= 1 && threadCountMax <= slotCountMax, 'the threads have slots')
  const memoryBytesMax = Math.min(
    options.memoryBytesMax ?? limits.segmentMemoryBytesMax,
    limits.segmentMemoryBytesMax,
  )
  const memory = createKernelMemory({
    slotCount: threadCountMax,
    queryBytes: queryBatchOf(dimension, elementType) * queryStrideBytesOf(dimension, elementType),
    memoryBytesMax,
  })
  const attachment = attach(memory)
  const header = new StoreHeader(attachment)
  header.set('dimension', dimension)
  header.set('elementType', elementCodes[elementType])
  header.set('rowStride', rowStrideOf(dimension, elementType))
  header.set('pageCountMax', Math.floor(memoryBytesMax / pageSizeBytes))
  const store = new SharedVectorStore(attachment, new Regions())
  try {
    store.reserve(rowCount)
  } catch (error) {
    store[Symbol.dispose]()
    throw error
  }
  return store
}

/** Opens another thread's store on this one. Throws RATE_LIMITED when too many threads have it. */
export function openVectorStore(handle: VectorStoreHandle): VectorStore {
  return new SharedVectorStore(attach(handle.memory), undefined)
}

/** The store as this folder works on it. */
export function internalsOf(store: VectorStore): SharedVectorStore {
  assert(store instanceof SharedVectorStore, 'a store is made or opened by this module')
  return store
}

export class SharedVectorStore implements VectorStore {
  readonly elementType: ElementType
  readonly dimension: number
  readonly attachment: Attachment
  /** In elements. */
  readonly rowStride: number
  readonly rowStrideBytes: number
  readonly rowsAddress: number
  readonly #header: StoreHeader
  readonly #rowBytes: number
  /** The owner's alone. */
  readonly #regions: Regions | undefined

  constructor(attachment: Attachment, regions: Regions | undefined) {
    this.attachment = attachment
    this.#header = new StoreHeader(attachment)
    this.#regions = regions
    const elementType = elementTypes.find(
      (known) => elementCodes[known] === this.#header.get('elementType'),
    )
    assert(elementType !== undefined, 'a store has elements of a type')
    this.elementType = elementType
    this.dimension = this.#header.get('dimension')
    this.rowStride = this.#header.get('rowStride')
    this.rowsAddress = attachment.contentAddress
    this.rowStrideBytes = vectorSizeBytes(elementType, this.rowStride)
    this.#rowBytes = vectorSizeBytes(elementType, this.dimension)
  }

  get rowCount(): number {
    return this.#header.get('rowCount')
  }

  get isSealed(): boolean {
    return this.#header.get('isSealed') === 1
  }

  get memoryBytes(): number {
    const rowBytes = this.#header.get('rowCapacity') * this.rowStrideBytes
    return rowBytes + touchedSlotBytes(this.attachment) + (this.#regions?.sizeBytes ?? 0)
  }

  reserve(rowCount: number): void {
    assert(!this.isSealed, 'a store that is reserved in is not sealed')
    if (rowCount <= this.#header.get('rowCapacity')) return
    this.#growTo(this.rowsAddress + rowCount * this.rowStrideBytes, `hold ${rowCount} vectors`)
    this.#header.set('rowCapacity', rowCount)
  }

  append(bytes: Uint8Array, rowCount: number): void {
    assert(bytes.length === rowCount * this.#rowBytes, 'the bytes are whole rows')
    assert(!this.isSealed, 'a store that is appended to is not sealed')
    const first = this.rowCount
    this.reserve(first + rowCount)
    this.#copyIn(bytes, first, rowCount)
    this.#header.set('rowCount', first + rowCount)
  }

  seal(): void {
    this.#header.set('isSealed', 1)
  }

  readRows(offsets: Uint32Array): Uint8Array {
    const rowCount = this.rowCount
    const memory = this.attachment.bytes(this.#addressOf(rowCount))
    const rows = new Uint8Array(offsets.length * this.#rowBytes)
    for (const [index, offset] of offsets.entries()) {
      assert(offset < rowCount, 'a row that is read exists')
      const address = this.#addressOf(offset)
      copyBytes(memory.subarray(address, address + this.#rowBytes), rows, index * this.#rowBytes)
    }
    return rows
  }

  readRange(from: number, to: number): Uint8Array {
    assert(from <= to && to <= this.rowCount, 'rows that are read exist')
    const memory = this.attachment.bytes(this.#addressOf(to))
    if (this.#isPacked) return takeBytes(memory, this.#addressOf(from), this.#addressOf(to))
    const rows = new Uint8Array((to - from) * this.#rowBytes)
    for (let row = from; row < to; row++) {
      const address = this.#addressOf(row)
      copyBytes(
        memory.subarray(address, address + this.#rowBytes),
        rows,
        (row - from) * this.#rowBytes,
      )
    }
    return rows
  }

  /** Bytes behind the rows, for an index. Throws MEMORY_LIMIT_EXCEEDED. */
  allocate(sizeBytes: number): Region {
    assert(this.isSealed, 'an index is allocated behind rows that are complete')
    const regions = this.#ownRegions()
    const region = regions.find(this.#addressOf(this.rowCount), sizeBytes)
    this.#growTo(region.address + sizeBytes, `hold an index of ${sizeBytes} bytes`)
    regions.take(region)
    return region
  }

  release(index: IndexHandle): void {
    if (index.sizeBytes > 0) this.#ownRegions().release(index.address)
  }

  reclaim(threadId: number): void {
    reclaimSlots(this.attachment.memory, threadId)
  }

  handle(): VectorStoreHandle {
    return { kind: 'vectorStore', memory: this.attachment.memory }
  }

  [Symbol.dispose](): void {
    this.attachment[Symbol.dispose]()
  }

  get #isPacked(): boolean {
    return this.#rowBytes === this.rowStrideBytes
  }

  #addressOf(row: number): number {
    return this.rowsAddress + row * this.rowStrideBytes
  }

  #ownRegions(): Regions {
    assert(this.#regions !== undefined, 'the thread that made the store allocates in it')
    return this.#regions
  }

  /** The padding behind a row needs no writing: fresh memory is zero. */
  #copyIn(bytes: Uint8Array, first: number, rowCount: number): void {
    const memory = this.attachment.bytes(this.#addressOf(first + rowCount))
    if (this.#isPacked) {
      copyBytes(bytes, memory, this.#addressOf(first))
      return
    }
    for (let row = 0; row < rowCount; row++) {
      const from = row * this.#rowBytes
      copyBytes(bytes.subarray(from, from + this.#rowBytes), memory, this.#addressOf(first + row))
    }
  }

  /** By half as much again where it can: pages that are never touched take no memory. */
  #growTo(end: number, purpose: string): void {
    const { memory } = this.attachment
    const pageCount = memory.buffer.byteLength / pageSizeBytes
    const needed = Math.ceil(end / pageSizeBytes)
    if (needed <= pageCount) return
    const pageCountMax = this.#header.get('pageCountMax')
    const wanted = Math.min(pageCountMax, Math.max(needed, Math.ceil(pageCount * 1.5)))
    const message = `Cannot ${purpose}: the memory would be ${end} bytes of at most ${pageCountMax * pageSizeBytes}`
    if (needed > pageCountMax) throw new ElanusError('MEMORY_LIMIT_EXCEEDED', message)
    try {
      memory.grow(wanted - pageCount)
    } catch (error) {
      throw new ElanusError('MEMORY_LIMIT_EXCEEDED', message, { cause: error })
    }
  }
}
