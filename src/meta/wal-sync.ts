import { ElanusError } from '../base/errors.ts'
import type { FileSystem, OpenFile } from '../base/file-system.ts'
import type { RocksStore } from './rocks-store.ts'

/**
 * Makes what RocksDB wrote durable. The binding has no way to ask for a synced write: a batch is in
 * the page cache when it returns. RocksDB hands its log to the kernel with every batch, so syncing
 * the log's file is enough; it says which file that is.
 *
 * When the memory table is full, RocksDB goes on in a new log, and drops the old one as soon as its
 * content is in a table, which it syncs by itself. So at a change of logs everything from the last
 * synced log to the current one is synced, and a log that is gone needs no sync.
 */
export class WalSync implements AsyncDisposable {
  readonly #fileSystem: FileSystem
  readonly #folder: string
  #number = -1
  #file: OpenFile | undefined

  constructor(fileSystem: FileSystem, folder: string) {
    this.#fileSystem = fileSystem
    this.#folder = folder
  }

  /** Every batch that was applied before the call is durable when it resolves. */
  async sync(store: RocksStore): Promise<void> {
    const number = await store.logNumber()
    if (number !== this.#number) await this.#moveTo(number)
    await this.#file?.datasync()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file
    this.#file = undefined
    this.#number = -1
    await file?.close()
  }

  async #moveTo(number: number): Promise<void> {
    const synced = this.#number
    await this[Symbol.asyncDispose]()
    for (const { name } of await this.#fileSystem.list(this.#folder)) {
      const found = logNumberOf(name)
      if (found !== undefined && found >= synced && found < number) await this.#syncOld(name)
    }
    await this.#fileSystem.syncFolder(this.#folder)
    this.#file = await this.#fileSystem.open(this.#pathOf(nameOfLog(number)), 'update')
    this.#number = number
  }

  async #syncOld(name: string): Promise<void> {
    try {
      await using file = await this.#fileSystem.open(this.#pathOf(name), 'update')
      await file.datasync()
    } catch (error) {
      // Dropped meanwhile: its content is in a table.
      if (error instanceof ElanusError && error.code === 'FILE_NOT_FOUND') return
      throw error
    }
  }

  #pathOf(name: string): string {
    return `${this.#folder}/${name}`
  }
}

const logName = /^(\d{6,})\.log$/

export function logNumberOf(name: string): number | undefined {
  const digits = logName.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function nameOfLog(number: number): string {
  return `${number.toString().padStart(6, '0')}.log`
}
