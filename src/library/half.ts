/**
 * Single-precision numbers rounded to the two kinds of half, to nearest and ties to even, as bits.
 * What is too large becomes infinite, and NaN stays NaN.
 */
export function toFloat16(numbers: ArrayLike<number>): Uint16Array {
  return convert(numbers, float16Bits)
}

export function toBfloat16(numbers: ArrayLike<number>): Uint16Array {
  return convert(numbers, bfloat16Bits)
}

const float = new Float32Array(1)
const word = new Uint32Array(float.buffer)

function convert(numbers: ArrayLike<number>, bitsOf: (single: number) => number): Uint16Array {
  const halves = new Uint16Array(numbers.length)
  for (let at = 0; at < numbers.length; at++) {
    float[0] = numbers[at] ?? 0
    halves[at] = bitsOf(word[0] ?? 0)
  }
  return halves
}

const singleInfinity = 0x7f80_0000
const halfInfinity = 0x7c00
/** The bits of 2^-14, the smallest normal half, and of 2^-25, half of the smallest there is. */
const smallestNormal = 0x3880_0000
const smallestRounded = 0x3300_0000

/** Of IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
function float16Bits(single: number): number {
  const sign = (single >>> 16) & 0x8000
  const magnitude = single & 0x7fff_ffff
  if (magnitude > singleInfinity) return sign | 0x7e00
  if (magnitude < smallestNormal) return sign | subnormalBits(magnitude)
  // The exponent's bias is 127 in a single and 15 here; 13 bits of the fraction are rounded off.
  const rounded = roundOff(magnitude - ((127 - 15) << 23), 13)
  return sign | Math.min(rounded, halfInfinity)
}

/** Multiples of 2^-24. */
function subnormalBits(magnitude: number): number {
  if (magnitude <= smallestRounded) return 0
  const exponent = magnitude >>> 23
  const fraction = (magnitude & 0x7f_ffff) | 0x80_0000
  return roundOff(fraction, 126 - exponent)
}

/** The upper half of a single. */
function bfloat16Bits(single: number): number {
  const magnitude = single & 0x7fff_ffff
  if (magnitude > singleInfinity) return (single >>> 16) | 0x40
  return ((single >>> 16) & 0x8000) | roundOff(magnitude, 16)
}

/** `bits` without the lowest `count`, to nearest, ties to even. */
function roundOff(bits: number, count: number): number {
  const kept = bits >>> count
  const lost = bits & ((1 << count) - 1)
  const middle = 1 << (count - 1)
  const isUp = lost > middle || (lost === middle && (kept & 1) === 1)
  return isUp ? kept + 1 : kept
}
