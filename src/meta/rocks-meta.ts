import { ElanusError } from '../base/errors.ts'
import type { FileSystem } from '../base/file-system.ts'
import { mib } from '../base/units.ts'
import type { MetaEntry, MetaKv, MetaOperation } from './meta-kv.ts'
import type { RocksScan, RocksStore } from './rocks-store.ts'
import { openRocksStore, writeBufferSize } from './rocks-store.ts'
import { WalSync } from './wal-sync.ts'

export interface RocksMetaOptions {
  /** Made if absent. One opener at a time, or FOLDER_LOCKED. */
  readonly folder: string
  /** Syncs RocksDB's log; RocksDB opens its files by itself. */
  readonly fileSystem: FileSystem
  /**
   * Told once when nobody can know any more what is durable, or the store can no longer be read.
   * The process is to stop; the next one recovers what was acknowledged.
   */
  readonly onFatal: (error: ElanusError) => void
}

/** Meta in RocksDB, each batch durable before it is acknowledged. */
export async function openRocksMeta(options: RocksMetaOptions): Promise<MetaKv> {
  const { fileSystem, folder } = options
  await fileSystem.makeFolder(folder)
  const store = await openRocksStore(folder, 'write')
  const sync = new WalSync(fileSystem, folder)
  try {
    // What a killed process had written without a sync is visible now, and must stay.
    await sync.sync(store)
    await dropOldReports(fileSystem, folder)
    return new RocksMeta(options, store, sync)
  } catch (error) {
    await store.close()
    throw error
  }
}

/** RocksDB writes a report in words at each start, and would keep a thousand. */
export async function dropOldReports(fileSystem: FileSystem, folder: string): Promise<void> {
  for (const { name } of await fileSystem.list(folder)) {
    if (name.startsWith('LOG.old.')) await fileSystem.unlink(`${folder}/${name}`)
  }
}

interface Batch {
  readonly operations: readonly MetaOperation[]
  readonly resolve: () => void
  readonly reject: (error: ElanusError) => void
}

type State =
  | { readonly kind: 'open' }
  /** RocksDB failed a write. It goes on reading, and takes no more writes until opened anew. */
  | { readonly kind: 'stuck' }
  | { readonly kind: 'poisoned'; readonly error: ElanusError }
  | { readonly kind: 'closed' }

/** Operations that are written and synced as one, unless a single batch has more. */
const groupOperationCountMax = 4096
/** Operations that may wait; beyond it batches are refused, not queued. */
const waitingOperationCountMax = 1 << 20
/**
 * Room that there must be before a stuck store is opened anew: it writes out what its log holds,
 * twice over at most, and a store that runs out of room half-way cannot be read either.
 */
const reopenSizeBytesMin = 2 * writeBufferSize + 1 * mib

/**
 *     write ──► waiting ──► applied as one batch ──► log synced: resolved
 *                                  │                     └ failed: poisoned, all rejected, onFatal
 *                                  └ disk full: rejected, stuck ──next write, with room──► reopened
 */
class RocksMeta implements MetaKv {
  readonly #options: RocksMetaOptions
  readonly #sync: WalSync
  readonly #scans = new Set<RocksScan>()
  #store: RocksStore
  #state: State = { kind: 'open' }
  #waiting: Batch[] = []
  #waitingCount = 0
  #writing: Promise<void> | undefined
  /** Reads wait for it: while a store is opened anew there is none. */
  #reopening: Promise<void> | undefined

  constructor(options: RocksMetaOptions, store: RocksStore, sync: WalSync) {
    this.#options = options
    this.#store = store
    this.#sync = sync
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    await this.#readable()
    return this.#store.get(key)
  }

  async *scan(prefix: Uint8Array): AsyncGenerator<MetaEntry, void, undefined> {
    await this.#readable()
    const scan = this.#store.scan(prefix)
    this.#scans.add(scan)
    try {
      for await (const entry of scan) {
        yield entry
        this.#checkOpen()
      }
    } catch (error) {
      // Closing ends a scan in the middle, in whatever way that shows.
      this.#checkOpen()
      throw error
    } finally {
      this.#scans.delete(scan)
    }
  }

