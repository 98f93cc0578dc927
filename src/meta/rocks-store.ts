import { realpath } from 'node:fs/promises'
import RocksDB from 'rocksdb-native'
import { ElanusError } from '../base/errors.ts'
import { mib } from '../base/units.ts'
import { endOfPrefix } from './keys.ts'
import type { MetaEntry, MetaOperation } from './meta-kv.ts'

/**
 * An open RocksDB, its errors translated and its types told. It is not durable: see wal-sync. One
 * process at a time has it open for writing, or FOLDER_LOCKED; the kernel frees the lock when the
 * process ends, however that happens.
 */
export interface RocksStore {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /** Entries in the order of the keys, as of when the first is asked for. */
  scan(prefix: Uint8Array): RocksScan
  /** All or none. After DISK_FULL it takes no more writes, even with room, until opened anew. */
  apply(operations: readonly MetaOperation[]): Promise<void>
  /** The number of the log that the last batch went to. */
  logNumber(): Promise<number>
  close(): Promise<void>
}

export interface RocksScan extends AsyncIterable<MetaEntry> {
  /** Ends it early; a store does not close while one is under way. */
  cancel(): void
}

/** What RocksDB gathers in memory, and in one log, before it writes a table. */
export const writeBufferSize = 4 * mib
/** Entries of a scan that one call to the other side fetches. */
const scanCapacity = 256

export async function openRocksStore(
  folder: string,
  mode: 'write' | 'readOnly',
): Promise<RocksStore> {
  // RocksDB tells its own folders apart by path: two paths to one folder would both get in.
  const path = await attempt(`open ${folder}`, () => realpath(folder))
  const db = new RocksDB(path, {
    readOnly: mode === 'readOnly',
    writeBufferSize,
    maxBackgroundJobs: 2,
    // Recovers every batch up to the first that is not whole: the torn end of the log.
    walRecoveryMode: RocksDB.constants.walRecoveryMode.POINT_IN_TIME,
  })
  await attempt(`open ${folder}`, () => db.ready())
  return new NativeStore(db, folder)
}

class NativeStore implements RocksStore {
  readonly #db: RocksDB
  readonly #folder: string

  constructor(db: RocksDB, folder: string) {
    this.#db = db
    this.#folder = folder
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const value = await attempt(`read ${this.#folder}`, () => this.#db.get(key))
    return value === null ? undefined : plain(value)
  }

  scan(prefix: Uint8Array): RocksScan {
    const end = endOfPrefix(prefix)
    const range = { gte: prefix, ...(end !== undefined && { lt: end }), capacity: scanCapacity }
    const iterator = this.#db.iterator(range)
    return {
      [Symbol.asyncIterator]: () => entriesOf(iterator, this.#folder),
      cancel: () => iterator.destroy(),
    }
  }

  async apply(operations: readonly MetaOperation[]): Promise<void> {
    const batch = this.#db.write({ capacity: operations.length })
    for (const operation of operations) {
      if (operation.kind === 'put') batch.tryPut(operation.key, operation.value)
      else batch.tryDelete(operation.key)
    }
    try {
      await attempt(`write to ${this.#folder}`, () => batch.flush())
    } finally {
      // A failed batch that is not destroyed leaves later reads waiting for ever.
      batch.destroy()
    }
  }

  async logNumber(): Promise<number> {
    const log = await attempt(`find the log of ${this.#folder}`, () => this.#db.currentWalFile())
    return log.number
  }

  close(): Promise<void> {
    return attempt(`close ${this.#folder}`, () => this.#db.close())
  }
}

async function* entriesOf(iterator: RocksDB.Iterator, folder: string): AsyncGenerator<MetaEntry> {
  try {
    for await (const { key, value } of iterator) yield { key: plain(key), value: plain(value) }
  } catch (error) {
    throw toElanusError(error, `scan ${folder}`)
  }
}

function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

async function attempt<T>(attempted: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toElanusError(error, attempted)
  }
}

/** RocksDB says what happened in words only. */
function toElanusError(thrown: unknown, attempted: string): ElanusError {
  if (thrown instanceof ElanusError) return thrown
  const reason = reasonOf(thrown)
  const options = { cause: thrown }
  if (/no space left|quota exceeded/i.test(reason)) {
    return new ElanusError('DISK_FULL', `Could not ${attempted}: ${reason}`, options)
  }
  if (/while lock file|lock hold by/i.test(reason)) {
    return new ElanusError('FOLDER_LOCKED', `Could not ${attempted}: ${reason}`, options)
  }
  if (/corrupt/i.test(reason)) {
    return new ElanusError('CORRUPT', `Could not ${attempted}: ${reason}`, options)
  }
  return new ElanusError('IO_FAILED', `Could not ${attempted}: ${reason}`, options)
}

/** A batch that fails wraps what RocksDB said. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message
}
