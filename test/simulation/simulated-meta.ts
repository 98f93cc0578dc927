import { ElanusError } from '../../src/base/errors.ts'
import type { Random } from '../../src/base/random.ts'
import type { MetaEntry, MetaKv, MetaOperation } from '../../src/meta/meta-kv.ts'
import type { SimulatedProcess } from './simulated-process.ts'

interface Batch {
  readonly operations: readonly MetaOperation[]
  readonly resolve: () => void
  readonly reject: (error: ElanusError) => void
}

/**
 * Meta as a process has it open: what is durable lies in `durable`, which outlives the process. A
 * batch takes a while on its way there; a crash meanwhile lets a first part of the batches that are
 * on their way arrive, each whole.
 */
export class SimulatedMeta implements MetaKv {
  readonly #durable: MetaKv
  readonly #process: SimulatedProcess
  readonly #isFull: () => boolean
  #waiting: Batch[] = []
  #writing: readonly Batch[] = []
  #isWriting = false
  #isClosed = false

  constructor(options: {
    readonly durable: MetaKv
    readonly process: SimulatedProcess
    /** Whether its disk is full. */
    readonly isFull: () => boolean
  }) {
    this.#durable = options.durable
    this.#process = options.process
    this.#isFull = options.isFull
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#checkOpen()
    await this.#process.pause('read meta', 0, 0.2)
    return this.#durable.get(key)
  }

  async *scan(prefix: Uint8Array): AsyncGenerator<MetaEntry> {
    this.#checkOpen()
    await this.#process.pause('scan meta', 0, 0.5)
    for await (const entry of this.#durable.scan(prefix)) {
      this.#checkOpen()
      yield entry
    }
  }

  write(operations: readonly MetaOperation[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    if (this.#isClosed) return Promise.reject(closed())
    this.#waiting.push({ operations, resolve, reject })
    if (!this.#isWriting) void this.#writeAll()
    return promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
  }

  /** What the crash of its process leaves of batches that were on their way. */
  async crash(random: Random): Promise<void> {
    const unfinished = [...this.#writing, ...this.#waiting]
    const arrived = random.below(unfinished.length + 1)
    for (const { operations } of unfinished.slice(0, arrived)) await this.#durable.write(operations)
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true
    // Lets everything that is written in the same breath into the first group.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      this.#writing = this.#waiting
      this.#waiting = []
      await this.#process.pause(`write ${this.#writing.length} batches to meta`, 0.1, 3)
      const written = this.#writing
      this.#writing = []
      await this.#finish(written)
    }
    this.#isWriting = false
  }

  async #finish(group: readonly Batch[]): Promise<void> {
    if (this.#isFull()) {
      for (const { reject } of group) reject(new ElanusError('DISK_FULL', 'Cannot write meta'))
      return
    }
    for (const { operations, resolve } of group) {
      await this.#durable.write(operations)
      resolve()
    }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw closed()
  }
}

function closed(): ElanusError {
  return new ElanusError('CLOSED', 'Cannot use meta: it is closed')
}
