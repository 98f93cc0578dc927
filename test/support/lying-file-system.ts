import type { FileSystem, OpenFile } from '../../src/base/file-system.ts'

/**
 * A file system that claims to have synced and has not: the fault that a power-cut test must be
 * able to see. Everything else is done as asked.
 */
export function lyingFileSystem(honest: FileSystem): FileSystem {
  return {
    open: async (path, mode) => lyingFile(await honest.open(path, mode)),
    readFile: (path) => honest.readFile(path),
    rename: (from, to) => honest.rename(from, to),
    unlink: (path) => honest.unlink(path),
    makeFolder: (path) => honest.makeFolder(path),
    dropFolder: (path) => honest.dropFolder(path),
    syncFolder: (path) => honest.syncFolder(path),
    list: (path) => honest.list(path),
    stat: (path) => honest.stat(path),
  }
}

function lyingFile(honest: OpenFile): OpenFile {
  return {
    path: honest.path,
    read: (target, offset) => honest.read(target, offset),
    write: (parts, offset) => honest.write(parts, offset),
    datasync: async () => undefined,
    truncate: (sizeBytes) => honest.truncate(sizeBytes),
    size: () => honest.size(),
    close: () => honest.close(),
    [Symbol.asyncDispose]: () => honest.close(),
  }
}
