import { setImmediate } from 'node:timers/promises'
import { crc32c, crc32cOf } from '../base/crc32c.ts'
import type { Timestamp } from '../base/timestamp.ts'
import { kib, mib } from '../base/units.ts'
import type { LogPosition } from './log.ts'
import { encodeRecordHeader, recordAlignment, recordHeaderSize } from './log-format.ts'

export interface UnwrittenRecord {
  readonly position: LogPosition
  readonly timestamp: Timestamp
  readonly parts: readonly Uint8Array[]
  readonly payloadSize: number
  readonly payloadCrc: number | Promise<number>
}

/** A part up to this size is copied next to its neighbours: fewer, larger parts for the kernel. */
const copiedPartSizeMax = 4 * kib
/** What is summed before other work of the thread gets its turn. */
const sliceSize = 1 * mib

/** The CRC of a payload: at once, or, so that a large one does not hold up the thread, in slices. */
export function checksumOf(parts: readonly Uint8Array[], size: number): number | Promise<number> {
  return size <= sliceSize ? crc32cOf(parts) : checksumInSlices(parts)
}

async function checksumInSlices(parts: readonly Uint8Array[]): Promise<number> {
  let crc = 0
  for (const part of parts) {
    for (let offset = 0; offset < part.length; offset += sliceSize) {
      crc = crc32c(part.subarray(offset, offset + sliceSize), crc)
      if (part.length > copiedPartSizeMax) await setImmediate()
    }
  }
  return crc
}

/**
 * The bytes of a group as they go to the file, in as few parts as is cheap: headers, padding and
 * small parts are gathered, large ones are views of the caller's.
 */
export async function encodeGroup(
  records: readonly UnwrittenRecord[],
  salt: number,
): Promise<readonly Uint8Array[]> {
  const gatherer = new Gatherer(gatheredSizeOf(records))
  for (const [unsyncedCount, record] of records.entries()) {
    const { position, timestamp, parts, payloadSize } = record
    const payloadCrc =
      typeof record.payloadCrc === 'number' ? record.payloadCrc : await record.payloadCrc
    const header = { payloadSize, payloadCrc, position, timestamp, unsyncedCount }
    encodeRecordHeader(gatherer.reserve(recordHeaderSize), header, salt)
    for (const part of parts) gatherer.add(part)
    gatherer.reserve(-payloadSize & (recordAlignment - 1))
  }
  return gatherer.finish()
}

function gatheredSizeOf(records: readonly UnwrittenRecord[]): number {
  let size = 0
  for (const { parts } of records) {
    size += recordHeaderSize + recordAlignment
    for (const part of parts) if (part.length <= copiedPartSizeMax) size += part.length
  }
  return size
}

/** Lays small pieces into one buffer, and closes a run of them whenever a large part comes between. */
class Gatherer {
  readonly #parts: Uint8Array[] = []
  readonly #buffer: Uint8Array
  #runStart = 0
  #used = 0

  constructor(size: number) {
    this.#buffer = new Uint8Array(size)
  }

  /** Zeros for the caller to fill in. */
  reserve(size: number): Uint8Array {
    this.#used += size
    return this.#buffer.subarray(this.#used - size, this.#used)
  }

  add(part: Uint8Array): void {
    if (part.length <= copiedPartSizeMax) {
      this.reserve(part.length).set(part)
    } else {
      this.#endRun()
      this.#parts.push(part)
    }
  }

  finish(): readonly Uint8Array[] {
    this.#endRun()
    return this.#parts
  }

  #endRun(): void {
    if (this.#used === this.#runStart) return
    this.#parts.push(this.#buffer.subarray(this.#runStart, this.#used))
    this.#runStart = this.#used
  }
}
