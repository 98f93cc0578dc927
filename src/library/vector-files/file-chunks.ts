import { ElanusError } from '../../base/errors.ts'
import type { OpenFile } from '../../base/file-system.ts'
import { nodeFileSystem } from '../../base/node-file-system.ts'
import { mib } from '../../base/units.ts'

/** Small enough to be in memory many times over, large enough that calls do not count. */
const chunkBytesMax = 8 * mib

export interface RecordRange {
  /** Where the records begin. */
  readonly offset: number
  readonly recordBytes: number
  readonly recordCount: number
}

/**
 * Whole records of a file, some at a time, each time in a buffer of its own whose first byte may be
 * that of any number.
 */
export async function* readRecords(
  path: string,
  range: RecordRange,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { offset, recordBytes, recordCount } = range
  await using file = await nodeFileSystem.open(path, 'read')
  const step = Math.max(1, Math.floor(chunkBytesMax / recordBytes))
  for (let from = 0; from < recordCount; from += step) {
    const count = Math.min(step, recordCount - from)
    yield await readExactly(file, offset + from * recordBytes, count * recordBytes)
  }
}

/** The first bytes of a file, as many as there are, and its size. */
export async function readStart(
  path: string,
  lengthMax: number,
): Promise<{ readonly start: Uint8Array<ArrayBuffer>; readonly sizeBytes: number }> {
  await using file = await nodeFileSystem.open(path, 'read')
  const sizeBytes = await file.size()
  const start = await readExactly(file, 0, Math.min(lengthMax, sizeBytes))
  return { start, sizeBytes }
}

/** How many records a file holds from `offset` on. Throws INVALID_ARGUMENT for a part of one. */
export function countRecords(
  path: string,
  sizeBytes: number,
  { offset, recordBytes }: Omit<RecordRange, 'recordCount'>,
): number {
  const count = (sizeBytes - offset) / recordBytes
  if (Number.isInteger(count) && count >= 0) return count
  throw unreadable(path, `its ${sizeBytes} bytes are not whole vectors of ${recordBytes}`)
}

export function unreadable(path: string, reason: string, cause?: unknown): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', `Cannot read vectors from ${path}: ${reason}`, {
    cause,
  })
}

async function readExactly(
  file: OpenFile,
  offset: number,
  sizeBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(sizeBytes)
  const count = await file.read(bytes, offset)
  if (count < sizeBytes) throw unreadable(file.path, 'it became shorter while it was read')
  return bytes
}
