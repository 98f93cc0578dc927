import { posix } from 'node:path'
import { byteLengthOf, concatBytes } from '../../src/base/bytes.ts'
import { ElanusError } from '../../src/base/errors.ts'
import type {
  FileFacts,
  FileSystem,
  FolderEntry,
  OpenFile,
  OpenMode,
} from '../../src/base/file-system.ts'
import type { Random } from '../../src/base/random.ts'
import { SimulatedFile } from './simulated-file.ts'

/** Only what can change the disk counts as an operation. */
export type OperationKind =
  | 'create'
  | 'write'
  | 'truncate'
  | 'datasync'
  | 'rename'
  | 'unlink'
  | 'makeFolder'
  | 'dropFolder'
  | 'syncFolder'

export interface Operation {
  readonly kind: OperationKind
  readonly path: string
  /** Counts from zero over the life of the disk. */
  readonly index: number
}

export interface SimulatedDiskOptions {
  readonly random: Random
  readonly capacityBytes?: number
  /** Makes an operation fail; a failing write has written some of its bytes. */
  readonly faultOf?: (operation: Operation) => 'DISK_FULL' | 'IO_FAILED' | undefined
  /** The power goes when this many operations are done: the next one fails half done, and all after. */
  readonly operationCountMax?: number
}

type Folder = 'folder'
type Names = Map<string, SimulatedFile | Folder>

interface NameChange {
  /** The folders that must be synced before the change is durable for sure. */
  readonly folders: Set<string>
  readonly apply: (names: Names) => void
}

/**
 * A disk in memory that forgets like a real one. Content is durable after `datasync`, a name after
 * `syncFolder`; `powerCut` yields the disk as the next start may find it, with any part of the rest.
 */
export class SimulatedDisk implements FileSystem {
  readonly #random: Random
  readonly #faultOf: NonNullable<SimulatedDiskOptions['faultOf']>
  readonly #operationCountMax: number
  capacityBytes: number
  #operationCount = 0
  #seen: Names = new Map([['/', 'folder']])
  #durable: Names = new Map([['/', 'folder']])
  #unsynced: NameChange[] = []

  constructor(options: SimulatedDiskOptions) {
    this.#random = options.random
    this.#faultOf = options.faultOf ?? (() => undefined)
    this.#operationCountMax = options.operationCountMax ?? Number.POSITIVE_INFINITY
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY
  }

  get operationCount(): number {
    return this.#operationCount
  }

  get isPowerOff(): boolean {
    return this.#operationCount > this.#operationCountMax
  }

