import { assert } from '../base/assert.ts'
import { viewOf } from '../base/bytes.ts'
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

export function encodeKey(table: number, parts: readonly KeyPart[]): Uint8Array {
  assert(table >= 0 && table <= 0xff, 'a table is named by a byte')
  const last = parts.at(-1)
  const text = typeof last === 'string' ? encoder.encode(last) : undefined
  const numberCount = text === undefined ? parts.length : parts.length - 1
  const key = new Uint8Array(1 + numberCount * partSize + (text?.length ?? 0))
  const view = viewOf(key)
  key[0] = table
  for (let i = 0; i < numberCount; i++) {
    const part = parts[i]
    assert(typeof part === 'bigint', 'a text part is the last')
    assert(part >= int64Min && part <= int64Max, 'a key part fits 64 bits')
    view.setBigInt64(1 + i * partSize, part)
    view.setUint8(1 + i * partSize, view.getUint8(1 + i * partSize) ^ 0x80)
  }
  if (text !== undefined) key.set(text, 1 + numberCount * partSize)
  return key
}

const partSize = 8
const encoder = new TextEncoder()

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
