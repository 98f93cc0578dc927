import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { byteLengthOf } from '../base/bytes.ts'
import { crc32c } from '../base/crc32c.ts'
import { ElanusError } from '../base/errors.ts'
import type { FileSystem, FolderEntry, OpenFile } from '../base/file-system.ts'
import { mib } from '../base/units.ts'
import { checkObjectName, checkObjectPrefix } from './object-name.ts'
import type { ObjectFacts, ObjectListing, ObjectStore } from './object-store.ts'

/** Where an object lies until it is whole: one folder, so that leftovers are found at once. */
const unfinishedFolder = '.unfinished'
/** Small chunks are gathered up to this, so that a file is written in few calls. */
const writeSizeBytes = 1 * mib
const readSizeBytes = 1 * mib
/** How often a folder is made again that was dropped, being empty, just before it was used. */
const folderAttemptCountMax = 16

/**
 * Objects as files of one folder; an object's name is its path there.
 *
 *     write .unfinished/<random> ─▶ datasync ─▶ rename to its name ─▶ sync both folders
 *
 * A crash leaves an unfinished file at most. Several threads and processes may have the folder open
 * at once: one opens it, the others attach. Folders that have become empty are dropped with their last
 * object; whoever was about to put one into such a folder makes it again.
 */
export class LocalObjectStore implements ObjectStore {
  readonly #folder: string
  readonly #fileSystem: FileSystem

  private constructor(folder: string, fileSystem: FileSystem) {
    this.#folder = folder
    this.#fileSystem = fileSystem
  }

  /** Makes the folder where it is absent. */
  static async open(folder: string, fileSystem: FileSystem): Promise<LocalObjectStore> {
    await fileSystem.makeFolder(join(folder, unfinishedFolder))
    return LocalObjectStore.attach(folder, fileSystem)
  }

  /** For a thread or process beside the one that opened the folder. */
  static attach(folder: string, fileSystem: FileSystem): LocalObjectStore {
    return new LocalObjectStore(folder, fileSystem)
  }

  async put(
    name: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<ObjectFacts> {
    const path = this.#pathOf(name)
    const unfinished = join(this.#folder, unfinishedFolder, randomUUID())
    try {
      const facts = await this.#write(unfinished, chunks)
      await this.#refuseTaken(name, path)
      await this.#moveInto(unfinished, path)
      await this.#fileSystem.syncFolder(dirname(unfinished))
      return facts
    } catch (error) {
      await this.#discard(unfinished)
      throw error
    }
  }

  async get(name: string, expected?: ObjectFacts): Promise<Uint8Array> {
    await using file = await this.#open(name)
    const sizeBytes = await expectSize(file, name, expected)
    const bytes = new Uint8Array(sizeBytes)
    await readWhole(file, name, bytes, 0)
    if (expected !== undefined) compareSums(name, crc32c(bytes), expected)
    return bytes
  }

  /**
   * Reads an object that is checked twice, the second time from the system's cache: its readers parse
   * formats that were not made to meet damage, and the alternative is to hold it whole.
   */
  async *stream(name: string, expected?: ObjectFacts): AsyncIterable<Uint8Array> {
    await using file = await this.#open(name)
    const sizeBytes = await expectSize(file, name, expected)
    if (expected !== undefined) compareSums(name, await sumOf(file, name, sizeBytes), expected)
    for (let offset = 0; offset < sizeBytes; offset += readSizeBytes) {
      const chunk = new Uint8Array(Math.min(readSizeBytes, sizeBytes - offset))
      await readWhole(file, name, chunk, offset)
      yield chunk
    }
  }

  async *list(prefix: string): AsyncIterable<ObjectListing> {
    checkObjectPrefix(prefix)
    for (const entry of await this.#entries(join(this.#folder, prefix.slice(0, -1)))) {
      // A name that starts with a dot is the store's own or a stranger's.
      if (entry.name.startsWith('.')) continue
      const name = `${prefix}${entry.name}`
      if (entry.kind === 'folder') yield* this.list(`${name}/`)
      else if (entry.kind === 'file') yield* this.#listingOf(name)
    }
  }

  /** None where the folder is gone, also if that has happened since it was seen. */
  async #entries(folder: string): Promise<readonly FolderEntry[]> {
    if ((await this.#fileSystem.stat(folder))?.kind !== 'folder') return []
    try {
      return await this.#fileSystem.list(folder)
    } catch (error) {
      if (isAbsent(error)) return []
      throw error
    }
  }

  async drop(name: string): Promise<void> {
    const path = this.#pathOf(name)
    try {
      await this.#fileSystem.unlink(path)
    } catch (error) {
      // Dropping what is gone is how a drop that a crash cut short is repeated.
      if (isAbsent(error)) return
      throw error
    }
    await this.#dropEmptyFolders(dirname(path))
  }

  async dropUnfinished(before: { readonly modifiedMs: number }): Promise<void> {
    const folder = join(this.#folder, unfinishedFolder)
    for (const { kind, name } of await this.#fileSystem.list(folder)) {
      if (kind !== 'file') continue
      const facts = await this.#fileSystem.stat(join(folder, name))
      if (facts !== undefined && facts.modifiedMs < before.modifiedMs) {
        await this.#discard(join(folder, name))
      }
    }
  }

  /** Makes the name durable; again, if the folder was dropped in between. */
  async #moveInto(unfinished: string, path: string): Promise<void> {
    const folder = dirname(path)
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#fileSystem.makeFolder(folder)
        await this.#fileSystem.rename(unfinished, path)
        break
      } catch (error) {
        if (!isAbsent(error) || attempt === folderAttemptCountMax) throw error
      }
    }
    await this.#fileSystem.syncFolder(folder)
  }

  /** From a folder that has just lost an object upwards, as long as they are empty. */
  async #dropEmptyFolders(lowest: string): Promise<void> {
    for (let folder = lowest; folder !== this.#folder; folder = dirname(folder)) {
      try {
        await this.#fileSystem.dropFolder(folder)
      } catch {
        // It holds something, or another thread has dropped it: either way the object is gone from it.
        await this.#syncIfThere(folder)
        return
      }
    }
    await this.#fileSystem.syncFolder(this.#folder)
  }