  /** The disk after the power was cut now; this one is not to be used any more. */
  powerCut(options: SimulatedDiskOptions): SimulatedDisk {
    const names = new Map(this.#durable)
    const isOrdered = this.#random.below(2) === 0
    let isKept = true
    for (const change of this.#unsynced) {
      // A journal keeps a prefix of the changes; without one, any of them may have arrived.
      const isNextKept = this.#random.below(2) === 0
      isKept = isOrdered ? isKept && isNextKept : isNextKept
      if (isKept) change.apply(names)
    }
    const next = new SimulatedDisk(options)
    for (const [path, node] of names) {
      const left = node === 'folder' ? node : SimulatedFile.holding(node.tear(this.#random))
      next.#seen.set(path, left)
      next.#durable.set(path, left)
    }
    return next
  }

  /**
   * The disk after the process was killed now: everything that was written is still cached. This
   * one is not to be used any more.
   */
  kill(options: SimulatedDiskOptions): SimulatedDisk {
    const next = new SimulatedDisk(options)
    next.#seen = this.#seen
    next.#durable = this.#durable
    next.#unsynced = this.#unsynced
    return next
  }

  /** A copy of a file's bytes; not an operation. */
  peek(path: string): Uint8Array {
    return this.#fileAt(path, 'peek at').bytes.slice()
  }

  /** Puts durable bytes where a file is or is to be; not an operation. */
  plant(path: string, bytes: Uint8Array): void {
    const file = SimulatedFile.holding(bytes)
    this.#seen.set(path, file)
    this.#durable.set(path, file)
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    if (mode === 'create') return this.#create(path)
    await this.#turn()
    return new SimulatedHandle(this, path, this.#fileAt(path, 'open'))
  }

  async readFile(path: string): Promise<Uint8Array> {
    await this.#turn()
    return this.#fileAt(path, 'read').bytes.slice()
  }

  async rename(from: string, to: string): Promise<void> {
    await this.begin('rename', to)
    const [source, target] = [posix.normalize(from), posix.normalize(to)]
    const file = this.#fileAt(source, 'rename')
    this.#checkParent(target)
    if (this.#seen.get(target) === 'folder') throw failed(`rename to ${to}: it is a folder`)
    this.#change([posix.dirname(source), posix.dirname(target)], (names) => {
      names.delete(source)
      names.set(target, file)
    })
  }

  async unlink(path: string): Promise<void> {
    await this.begin('unlink', path)
    const target = posix.normalize(path)
    this.#fileAt(target, 'unlink')
    this.#change([posix.dirname(target)], (names) => names.delete(target))
  }

  async makeFolder(path: string): Promise<void> {
    await this.begin('makeFolder', path)
    const target = posix.normalize(path)
    for (let at = target; at !== '/'; at = posix.dirname(at)) {
      const node = this.#seen.get(at)
      if (node !== undefined && node !== 'folder') {
        throw new ElanusError('FILE_EXISTS', `Could not make folder ${path}: ${at} is a file`)
      }
      this.#seen.set(at, 'folder')
      this.#durable.set(at, 'folder')
    }
  }

  async dropFolder(path: string): Promise<void> {
    await this.begin('dropFolder', path)
    const target = posix.normalize(path)
    this.#checkFolder(target, 'drop')
    if (this.#childrenOf(target).length > 0) throw failed(`drop folder ${path}: it is not empty`)
    this.#change([posix.dirname(target)], (names) => names.delete(target))
  }

  async syncFolder(path: string): Promise<void> {
    await this.begin('syncFolder', path)
    const folder = posix.normalize(path)
    this.#checkFolder(folder, 'sync')
    this.#unsynced = this.#unsynced.filter((change) => {
      change.folders.delete(folder)
      if (change.folders.size === 0) change.apply(this.#durable)
      return change.folders.size > 0
    })
  }

  async list(path: string): Promise<readonly FolderEntry[]> {
    await this.#turn()
    const folder = posix.normalize(path)
    this.#checkFolder(folder, 'list')
    return this.#childrenOf(folder)
      .map((child): FolderEntry => {
        const kind = this.#seen.get(child) === 'folder' ? 'folder' : 'file'
        return { name: posix.basename(child), kind }
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  async stat(path: string): Promise<FileFacts | undefined> {
    await this.#turn()
    const node = this.#seen.get(posix.normalize(path))
    if (node === undefined) return undefined
    if (node === 'folder') return { kind: 'folder', sizeBytes: 0, modifiedMs: 0 }
    return { kind: 'file', sizeBytes: node.size, modifiedMs: node.modifiedMs }
  }

  /** Counts an operation, and rejects if it is to fail. */
  async begin(kind: OperationKind, path: string): Promise<void> {
    await this.#turn()
    const index = this.#operationCount
    this.#operationCount += 1
    this.#checkPower()
    const fault = this.#faultOf({ kind, path, index })
    if (fault !== undefined)
      throw new ElanusError(fault, `Could not ${kind} ${path}: a planned fault`)
  }

  /** Writes, or, if that fails, writes some of it. */
  async write(file: SimulatedFile, path: string, bytes: Uint8Array, offset: number): Promise<void> {
    try {
      await this.begin('write', path)
    } catch (error) {
      file.write(bytes.subarray(0, this.#random.below(bytes.length + 1)), offset)
      throw error
    }
    const growth = Math.max(0, offset + bytes.length - file.size)
    const room = this.capacityBytes - this.#usedBytes()
    if (growth > room) {
      file.write(bytes.subarray(0, Math.max(0, bytes.length - growth + Math.max(0, room))), offset)
      throw new ElanusError('DISK_FULL', `Could not write ${bytes.length} bytes to ${path}`)
    }
    file.write(bytes, offset)
  }

  async read(): Promise<void> {
    await this.#turn()
  }

  async #create(path: string): Promise<OpenFile> {
    await this.begin('create', path)
    const target = posix.normalize(path)
    this.#checkParent(target)
    if (this.#seen.has(target)) {
      throw new ElanusError('FILE_EXISTS', `Could not create ${path}: it exists`)
    }
    const file = new SimulatedFile()
    this.#change([posix.dirname(target)], (names) => names.set(target, file))
    return new SimulatedHandle(this, path, file)
  }

  #change(folders: readonly string[], apply: (names: Names) => void): void {
    apply(this.#seen)
    this.#unsynced.push({ folders: new Set(folders), apply })
  }

  #usedBytes(): number {
    let used = 0
    for (const node of this.#seen.values()) if (node !== 'folder') used += node.size
    return used
  }

  #childrenOf(folder: string): readonly string[] {
    return [...this.#seen.keys()].filter((path) => path !== '/' && posix.dirname(path) === folder)
  }

  #fileAt(path: string, attempted: string): SimulatedFile {
    const node = this.#seen.get(posix.normalize(path))
    if (node === undefined) throw absent(`${attempted} ${path}`)
    if (node === 'folder') throw failed(`${attempted} ${path}: it is a folder`)
    return node
  }

  #checkFolder(path: string, attempted: string): void {
    const node = this.#seen.get(path)
    if (node === undefined) throw absent(`${attempted} folder ${path}`)
    if (node !== 'folder') throw failed(`${attempted} folder ${path}: it is a file`)
  }

  #checkParent(path: string): void {
    this.#checkFolder(posix.dirname(path), 'reach')
  }

  #checkPower(): void {
    if (this.isPowerOff) throw failed('go on: the power is off')
  }

  /** Whatever reaches the disk takes a moment, in which others run. */
  async #turn(): Promise<void> {
    await Promise.resolve()
    this.#checkPower()
  }
}

class SimulatedHandle implements OpenFile {
  readonly path: string
  readonly #disk: SimulatedDisk
  readonly #file: SimulatedFile
  #isClosed = false

  constructor(disk: SimulatedDisk, path: string, file: SimulatedFile) {
    this.path = path
    this.#disk = disk
    this.#file = file
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    this.#checkOpen('read')
    await this.#disk.read()
    const found = this.#file.bytes.subarray(offset, offset + target.length)
    target.set(found)
    return found.length
  }

  async write(parts: readonly Uint8Array[], offset: number): Promise<void> {
    this.#checkOpen('write')
    if (byteLengthOf(parts) === 0) return
    await this.#disk.write(this.#file, this.path, concatBytes(parts), offset)
  }

  async datasync(): Promise<void> {
    this.#checkOpen('sync')
    try {
      await this.#disk.begin('datasync', this.path)
    } catch (error) {
      if (!this.#disk.isPowerOff) this.#file.failSync()
      throw error
    }
    this.#file.sync()
  }

  async truncate(sizeBytes: number): Promise<void> {
    this.#checkOpen('truncate')
    await this.#disk.begin('truncate', this.path)
    this.#file.truncate(sizeBytes)
  }

  async size(): Promise<number> {
    this.#checkOpen('look at')
    await this.#disk.read()
    return this.#file.size
  }

  async close(): Promise<void> {
    this.#checkOpen('close')
    this.#isClosed = true
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #checkOpen(attempted: string): void {
    if (this.#isClosed) throw failed(`${attempted} ${this.path}: it is closed`)
  }
}

function absent(attempted: string): ElanusError {
  return new ElanusError('FILE_NOT_FOUND', `Could not ${attempted}: there is no such file`)
}

function failed(attempted: string): ElanusError {
  return new ElanusError('IO_FAILED', `Could not ${attempted}`)
}
