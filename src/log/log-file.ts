import type { FileSystem, OpenFile } from '../base/file-system.ts'
import type { FileHeader } from './log-format.ts'
import { encodeFileHeader, fileHeaderSize, fileNameOf } from './log-format.ts'

/** One file of a channel, newest or not. */
export interface LogFile {
  readonly path: string
  readonly header: FileHeader
  /** Everything before this is durable records; what follows, if anything, is being written. */
  durableSize: number
}

/** The newest file, open for writing. */
export interface ActiveFile {
  readonly file: LogFile
  readonly handle: OpenFile
}

/**
 * Wraps a step after whose failure nobody can know what the disk holds, so that whoever passes it
 * in can give everything up.
 */
export type Guard = <T>(step: Promise<T>) => Promise<T>

/**
 * Makes a channel's next file. File, header and name are durable when it resolves, so that a record
 * is never in a file that a power cut could take. If it rejects, and no guarded step did, there is
 * no such file and the channel can go on without.
 */
export async function createLogFile(
  fileSystem: FileSystem,
  target: { readonly folder: string; readonly header: FileHeader; readonly guard: Guard },
): Promise<ActiveFile> {
  const { folder, header, guard } = target
  const path = `${folder}/${fileNameOf(header.first)}`
  const handle = await fileSystem.open(path, 'create')
  try {
    await handle.write([encodeFileHeader(header)], 0)
  } catch (error) {
    await guard(handle.close())
    await guard(fileSystem.unlink(path))
    await guard(fileSystem.syncFolder(folder))
    throw error
  }
  await guard(handle.datasync())
  await guard(fileSystem.syncFolder(folder))
  return { file: { path, header, durableSize: fileHeaderSize }, handle }
}
