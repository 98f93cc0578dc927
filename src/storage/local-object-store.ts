import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { byteLengthOf, concatBytes } from '../base/bytes.ts'
import { crc32c } from '../base/crc32c.ts'
import { ElanusError } from '../base/errors.ts'
import type { FileSystem, OpenFile } from '../base/file-system.ts'
import { mib } from '../base/units.ts'
import { checkObjectName, checkObjectPrefix } from './object-name.ts'
import type { ObjectFacts, ObjectListing, ObjectStore } from './object-store.ts'

/** Where an object lies until it is whole: one folder, so that leftovers are found at once. */
const unfinishedFolder = '.unfinished'
/** Small chunks are gathered up to this, so that a file is written in few calls. */
const writeSizeBytes = 1 * mib
const readSizeBytes = 1 * mib

/**
 * Objects as files of one folder; an object's name is its path there.
 *
 *     write .unfinished/<random> ─▶ datasync ─▶ rename to its name ─▶ sync the folder
 *
 * A crash leaves an unfinished file at most, which the next `open` drops. Several threads may have
 * the folder open at once: one opens it, the others attach.
 */
export class LocalObjectStore implements ObjectStore {
  readonly #folder: string
  readonly #fileSystem: FileSystem

  private constructor(folder: string, fileSystem: FileSystem) {
    this.#folder = folder
    this.#fileSystem = fileSystem
  }

  /** Makes the folder where it is absent and drops what a crash left unfinished. */
  static async open(folder: string, fileSystem: FileSystem): Promise<LocalObjectStore> {
    const unfinished = join(folder, unfinishedFolder)
    await fileSystem.makeFolder(unfinished)
    for (const entry of await fileSystem.list(unfinished)) {
      if (entry.kind === 'file') await fileSystem.unlink(join(unfinished, entry.name))
    }
    return LocalObjectStore.attach(folder, fileSystem)
  }

  /** For a thread beside the one that opened the folder. */
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
      await this.#fileSystem.makeFolder(dirname(path))
      await this.#refuseTaken(name, path)
      await this.#fileSystem.rename(unfinished, path)
      await this.#fileSystem.syncFolder(dirname(path))
      return facts
    } catch (error) {
      await this.#discard(unfinished)
      throw error
    }
  }

  async get(name: string, expected?: ObjectFacts): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const chunk of this.stream(name, expected)) chunks.push(chunk)
    const [only] = chunks
    return chunks.length === 1 && only !== undefined ? only : concatBytes(chunks)
  }

  async *stream(name: string, expected?: ObjectFacts): AsyncIterable<Uint8Array> {
    const path = this.#pathOf(name)
    await using file = await this.#open(name, path)
    const sizeBytes = await file.size()
    if (expected !== undefined && sizeBytes !== expected.sizeBytes) {
      throw corrupt(name, `it has ${sizeBytes} bytes and should have ${expected.sizeBytes}`)
    }
    let sum = 0
    for (let offset = 0; offset < sizeBytes; ) {
      const chunk = new Uint8Array(Math.min(readSizeBytes, sizeBytes - offset))
      const count = await file.read(chunk, offset)
      if (count < chunk.length) throw corrupt(name, `it ends at ${offset + count} of ${sizeBytes}`)
      sum = crc32c(chunk, sum)
      offset += count
      yield chunk
    }
    if (expected !== undefined && sum !== expected.crc32c) {
      throw corrupt(name, `its checksum is ${hex(sum)} and should be ${hex(expected.crc32c)}`)
    }
  }

  async *list(prefix: string): AsyncIterable<ObjectListing> {
    checkObjectPrefix(prefix)
    const folder = join(this.#folder, prefix)
    if ((await this.#fileSystem.stat(folder))?.kind !== 'folder') return
    for (const entry of await this.#fileSystem.list(folder)) {
      // A name that starts with a dot is the store's own or a stranger's.
      if (entry.name.startsWith('.')) continue
      const name = `${prefix}${entry.name}`
      if (entry.kind === 'folder') yield* this.list(`${name}/`)
      else if (entry.kind === 'file') yield* this.#listingOf(name)
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
    await this.#fileSystem.syncFolder(dirname(path))
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

  async #open(name: string, path: string): Promise<OpenFile> {
    try {
      return await this.#fileSystem.open(path, 'read')
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

function isAbsent(error: unknown): boolean {
  return error instanceof ElanusError && error.code === 'FILE_NOT_FOUND'
}

function corrupt(name: string, reason: string): ElanusError {
  return new ElanusError('CORRUPT', `Cannot read object ${name}: ${reason}`)
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, '0')
}
