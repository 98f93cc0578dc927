import { assert } from '../base/assert.ts'
import { viewOf } from '../base/bytes.ts'
import { crc32c } from '../base/crc32c.ts'
import { int64Max, toId } from '../base/int64.ts'
import { limits } from '../base/limits.ts'
import type { Timestamp } from '../base/timestamp.ts'
import type { LogPosition } from './log.ts'

/**
 * A channel is a folder of files, each named for the position of its first record in twenty digits:
 * `00000000000000000000.log`. All numbers are little-endian and unsigned.
 *
 * A file opens with a header, durable before the first record is written:
 *
 *      0 ┌──────────────────────────┬──────────────────────────┐
 *        │ magic "ELOG"             │ version                  │
 *      8 ├──────────────────────────┼──────────────────────────┤
 *        │ CRC of the channel name  │ salt                     │
 *     16 ├──────────────────────────┴──────────────────────────┤
 *        │ position of the first record                        │
 *     24 ├─────────────────────────────────────────────────────┤
 *        │ timestamp of the record before it, or 0             │
 *     32 ├──────────────────────────┬──────────────────────────┤
 *        │ 0                        │ CRC of bytes 0–35        │
 *     40 └──────────────────────────┴──────────────────────────┘
 *
 * Records follow without gaps, each from a multiple of eight bytes on:
 *
 *      0 ┌──────────────────────────┬──────────────────────────┐
 *        │ payload length           │ CRC of the payload       │
 *      8 ├──────────────────────────┴──────────────────────────┤
 *        │ position                                            │
 *     16 ├─────────────────────────────────────────────────────┤
 *        │ timestamp                                           │
 *     24 ├──────────────────────────┬──────────────────────────┤
 *        │ unsynced: see below      │ CRC of bytes 0–27        │
 *     32 ├──────────────────────────┴──────────────────────────┤
 *        │ payload, then zeros up to a multiple of eight       │
 *        └─────────────────────────────────────────────────────┘
 *
 * All CRCs are CRC-32C; the one of a record's header starts from the file's salt. The salt is random:
 * what a client sends can never pass for a record, and neither can what an older file left on the
 * disk.
 *
 * `unsynced` counts the records right before this one that were not durable yet when it was
 * written: they and it are one group, made durable by one sync. After a power cut a disk may hold
 * any part of the last group. So a bad record is the torn end of the log as long as everything
 * valid after it belongs to its own group; a later group was written only once the bad record had
 * been durable, and proves damage.
 */
export const fileHeaderSize = 40
export const recordHeaderSize = 32
export const recordAlignment = 8

const magic = 0x474f_4c45
const versionNewest = 1

export interface FileHeader {
  readonly channelName: string
  readonly salt: number
  readonly first: LogPosition
  /** Of the record before the first, or zero. */
  readonly timestampBefore: Timestamp
}

export interface RecordHeader {
  readonly payloadSize: number
  readonly payloadCrc: number
  readonly position: LogPosition
  readonly timestamp: Timestamp
  readonly unsyncedCount: number
}

const fileName = /^\d{20}\.log$/

export function fileNameOf(first: LogPosition): string {
  return `${first.toString().padStart(20, '0')}.log`
}

/** The position of the first record, by the file's name; undefined for a file that is not ours. */
export function firstPositionOf(name: string): LogPosition | undefined {
  if (!fileName.test(name)) return undefined
  const first = BigInt(name.slice(0, 20))
  return first > int64Max ? undefined : toId<LogPosition>(first)
}

export function encodeFileHeader(header: FileHeader): Uint8Array {
  const bytes = new Uint8Array(fileHeaderSize)
  const view = viewOf(bytes)
  view.setUint32(0, magic, true)
  view.setUint32(4, versionNewest, true)
  view.setUint32(8, crcOfName(header.channelName), true)
  view.setUint32(12, header.salt, true)
  view.setBigUint64(16, header.first, true)
  view.setBigUint64(24, header.timestampBefore, true)
  view.setUint32(36, crc32c(bytes.subarray(0, 36)), true)
  return bytes
}

/**
 * What a header can be besides good. `torn`: as a power cut leaves it that comes before the file's
 * first sync. `refused`: written whole, and not for us.
 */
export interface HeaderProblem {
  readonly kind: 'torn' | 'refused'
  readonly reason: string
}

export function decodeFileHeader(
  bytes: Uint8Array,
  expected: Pick<FileHeader, 'channelName' | 'first'>,
): FileHeader | HeaderProblem {
  if (bytes.length < fileHeaderSize) return { kind: 'torn', reason: 'its header is cut short' }
  const view = viewOf(bytes)
  if (view.getUint32(0, true) !== magic) return { kind: 'torn', reason: 'it is not a log file' }
  const version = view.getUint32(4, true)
  if (version !== versionNewest) {
    const reason = `its version is ${version}, and the newest known is ${versionNewest}`
    return { kind: 'refused', reason }
  }
  if (view.getUint32(36, true) !== crc32c(bytes.subarray(0, 36))) {
    return { kind: 'torn', reason: 'its header is damaged' }
  }
  const first = view.getBigUint64(16, true)
  if (first !== expected.first) {
    return { kind: 'refused', reason: `its header says that it starts at position ${first}` }
  }
  if (view.getUint32(8, true) !== crcOfName(expected.channelName)) {
    return { kind: 'refused', reason: 'its header is of another channel' }
  }
  return {
    channelName: expected.channelName,
    salt: view.getUint32(12, true),
    first: expected.first,
    timestampBefore: toId<Timestamp>(view.getBigInt64(24, true)),
  }
}

function crcOfName(name: string): number {
  return crc32c(new TextEncoder().encode(name))
}

/** What a record with this payload takes in the file. */
export function recordSizeOf(payloadSize: number): number {
  const unpadded = recordHeaderSize + payloadSize
  return unpadded + (-unpadded & (recordAlignment - 1))
}

export function encodeRecordHeader(target: Uint8Array, header: RecordHeader, salt: number): void {
  assert(target.length === recordHeaderSize, 'a record header has its room')
  const view = viewOf(target)
  view.setUint32(0, header.payloadSize, true)
  view.setUint32(4, header.payloadCrc, true)
  view.setBigUint64(8, header.position, true)
  view.setBigUint64(16, header.timestamp, true)
  view.setUint32(24, header.unsyncedCount, true)
  view.setUint32(28, crc32c(target.subarray(0, 28), salt), true)
}

/** The header at `offset`; undefined if its checksum does not match. */
export function decodeRecordHeader(
  bytes: Uint8Array,
  offset: number,
  salt: number,
): RecordHeader | undefined {
  const header = bytes.subarray(offset, offset + recordHeaderSize)
  const view = viewOf(header)
  if (view.getUint32(28, true) !== crc32c(header.subarray(0, 28), salt)) return undefined
  return {
    payloadSize: view.getUint32(0, true),
    payloadCrc: view.getUint32(4, true),
    position: toId<LogPosition>(view.getBigInt64(8, true)),
    timestamp: toId<Timestamp>(view.getBigInt64(16, true)),
    unsyncedCount: view.getUint32(24, true),
  }
}

assert(fileHeaderSize % recordAlignment === 0, 'the first record is aligned')
assert(recordHeaderSize % recordAlignment === 0, 'a payload is aligned')
assert(recordSizeOf(limits.logRecordSizeBytesMax) < 2 ** 32, 'a length fits its four bytes')
