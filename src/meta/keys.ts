import { assert } from '../base/assert.ts'
import { concatBytes, viewOf } from '../base/bytes.ts'
import { int64Max, int64Min } from '../base/int64.ts'

/**
 * Keys sort as what they name: a table's byte, then parts of fixed width.
 *
 *     [ table u8 ][ int64, big-endian, sign bit flipped ] ...
 *
 * Big-endian with the sign flipped makes the order of the bytes the order of the numbers. A text
 * part is UTF-8, unterminated, and only ever the last: nothing can follow it.
 */
export type KeyPart = bigint | string

const signBit = 1n << 63n

export function encodeKey(table: number, parts: readonly KeyPart[]): Uint8Array {
  assert(table >= 0 && table <= 0xff, 'a table is named by a byte')
  const isTextLast = parts.every((part, i) => typeof part === 'bigint' || i === parts.length - 1)
  assert(isTextLast, 'a text part is the last')
  return concatBytes([Uint8Array.of(table), ...parts.map(encodePart)])
}

function encodePart(part: KeyPart): Uint8Array {
  if (typeof part === 'string') return new TextEncoder().encode(part)
  assert(part >= int64Min && part <= int64Max, 'a key part fits 64 bits')
  const bytes = new Uint8Array(8)
  viewOf(bytes).setBigUint64(0, BigInt.asUintN(64, part ^ signBit))
  return bytes
}

/** Whether `key` starts with `prefix`. */
export function hasPrefix(key: Uint8Array, prefix: Uint8Array): boolean {
  return key.length >= prefix.length && prefix.every((byte, i) => key[i] === byte)
}

/**
 * The smallest key that is greater than every key with this prefix; undefined when there is none,
 * for an empty prefix and one of nothing but 0xff.
 */
export function endOfPrefix(prefix: Uint8Array): Uint8Array | undefined {
  const last = prefix.findLastIndex((byte) => byte !== 0xff)
  if (last < 0) return undefined
  const end = prefix.slice(0, last + 1)
  end[last] = (end[last] ?? 0) + 1
  return end
}
