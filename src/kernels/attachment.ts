import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { kib, mib } from '../base/units.ts'
import type { KernelExports } from './exports.ts'
import { instantiateKernels } from './exports.ts'
import { kernelModule } from './module.ts'
import type { SlotAddresses, SlotLayout } from './thread-slots.ts'
import {
  claimSlot,
  releaseSlot,
  releaseSlotsOfThread,
  slotAddresses,
  slotSizeBytes,
} from './thread-slots.ts'
import type { SharedMemory } from './web-assembly.ts'
import { pageSizeBytes, webAssembly } from './web-assembly.ts'

/**
 * A shared memory that kernels run on, as one thread has it open: an instance of the module with a
 * stack of its own.
 *
 *     0          4 KiB         8 KiB       64 KiB
 *     | layout | slot owners | content's | slots ... | content
 *
 * The words of the first page from `contentWordFirst` on belong to whoever fills the memory.
 */
export interface Attachment extends Disposable {
  readonly memory: SharedMemory
  readonly exports: KernelExports
  readonly slot: number
  readonly layout: SlotLayout
  readonly addresses: SlotAddresses
  /** Where the content begins: behind the slots. */
  readonly contentAddress: number
  /** The memory as it is now, at least up to `end`. A view lives on when the memory grows. */
  bytes(end: number): Uint8Array<SharedArrayBuffer>
  words(end: number): Uint32Array<SharedArrayBuffer>
  floats(end: number): Float32Array<SharedArrayBuffer>
}

export interface KernelMemoryOptions {
  readonly slotCount: number
  /** Room for queries in each slot. */
  readonly queryBytes: number
  readonly memoryBytesMax: number
}

export const slotCountMax = 1024
export const contentWordFirst = 2048
export const contentWordCount = 14_336

const layoutMark = 0x454c_4e31
const ownersOffset = 4 * kib
const slotsOffset = pageSizeBytes

const stackBytes = 64 * kib
const requestBytes = 4 * kib
/** Two words a hit, for the most hits of a query. */
const resultBytes = 128 * kib
const workBytes = 1 * mib

/** Creates the memory with its slots, and nothing behind them yet. */
export function createKernelMemory(options: KernelMemoryOptions): SharedMemory {
  assert(options.slotCount >= 1 && options.slotCount <= slotCountMax, 'a page has the slot owners')
  const layout = { ...options, stackBytes, requestBytes, resultBytes, workBytes }
  const contentAddress = slotsOffset + options.slotCount * slotSizeBytes(layout)
  const memory = allocate(contentAddress, options.memoryBytesMax)
  const words = new Uint32Array(memory.buffer)
  words.set([layoutMark, options.slotCount, options.queryBytes])
  return memory
}

/** Opens a memory on this thread, which has it until it disposes of what it got. */
export function attach(memory: SharedMemory): Attachment {
  return new ThreadAttachment(memory)
}

export function reclaimSlots(memory: SharedMemory, threadId: number): void {
  releaseSlotsOfThread(ownersOf(memory), threadId)
}

/** How many slots were ever in use: what was never touched takes no memory. */
export function touchedSlotBytes(attachment: Attachment): number {
  return attachment.words(pageSizeBytes)[touchedWord] ?? 0
}

const touchedWord = 8

function allocate(sizeBytes: number, sizeBytesMax: number): SharedMemory {
  const initial = Math.ceil(sizeBytes / pageSizeBytes)
  const maximum = Math.floor(sizeBytesMax / pageSizeBytes)
  try {
    return new webAssembly.Memory({ initial, maximum, shared: true })
  } catch (error) {
    const message = `Cannot create a memory of ${sizeBytes} bytes that may grow to ${sizeBytesMax}`
    throw new ElanusError('MEMORY_LIMIT_EXCEEDED', message, { cause: error })
  }
}

function readLayout(memory: SharedMemory): SlotLayout {
  const [mark, slotCount = 0, queryBytes = 0] = new Uint32Array(memory.buffer, 0, 3)
  assert(mark === layoutMark, 'the memory was made for kernels')
  return { slotCount, stackBytes, requestBytes, resultBytes, queryBytes, workBytes }
}

function ownersOf(memory: SharedMemory): Int32Array<SharedArrayBuffer> {
  return new Int32Array(memory.buffer, ownersOffset, readLayout(memory).slotCount)
}

class ThreadAttachment implements Attachment {
  readonly memory: SharedMemory
  readonly exports: KernelExports
  readonly slot: number
  readonly layout: SlotLayout
  readonly addresses: SlotAddresses
  readonly contentAddress: number
  readonly #owners: Int32Array<SharedArrayBuffer>
  #buffer: SharedArrayBuffer
  #bytes: Uint8Array<SharedArrayBuffer>
  #words: Uint32Array<SharedArrayBuffer>
  #floats: Float32Array<SharedArrayBuffer>
  #isOpen = true

  constructor(memory: SharedMemory) {
    this.memory = memory
    this.layout = readLayout(memory)
    this.contentAddress = slotsOffset + this.layout.slotCount * slotSizeBytes(this.layout)
    this.#buffer = memory.buffer
    this.#bytes = new Uint8Array(this.#buffer)
    this.#words = new Uint32Array(this.#buffer)
    this.#floats = new Float32Array(this.#buffer)
    this.#owners = ownersOf(memory)
    this.slot = claimSlot(this.#owners)
    this.addresses = slotAddresses(this.layout, slotsOffset, this.slot)
    try {
      this.exports = instantiateKernels(kernelModule(), memory, this.addresses.stackTop)
    } catch (error) {
      releaseSlot(this.#owners, this.slot)
      throw error
    }
    this.#noteTouched()
  }

  bytes(end: number): Uint8Array<SharedArrayBuffer> {
    this.#cover(end)
    return this.#bytes
  }

  words(end: number): Uint32Array<SharedArrayBuffer> {
    this.#cover(end)
    return this.#words
  }

  floats(end: number): Float32Array<SharedArrayBuffer> {
    this.#cover(end)
    return this.#floats
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    releaseSlot(this.#owners, this.slot)
  }

  #cover(end: number): void {
    assert(this.#isOpen, 'the memory is open on this thread')
    if (end <= this.#buffer.byteLength) return
    this.#buffer = this.memory.buffer
    assert(end <= this.#buffer.byteLength, 'the memory has grown as far as it is used')
    this.#bytes = new Uint8Array(this.#buffer)
    this.#words = new Uint32Array(this.#buffer)
    this.#floats = new Float32Array(this.#buffer)
  }

  #noteTouched(): void {
    const touched = (this.slot + 1) * slotSizeBytes(this.layout)
    for (let seen = Atomics.load(this.#words, touchedWord); seen < touched; ) {
      seen = Atomics.compareExchange(this.#words, touchedWord, seen, touched)
    }
  }
}
