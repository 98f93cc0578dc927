import { ElanusError } from '../../base/errors.ts'

/**
 * A StringArray as it lies in a message: for each value the tag of field 1, its length as a varint,
 * and its UTF-8 bytes.
 *
 *     0a 03 f o o   0a 00   0a 02 h i
 *
 * It is read into one run of bytes and the offsets in it, so that a million short values make two
 * arrays and not a million objects.
 */
const valueTag = 0x0a
/** Field 2, a varint. */
const numberTag = 0x10

/** Value i lies in `bytes` from offsets[i] to offsets[i + 1]. */
export interface StringRun {
  readonly offsets: Uint32Array
  readonly bytes: Uint8Array
}

/** The values of a StringArray, `count` of them. INVALID_ARGUMENT when there are not as many. */
export function unpackStrings(message: Uint8Array, count: number): StringRun {
  // Each value takes two bytes or more, so what is allocated is bounded by what came.
  if (count > message.length) throw wrong(`${message.length} bytes cannot hold ${count} values`)
  const offsets = new Uint32Array(count + 1)
  const bytes = new Uint8Array(message.length)
  let read = 0
  let written = 0
  for (let index = 0; index < count; index += 1) {
    if (message[read] !== valueTag) throw wrong(`there are ${index} values, not ${count}`)
    const { value: length, next } = readLength(message, read + 1)
    if (next + length > message.length) throw wrong(`value ${index} is cut off`)
    bytes.set(message.subarray(next, next + length), written)
    written += length
    offsets[index + 1] = written
    read = next + length
  }
  if (read !== message.length) throw wrong(`there are more than ${count} values`)
  return { offsets, bytes: bytes.subarray(0, written) }
}

/**
 * The messages of field 1 of a message, `count` of them, each a view; field 2 may hold a number, which
 * is passed over. INVALID_ARGUMENT when there are not as many: they are counted before they are read.
 */
export function splitMessages(message: Uint8Array, count: number): readonly Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let read = 0; read < message.length; ) {
    const tag = message[read]
    const { value, next } = readLength(message, read + 1)
    read = tag === valueTag ? next + value : next
    if (tag === numberTag) continue
    if (tag !== valueTag || read > message.length) throw wrong(`part ${parts.length} is cut off`)
    if (parts.length === count) throw wrong(`there are more than ${count} parts`)
    parts.push(message.subarray(next, read))
  }
  if (parts.length < count) throw wrong(`there are ${parts.length} parts, not ${count}`)
  return parts
}

/** How many values there are; INVALID_ARGUMENT where they cannot be told apart. */
export function countStrings(message: Uint8Array): number {
  let count = 0
  for (let read = 0; read < message.length; ) {
    const tag = message[read]
    const { value, next } = readLength(message, read + 1)
    if (tag !== valueTag && tag !== numberTag) throw wrong(`value ${count} is no text`)
    read = tag === valueTag ? next + value : next
    if (tag === valueTag) count += 1
  }
  return count
}

/** The StringArray of a run of values. */
export function packStrings({ offsets, bytes }: StringRun): Uint8Array {
  const count = offsets.length - 1
  let size = 0
  for (let index = 0; index < count; index += 1) {
    const length = lengthAt(offsets, index)
    size += 1 + varintSize(length) + length
  }
  const message = new Uint8Array(size)
  let written = 0
  for (let index = 0; index < count; index += 1) {
    const length = lengthAt(offsets, index)
    const start = offsets[index] ?? 0
    message[written] = valueTag
    written = writeLength(message, written + 1, length)
    message.set(bytes.subarray(start, start + length), written)
    written += length
  }
  return message
}

function lengthAt(offsets: Uint32Array, index: number): number {
  return (offsets[index + 1] ?? 0) - (offsets[index] ?? 0)
}

function readLength(message: Uint8Array, from: number): { value: number; next: number } {
  let value = 0
  let next = from
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = message[next] ?? 0
    value |= (byte & 0x7f) << shift
    next += 1
    if (byte < 0x80) return { value, next }
  }
  // Four bytes of length are 256 MiB: no request is that long.
  throw wrong('a length has more than four bytes')
}

function writeLength(message: Uint8Array, from: number, length: number): number {
  let left = length
  let offset = from
  while (left >= 0x80) {
    message[offset] = (left & 0x7f) | 0x80
    left >>>= 7
    offset += 1
  }
  message[offset] = left
  return offset + 1
}

function varintSize(value: number): number {
  let size = 1
  for (let left = value >>> 7; left > 0; left >>>= 7) size += 1
  return size
}

function wrong(what: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', `Cannot read strings: ${what}`)
}
