/**
 * Files as the log, meta and the object store touch them. Everything that decides durability is an
 * explicit call, so that a simulated disk can stand in and lose whatever was not synced:
 *
 *     write ──► page cache ──datasync──► durable content
 *     create, rename, unlink ──► cached folder ──syncFolder──► durable name
 *
 * Every method rejects with an ElanusError: FILE_NOT_FOUND, FILE_EXISTS, DISK_FULL (no space or
 * quota left), or IO_FAILED for the rest; the message names the path, the cause is kept.
 */
export interface FileSystem {
  open(path: string, mode: OpenMode): Promise<OpenFile>
  /** The whole file; FILE_NOT_FOUND when it is absent. The caller owns the bytes. */
  readFile(path: string): Promise<Uint8Array>
  /** Puts `from` in the place of `to`, atomically; both folders must be synced to make it durable. */
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Makes the folder, and those above it, where absent. All are durable when it resolves. */
  makeFolder(path: string): Promise<void>
  /** Drops an empty folder. */
  dropFolder(path: string): Promise<void>
  /** Makes the names in a folder durable as they are: files created, renamed and unlinked. */
  syncFolder(path: string): Promise<void>
  /** What a folder holds, in the order of the names. */
  list(path: string): Promise<readonly FolderEntry[]>
  /** Undefined when nothing is there. */
  stat(path: string): Promise<FileFacts | undefined>
}

/**
 * `read`: the file exists. `update`: it exists, and is read and written. `create`: it must not exist
 * (FILE_EXISTS), and is read and written.
 */
export type OpenMode = 'read' | 'update' | 'create'

/** Offsets count bytes from zero. Calls on one file may overlap in time, except with `close`. */
export interface OpenFile extends AsyncDisposable {
  readonly path: string
  /** Fills `target` from `offset` on; returns how many bytes there were, fewer only at the end. */
  read(target: Uint8Array, offset: number): Promise<number>
  /** Writes the parts one after another. If it rejects, any of their bytes may have been written. */
  write(parts: readonly Uint8Array[], offset: number): Promise<void>
  /**
   * Makes content and size durable. After a rejection nobody can know what is durable, and a second
   * call may claim success without cause: give the file up.
   */
  datasync(): Promise<void>
  truncate(sizeBytes: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

export interface FolderEntry {
  readonly name: string
  readonly kind: EntryKind
}

export interface FileFacts {
  readonly kind: EntryKind
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/** `other`: a socket, a device, a link. We make none, and leave those that we meet alone. */
export type EntryKind = 'file' | 'folder' | 'other'