  async #syncIfThere(folder: string): Promise<void> {
    try {
      await this.#fileSystem.syncFolder(folder)
    } catch (error) {
      if (!isAbsent(error)) throw error
    }
  }

  async *#listingOf(name: string): AsyncIterable<ObjectListing> {
    const facts = await this.#fileSystem.stat(join(this.#folder, name))
    // It may have been dropped since the folder was read.
    if (facts === undefined) return
    yield { name, sizeBytes: facts.sizeBytes, modifiedMs: facts.modifiedMs }
  }

  async #write(
    path: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<ObjectFacts> {
    await using file = await this.#fileSystem.open(path, 'create')
    let sum = 0
    let sizeBytes = 0
    for await (const parts of gatherChunks(chunks)) {
      for (const part of parts) sum = crc32c(part, sum)
      await file.write(parts, sizeBytes)
      sizeBytes += byteLengthOf(parts)
    }
    await file.datasync()
    return { sizeBytes, crc32c: sum }
  }

  async #refuseTaken(name: string, path: string): Promise<void> {
    if ((await this.#fileSystem.stat(path)) === undefined) return
    throw new ElanusError('FILE_EXISTS', `Cannot write object ${name}: it exists already`)
  }

  async #discard(path: string): Promise<void> {
    try {
      await this.#fileSystem.unlink(path)
    } catch {
      // The caller gets the error that came first; what is left is dropped by the next open.
    }
  }

  async #open(name: string): Promise<OpenFile> {
    try {
      return await this.#fileSystem.open(this.#pathOf(name), 'read')
    } catch (cause) {
      if (!isAbsent(cause)) throw cause
      throw new ElanusError('OBJECT_NOT_FOUND', `Cannot read object ${name}: there is none`, {
        cause,
      })
    }
  }

  #pathOf(name: string): string {
    checkObjectName(name)
    return join(this.#folder, name)
  }
}

/** Chunks in groups that are worth a write. */
async function* gatherChunks(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncIterable<readonly Uint8Array[]> {
  let parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    sizeBytes += chunk.length
    if (sizeBytes < writeSizeBytes) continue
    yield parts
    parts = []
    sizeBytes = 0
  }
  if (parts.length > 0) yield parts
}

async function expectSize(
  file: OpenFile,
  name: string,
  expected: ObjectFacts | undefined,
): Promise<number> {
  const sizeBytes = await file.size()
  if (expected !== undefined && sizeBytes !== expected.sizeBytes) {
    throw corrupt(name, `it has ${sizeBytes} bytes and should have ${expected.sizeBytes}`)
  }
  return sizeBytes
}

async function sumOf(file: OpenFile, name: string, sizeBytes: number): Promise<number> {
  const buffer = new Uint8Array(Math.min(readSizeBytes, sizeBytes))
  let sum = 0
  for (let offset = 0; offset < sizeBytes; offset += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, sizeBytes - offset))
    await readWhole(file, name, piece, offset)
    sum = crc32c(piece, sum)
  }
  return sum
}

async function readWhole(
  file: OpenFile,
  name: string,
  target: Uint8Array,
  offset: number,
): Promise<void> {
  const count = await file.read(target, offset)
  if (count < target.length) throw corrupt(name, `it ends in the middle, at byte ${offset + count}`)
}

function compareSums(name: string, sum: number, expected: ObjectFacts): void {
  if (sum === expected.crc32c) return
  throw corrupt(name, `its checksum is ${hex(sum)} and should be ${hex(expected.crc32c)}`)
}

function isAbsent(error: unknown): boolean {
  return error instanceof ElanusError && error.code === 'FILE_NOT_FOUND'
}

function corrupt(name: string, reason: string): ElanusError {
  return new ElanusError('CORRUPT', `Cannot read object ${name}: ${reason}`)
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, '0')
}
