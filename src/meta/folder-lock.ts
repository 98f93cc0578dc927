import { hostname } from 'node:os'
import * as v from 'valibot'
import type { Clock } from '../base/clock.ts'
import { ElanusError } from '../base/errors.ts'
import type { FileSystem } from '../base/file-system.ts'
import { dropOldReports } from './rocks-meta.ts'
import type { RocksStore } from './rocks-store.ts'
import { openRocksStore } from './rocks-store.ts'

export interface FolderLockOptions {
  readonly folder: string
  readonly fileSystem: FileSystem
  readonly clock: Clock
}

/** Held until it is disposed or the process ends, in whatever way. */
export interface FolderLock extends AsyncDisposable {
  /** Tells a second opener where the holder listens. */
  announce(address: string): Promise<void>
}

/**
 * Takes a data folder for this process alone, or rejects with FOLDER_LOCKED saying who has it.
 *
 * Node has no file locks, and one in words (a process id in a file) outlives a killed process. So
 * the lock is an empty RocksDB in `<folder>/lock`: the kernel frees its lock with the process, and
 * RocksDB refuses a second opener in the same process too. The holder's name beside it is only ever
 * read to tell people; it decides nothing.
 */
export async function lockFolder(options: FolderLockOptions): Promise<FolderLock> {
  const { fileSystem } = options
  const folder = `${options.folder}/lock`
  await fileSystem.makeFolder(folder)
  const store = await openLock(options, folder)
  const lock = new RocksFolderLock(options, folder, store)
  try {
    await dropOldReports(fileSystem, folder)
    await lock.announce('')
    return lock
  } catch (error) {
    await store.close()
    throw error
  }
}

const holderSchema = v.strictObject({
  pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  host: v.string(),
  /** ISO 8601. */
  since: v.string(),
  /** Empty until it listens. */
  address: v.string(),
})

type Holder = v.InferOutput<typeof holderSchema>

class RocksFolderLock implements FolderLock {
  readonly #options: FolderLockOptions
  readonly #path: string
  readonly #since: string
  readonly #store: RocksStore
  #isHeld = true

  constructor(options: FolderLockOptions, folder: string, store: RocksStore) {
    this.#options = options
    this.#path = pathOfHolder(folder)
    this.#since = new Date(options.clock.nowMs()).toISOString()
    this.#store = store
  }

  async announce(address: string): Promise<void> {
    const { fileSystem } = this.#options
    const holder: Holder = { pid: process.pid, host: hostname(), since: this.#since, address }
    const fresh = `${this.#path}.new`
    await dropIfThere(fileSystem, fresh)
    {
      await using file = await fileSystem.open(fresh, 'create')
      await file.write([new TextEncoder().encode(JSON.stringify(holder))], 0)
    }
    await fileSystem.rename(fresh, this.#path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isHeld) return
    this.#isHeld = false
    await dropIfThere(this.#options.fileSystem, this.#path)
    await this.#store.close()
  }
}

async function openLock(options: FolderLockOptions, folder: string): Promise<RocksStore> {
  try {
    return await openRocksStore(folder, 'write')
  } catch (error) {
    if (!(error instanceof ElanusError && error.code === 'FOLDER_LOCKED')) throw error
    const who = await describeHolder(options.fileSystem, folder)
    throw new ElanusError('FOLDER_LOCKED', `Cannot open ${options.folder}: ${who}`, {
      cause: error,
    })
  }
}

async function describeHolder(fileSystem: FileSystem, folder: string): Promise<string> {
  const holder = await readHolder(fileSystem, pathOfHolder(folder))
  // Between taking the lock and writing its name, a new holder is found under the old one's name.
  if (holder === undefined || !mayLive(holder)) return 'another process has it open'
  const { pid, host, since, address } = holder
  const where = address === '' ? '' : `, listening on ${address}`
  return `process ${pid} on ${host} has had it open since ${since}${where}`
}

async function readHolder(fileSystem: FileSystem, path: string): Promise<Holder | undefined> {
  try {
    const text = new TextDecoder().decode(await fileSystem.readFile(path))
    const result = v.safeParse(holderSchema, JSON.parse(text))
    return result.success ? result.output : undefined
  } catch {
    // Absent or half written: then the refusal goes without a name.
    return undefined
  }
}

/** Of another host nothing can be known. */
function mayLive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It lives, and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function dropIfThere(fileSystem: FileSystem, path: string): Promise<void> {
  if ((await fileSystem.stat(path)) !== undefined) await fileSystem.unlink(path)
}

function pathOfHolder(folder: string): string {
  return `${folder}/HOLDER.json`
}
