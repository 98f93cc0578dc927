import { ElanusError } from '../base/errors.ts'
import type { FileSystem, OpenFile } from '../base/file-system.ts'
import { toId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import { timestampZero } from '../base/timestamp.ts'
import { kib } from '../base/units.ts'
import type { LogPosition } from './log.ts'
import type { ActiveFile, LogFile } from './log-file.ts'
import { createLogFile } from './log-file.ts'
import type { FileHeader, HeaderProblem } from './log-format.ts'
import {
  decodeFileHeader,
  decodeRecordHeader,
  fileHeaderSize,
  firstPositionOf,
  recordAlignment,
  recordHeaderSize,
} from './log-format.ts'
import { RecordCursor } from './record-cursor.ts'

/** A channel as it is found: whole, synced, and ready for its next record. */
export interface RecoveredChannel {
  /** Oldest first; the last is the active one. */
  readonly files: readonly LogFile[]
  readonly active: ActiveFile
  readonly next: LogPosition
  readonly lastTimestamp: Timestamp
}

export interface RecoverOptions {
  readonly fileSystem: FileSystem
  readonly folder: string
  readonly channelName: string
  readonly drawSalt: () => number
}

/**
 * Opens what the last process left, however it ended.
 *
 * Only the newest file can end in the middle of a group, because the next file is made when all
 * records of the one before are durable. There, a bad record and what follows it is cut off, unless
 * a record of a later group proves that it had been durable (see log-format). Older files have
 * their headers checked here, and every record when it is read. CORRUPT names file and offset.
 */
export async function recoverChannel(options: RecoverOptions): Promise<RecoveredChannel> {
  const { fileSystem, folder, channelName, drawSalt } = options
  await fileSystem.makeFolder(folder)
  const files = await openHeaders(options)
  // The process before may have died between making names and syncing them.
  await fileSystem.syncFolder(folder)

  const newest = files.at(-1)
  if (newest !== undefined) return recoverNewest(fileSystem, files, newest)
  const first = toId<LogPosition>(0n)
  const header = { channelName, salt: drawSalt(), first, timestampBefore: timestampZero }
  const active = await createLogFile(fileSystem, { folder, header, guard: (step) => step })
  return { files: [active.file], active, next: first, lastTimestamp: timestampZero }
}

/** Headers of all files, oldest first. A newest file that never got its header is dropped. */
async function openHeaders(options: RecoverOptions): Promise<readonly LogFile[]> {
  const { fileSystem, folder } = options
  const firsts = (await fileSystem.list(folder)).flatMap(({ name, kind }) => {
    const first = kind === 'file' ? firstPositionOf(name) : undefined
    return first === undefined ? [] : [{ path: `${folder}/${name}`, first }]
  })
  const files: LogFile[] = []
  for (const [i, { path, first }] of firsts.entries()) {
    const { header, size } = await readHeader(options, path, first)
    if (!('reason' in header)) {
      files.push({ path, header, durableSize: size })
      continue
    }
    // No record is written before the header is durable, so such a file holds nothing.
    const isUnborn = header.kind === 'torn' && size <= fileHeaderSize && i === firsts.length - 1
    if (!isUnborn || (i === 0 && first !== 0n)) throw corrupt(path, 0, header.reason)
    await fileSystem.unlink(path)
  }
  return files
}

async function readHeader(
  options: RecoverOptions,
  path: string,
  first: LogPosition,
): Promise<{ readonly header: FileHeader | HeaderProblem; readonly size: number }> {
  await using handle = await options.fileSystem.open(path, 'read')
  const size = await handle.size()
  const bytes = new Uint8Array(Math.min(size, fileHeaderSize))
  await handle.read(bytes, 0)
  return { header: decodeFileHeader(bytes, { channelName: options.channelName, first }), size }
}

async function recoverNewest(
  fileSystem: FileSystem,
  files: readonly LogFile[],
  newest: LogFile,
): Promise<RecoveredChannel> {
  const handle = await fileSystem.open(newest.path, 'update')
  try {
    const size = newest.durableSize
    const cursor = new RecordCursor(handle, newest.header, () => size)
    let step = await cursor.next()
    while (step.kind === 'record') step = await cursor.next()
    if (step.kind === 'bad') {
      await checkTorn(handle, { cursor, size, salt: newest.header.salt, reason: step.reason })
      await handle.truncate(cursor.offset)
      newest.durableSize = cursor.offset
    }
    // Records that were written but not acknowledged may still be in the page cache only; they are
    // about to be replayed, so they must stay. Also makes the cut last.
    await handle.datasync()
    const active = { file: newest, handle }
    return { files, active, next: cursor.position, lastTimestamp: cursor.timestamp }
  } catch (error) {
    await handle.close()
    throw error
  }
}

interface BadRecord {
  readonly cursor: RecordCursor
  readonly size: number
  readonly salt: number
  readonly reason: string
}

/** Rejects with CORRUPT if the bad record is no torn end. */
async function checkTorn(handle: OpenFile, badRecord: BadRecord): Promise<void> {
  const { cursor, reason } = badRecord
  const proofOffset = await findLaterGroup(handle, badRecord)
  if (proofOffset === undefined) return
  throw corrupt(
    handle.path,
    cursor.offset,
    `${reason}, and a later record at ${proofOffset} shows that position ${cursor.position} was durable`,
  )
}

/** What is searched in one go; chunks overlap by a header. */
const searchSize = 256 * kib

/**
 * The offset of a record header that was written when the record at the cursor was durable already.
 * Headers stand at multiples of eight and carry a salted checksum of their own, so neither the bad
 * record's length nor anything in a payload can mislead the search.
 */
async function findLaterGroup(
  handle: OpenFile,
  { cursor, size, salt }: BadRecord,
): Promise<number | undefined> {
  const buffer = new Uint8Array(searchSize)
  const start = cursor.offset + recordAlignment
  for (let chunk = start; chunk < size; chunk += searchSize - recordHeaderSize) {
    const bytes = buffer.subarray(0, await handle.read(buffer, chunk))
    for (let at = 0; at + recordHeaderSize <= bytes.length; at += recordAlignment) {
      const header = decodeRecordHeader(bytes, at, salt)
      if (header === undefined) continue
      if (header.position - BigInt(header.unsyncedCount) > cursor.position) return chunk + at
    }
  }
  return undefined
}

export function corrupt(path: string, offset: number, reason: string): ElanusError {
  return new ElanusError('CORRUPT', `Cannot read ${path} at offset ${offset}: ${reason}`)
}
