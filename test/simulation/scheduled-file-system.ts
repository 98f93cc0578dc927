import type { FileSystem, OpenFile } from '../../src/base/file-system.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** A disk as a process uses it: everything that is asked of it takes a while, and then is done. */
export function scheduledFileSystem(disk: FileSystem, process: SimulatedProcess): FileSystem {
  const after = async <T>(label: string, work: () => Promise<T>, toMs = 0.5): Promise<T> => {
    await process.pause(label, 0, toMs)
    return work()
  }
  return {
    open: async (path, mode) =>
      scheduledFile(await after(`${mode} ${path}`, () => disk.open(path, mode)), after),
    readFile: (path) => after(`read ${path}`, () => disk.readFile(path)),
    rename: (from, to) => after(`rename to ${to}`, () => disk.rename(from, to)),
    unlink: (path) => after(`unlink ${path}`, () => disk.unlink(path)),
    makeFolder: (path) => after(`make ${path}`, () => disk.makeFolder(path)),
    dropFolder: (path) => after(`drop ${path}`, () => disk.dropFolder(path)),
    syncFolder: (path) => after(`sync ${path}`, () => disk.syncFolder(path), 5),
    list: (path) => after(`list ${path}`, () => disk.list(path)),
    stat: (path) => after(`stat ${path}`, () => disk.stat(path)),
  }
}

function scheduledFile(
  file: OpenFile,
  after: <T>(label: string, work: () => Promise<T>, toMs?: number) => Promise<T>,
): OpenFile {
  const { path } = file
  const close = (): Promise<void> => after(`close ${path}`, () => file.close())
  return {
    path,
    read: (target, offset) => after(`read ${path}`, () => file.read(target, offset)),
    write: (parts, offset) => after(`write ${path}`, () => file.write(parts, offset)),
    datasync: () => after(`sync ${path}`, () => file.datasync(), 5),
    truncate: (sizeBytes) => after(`truncate ${path}`, () => file.truncate(sizeBytes)),
    size: () => after(`size of ${path}`, () => file.size()),
    close,
    [Symbol.asyncDispose]: close,
  }
}
