import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, readdir, readFile, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { byteLengthOf, skipBytes } from './bytes.ts'
import type { ErrorCode } from './errors.ts'
import { ElanusError } from './errors.ts'
import type {
  EntryKind,
  FileFacts,
  FileSystem,
  FolderEntry,
  OpenFile,
  OpenMode,
} from './file-system.ts'

/** The operating system's files, through Node. */
export const nodeFileSystem: FileSystem = {
  async open(path, mode) {
    const handle = await attempt(`open ${path} to ${mode}`, () => open(path, flagsOf[mode]))
    return new NodeFile(path, handle)
  },

  async readFile(path) {
    const bytes = await attempt(`read ${path}`, () => readFile(path))
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  },

  rename: (from, to) => attempt(`rename ${from} to ${to}`, () => rename(from, to)),
  unlink: (path) => attempt(`unlink ${path}`, () => unlink(path)),
  dropFolder: (path) => attempt(`drop folder ${path}`, () => rmdir(path)),

  async makeFolder(path) {
    const wanted = resolve(path)
    const topmostMade = await attempt(`make folder ${path}`, () =>
      mkdir(wanted, { recursive: true }),
    )
    if (topmostMade === undefined) return
    // Each new name is durable once the folder that holds it is synced.
    for (let made = wanted; made.length >= topmostMade.length; made = dirname(made)) {
      await nodeFileSystem.syncFolder(dirname(made))
    }
  },

  async syncFolder(path) {
    // Windows opens no folder as a file, and NTFS journals names by itself.
    if (process.platform === 'win32') return
    await attempt(`sync folder ${path}`, async () => {
      await using folder = await open(path, 'r')
      await folder.sync()
    })
  },

  async list(path) {
    const entries = await attempt(`list ${path}`, () => readdir(path, { withFileTypes: true }))
    return entries
      .map((entry): FolderEntry => ({ name: entry.name, kind: kindOf(entry) }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  },

  async stat(path): Promise<FileFacts | undefined> {
    try {
      const facts = await attempt(`look at ${path}`, () => stat(path))
      return { kind: kindOf(facts), sizeBytes: facts.size, modifiedMs: facts.mtimeMs }
    } catch (error) {
      if (error instanceof ElanusError && error.code === 'FILE_NOT_FOUND') return undefined
      throw error
    }
  },
}

const flagsOf = { read: 'r', update: 'r+', create: 'wx+' } as const satisfies Record<
  OpenMode,
  string
>

class NodeFile implements OpenFile {
  readonly path: string
  readonly #handle: FileHandle

  constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  read(target: Uint8Array, offset: number): Promise<number> {
    return attempt(`read ${target.length} bytes of ${this.path} at ${offset}`, async () => {
      let filled = 0
      while (filled < target.length) {
        const { bytesRead } = await this.#handle.read(target.subarray(filled), {
          position: offset + filled,
        })
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return filled
    })
  }

  write(parts: readonly Uint8Array[], offset: number): Promise<void> {
    const total = byteLengthOf(parts)
    return attempt(`write ${total} bytes to ${this.path} at ${offset}`, async () => {
      // The kernel may take less than all, most often just before a disk is full: the next call
      // then says why.
      let rest = parts.filter((part) => part.length > 0)
      let written = 0
      while (written < total) {
        const { bytesWritten } = await this.#handle.writev(
          rest.slice(0, partCountMax),
          offset + written,
        )
        written += bytesWritten
        rest = skipBytes(rest, bytesWritten)
      }
    })
  }

  datasync(): Promise<void> {
    return attempt(`sync ${this.path}`, () => this.#handle.datasync())
  }

  truncate(sizeBytes: number): Promise<void> {
    return attempt(`truncate ${this.path} to ${sizeBytes} bytes`, () =>
      this.#handle.truncate(sizeBytes),
    )
  }

  async size(): Promise<number> {
    const facts = await attempt(`look at ${this.path}`, () => this.#handle.stat())
    return facts.size
  }

  close(): Promise<void> {
    return attempt(`close ${this.path}`, () => this.#handle.close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** What one gathering write of POSIX takes at most (IOV_MAX on Linux and macOS). */
const partCountMax = 1024

function kindOf(entry: Pick<Stats, 'isFile' | 'isDirectory'>): EntryKind {
  if (entry.isFile()) return 'file'
  return entry.isDirectory() ? 'folder' : 'other'
}

async function attempt<T>(attempted: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toFileError(error, attempted)
  }
}

function toFileError(thrown: unknown, attempted: string): ElanusError {
  if (thrown instanceof ElanusError) return thrown
  const systemCode = systemCodeOf(thrown)
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new ElanusError(codeOf(systemCode), `Could not ${attempted}: ${reason}`, { cause: thrown })
}

function systemCodeOf(thrown: unknown): string {
  const isSystemError = thrown instanceof Error && 'code' in thrown
  return isSystemError && typeof thrown.code === 'string' ? thrown.code : ''
}

function codeOf(systemCode: string): ErrorCode {
  switch (systemCode) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'DISK_FULL'
    case 'ENOENT':
      return 'FILE_NOT_FOUND'
    case 'EEXIST':
      return 'FILE_EXISTS'
    default:
      return 'IO_FAILED'
  }
}