  async write(operations: readonly MetaOperation[]): Promise<void> {
    this.#checkOpen()
    if (operations.length === 0) return
    this.#checkWaiting(operations.length)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ operations, resolve, reject })
    this.#waitingCount += operations.length
    this.#writing ??= this.#writeAll()
    await promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state.kind === 'closed') return
    const wasOpen = this.#state.kind === 'open'
    this.#state = { kind: 'closed' }
    await this.#writing
    for (const scan of this.#scans) scan.cancel()
    await this.#sync[Symbol.asyncDispose]()
    const closing = this.#store.close()
    // A store that failed may fail to close; everybody has been told of it already.
    await (wasOpen ? closing : closing.catch(() => undefined))
  }

  async #writeAll(): Promise<void> {
    // Lets everything that is written in the same breath into the first group.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#writeGroup(this.#takeGroup())
    this.#writing = undefined
  }

  #takeGroup(): readonly Batch[] {
    let operationCount = 0
    let count = 0
    for (const { operations } of this.#waiting) {
      operationCount += operations.length
      if (count > 0 && operationCount > groupOperationCountMax) break
      count += 1
    }
    const group = this.#waiting.splice(0, count)
    for (const { operations } of group) this.#waitingCount -= operations.length
    return group
  }

  #checkWaiting(operationCount: number): void {
    if (this.#waitingCount + operationCount <= waitingOperationCountMax) return
    throw new ElanusError(
      'RATE_LIMITED',
      `Cannot write ${operationCount} operations to meta: ${this.#waitingCount} wait already`,
    )
  }

  async #writeGroup(group: readonly Batch[]): Promise<void> {
    try {
      if (this.#state.kind === 'poisoned') throw this.#state.error
      if (this.#state.kind === 'stuck') await this.#reopen()
      await this.#store.apply(group.flatMap(({ operations }) => operations))
    } catch (error) {
      if (!(error instanceof ElanusError)) throw error
      if (this.#state.kind === 'open') this.#state = { kind: 'stuck' }
      for (const { reject } of group) reject(error)
      return
    }
    try {
      await this.#sync.sync(this.#store)
    } catch (error) {
      const fatal = this.#poison('Could not make meta durable, and it cannot go on', error)
      for (const { reject } of group) reject(fatal)
      return
    }
    for (const { resolve } of group) resolve()
  }

  /** Rejects with DISK_FULL while there is too little room. */
  async #reopen(): Promise<void> {
    await this.#checkRoom()
    if (this.#scans.size > 0) {
      // Waiting for them could be for ever: whoever scans may be waiting for this write.
      throw new ElanusError('DISK_FULL', 'Cannot write meta after a full disk while it is scanned')
    }
    this.#reopening = this.#openAnew()
    try {
      await this.#reopening
    } finally {
      this.#reopening = undefined
    }
  }

  async #openAnew(): Promise<void> {
    const { folder } = this.#options
    await this.#sync[Symbol.asyncDispose]()
    // A store that is stuck may fail to close, and is of no use either way.
    await this.#store.close().catch(() => undefined)
    try {
      this.#store = await openRocksStore(folder, 'write')
    } catch (error) {
      await this.#openReadOnly()
      throw error
    }
    if (this.#state.kind === 'stuck') this.#state = { kind: 'open' }
  }

  async #openReadOnly(): Promise<void> {
    try {
      this.#store = await openRocksStore(this.#options.folder, 'readOnly')
    } catch (error) {
      throw this.#poison('Could not open meta again after its disk was full', error)
    }
  }

  async #checkRoom(): Promise<void> {
    const { fileSystem, folder } = this.#options
    const path = `${folder}/ROOM`
    if ((await fileSystem.stat(path)) !== undefined) await fileSystem.unlink(path)
    try {
      await using file = await fileSystem.open(path, 'create')
      await file.write([new Uint8Array(reopenSizeBytesMin)], 0)
      await file.datasync()
    } finally {
      await fileSystem.unlink(path).catch(() => undefined)
    }
  }

  async #readable(): Promise<void> {
    this.#checkOpen()
    await this.#reopening?.catch(() => undefined)
    this.#checkOpen()
  }

  #checkOpen(): void {
    if (this.#state.kind === 'closed') {
      throw new ElanusError('CLOSED', `Cannot use meta in ${this.#options.folder}: it is closed`)
    }
    if (this.#state.kind === 'poisoned') throw this.#state.error
  }

  #poison(what: string, cause: unknown): ElanusError {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const error = new ElanusError('IO_FAILED', `${what}: ${reason}`, { cause })
    if (this.#state.kind !== 'poisoned') this.#options.onFatal(error)
    this.#state = { kind: 'poisoned', error }
    return error
  }
}
