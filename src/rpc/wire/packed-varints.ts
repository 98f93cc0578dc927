import { ElanusError } from '../../base/errors.ts'

/**
 * Packed repeated integers: varints one after the other, each seven bits a byte, least significant
 * first, with the top bit set in all bytes but its last (Protocol Buffers, "Encoding").
 *
 *     300 = 0b10_0101100   ->   1_0101100  0_0000010
 *
 * Values are counted by their last bytes before a place is made for them, so a reader allocates what
 * the caller expects and never what the sender claims.
 */
const continues = 0x80
/** 64 bits, seven to a byte. A negative int32 takes as many. */
const varintSizeBytesMax = 10

export function countVarints(packed: Uint8Array): number {
  let count = 0
  for (const byte of packed) if (byte < continues) count += 1
  return count
}

/** The low 32 bits of `count` values, which are all there are. INVALID_ARGUMENT otherwise. */
export function unpackInt32(packed: Uint8Array, count: number): Int32Array {
  checkPacked(packed, count)
  const values = new Int32Array(count)
  let offset = 0
  for (let index = 0; index < count; index += 1) {
    const start = offset
    let value = 0
    let byte = continues
    while (byte >= continues) {
      byte = packed[offset] ?? 0
      const shift = 7 * (offset - start)
      if (shift < 32) value |= (byte & 0x7f) << shift
      offset += 1
    }
    checkSize(offset - start)
    values[index] = value
  }
  return values
}

/** `count` values, which are all there are. INVALID_ARGUMENT otherwise. */
export function unpackInt64(packed: Uint8Array, count: number): BigInt64Array {
  checkPacked(packed, count)
  const values = new BigInt64Array(count)
  // Two 32-bit halves a value, low first: bigint arithmetic would cost an allocation for each byte.
  const halves = new Int32Array(values.buffer)
  let offset = 0
  for (let index = 0; index < count; index += 1) {
    const start = offset
    let low = 0
    let high = 0
    let byte = continues
    while (byte >= continues) {
      byte = packed[offset] ?? 0
      const bits = byte & 0x7f
      const shift = 7 * (offset - start)
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high = bits >> 4
      } else if (shift < 64) high |= bits << (shift - 32)
      offset += 1
    }
    checkSize(offset - start)
    halves[2 * index] = low
    halves[2 * index + 1] = high
  }
  return values
}

/** `count` values of 0 or 1; a view of `packed` when they come one a byte, as all clients send them. */
export function unpackBool(packed: Uint8Array, count: number): Uint8Array {
  if (packed.length === count && packed.every((byte) => byte <= 1)) return packed
  return Uint8Array.from(unpackInt64(packed, count), (value) => (value === 0n ? 0 : 1))
}

export type NumberList = Uint8Array | Int8Array | Int16Array | Int32Array | readonly number[]

/** Packs integers of up to 32 bits. */
export function packInt32(values: NumberList): Uint8Array {
  const packed = Buffer.allocUnsafe(values.length * varintSizeBytesMax)
  let offset = 0
  for (const value of values) {
    offset = putVarint(packed, offset, value | 0, value < 0 ? -1 : 0)
  }
  return packed.subarray(0, offset)
}

export function packInt64(values: BigInt64Array | readonly bigint[]): Uint8Array {
  const whole = values instanceof BigInt64Array ? values : BigInt64Array.from(values)
  const halves = new Int32Array(whole.buffer, whole.byteOffset, 2 * whole.length)
  const packed = Buffer.allocUnsafe(whole.length * varintSizeBytesMax)
  let offset = 0
  for (let index = 0; index < halves.length; index += 2) {
    offset = putVarint(packed, offset, halves[index] ?? 0, halves[index + 1] ?? 0)
  }
  return packed.subarray(0, offset)
}

/** Writes one value, given as its 32-bit halves; returns the offset after it. */
function putVarint(packed: Uint8Array, from: number, lowHalf: number, highHalf: number): number {
  let low = lowHalf
  let high = highHalf
  let offset = from
  while (high !== 0 || low >>> 0 >= continues) {
    packed[offset] = (low & 0x7f) | continues
    low = (low >>> 7) | (high << 25)
    high >>>= 7
    offset += 1
  }
  packed[offset] = low
  return offset + 1
}

function checkPacked(packed: Uint8Array, count: number): void {
  const lastByte = packed.at(-1) ?? 0
  if (lastByte >= continues) {
    throw new ElanusError('INVALID_ARGUMENT', 'Cannot read packed integers: the last is cut off')
  }
  const actual = countVarints(packed)
  if (actual !== count) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot read packed integers: there are ${actual}, not ${count}`,
    )
  }
}

function checkSize(sizeBytes: number): void {
  if (sizeBytes > varintSizeBytesMax) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot read packed integers: one takes ${sizeBytes} bytes, the most is ${varintSizeBytesMax}`,
    )
  }
}
