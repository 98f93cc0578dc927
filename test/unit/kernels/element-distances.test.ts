import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { fromHalf } from '../vector-index/elements.ts'
import { openKernelBench, ulpOf } from './kernel-bench.ts'

const seed = 20_261_122
const tails = Array.from({ length: 35 }, (_, index) => index + 1)
const dimensions = [...tails, 128, 255, 784, 1024, 4099, 32_768]
const halfSpecials = [
  0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00,
]

const fromBfloat = (bits: number): number =>
  new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? 0

const formats = [
  { format: 'f16', decode: fromHalf },
  { format: 'bf16', decode: fromBfloat },
] as const

describe.each(['simd', 'relaxed'] as const)(`element kernels (%s, seed ${seed})`, (name) => {
  const bench = openKernelBench(name)
  const kernels = bench.exports
  const random = seededRandom(seed)
  const floats = (length: number): Float32Array =>
    Float32Array.from({ length }, () => random.next() * 2 - 1)
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.below(256))
  /** Halves of magnitude up to 2, of either format. */
  const halves = (length: number): Uint16Array =>
    Uint16Array.from({ length }, () => (random.below(2) << 15) | random.below(0x4000))

  describe.each(formats)('of $format', ({ format, decode }) => {
    it('widen every number that there is exactly', () => {
      const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits)
      const [source = 0, target = 0] = bench.place([all, new Float32Array(65_536)], 2)
      kernels[`widen_${format}`](source, target, 65_536)
      const widened = bench.read(target, 65_536)
      const wrong = all.filter((bits) => !Object.is(widened[bits], decode(bits)))
      expect(wrong.filter((bits) => !Number.isNaN(decode(bits)))).toEqual(new Uint16Array(0))
      expect(wrong.every((bits) => Number.isNaN(widened[bits]))).toBe(true)
    })

    it.each(dimensions)('agree within the stated ULP at dimension %i', (dimension) => {
      const query = floats(dimension)
      const row = halves(dimension)
      const magnitude = query.reduce((sum, v, i) => sum + Math.abs(v * decode(row[i] ?? 0)), 0)
      for (const misalignment of [0, 1, 2, 13]) {
        const [a = 0, b = 0] = bench.place([query, row], misalignment)
        const bound = dimension / 8 + 8
        const l2 = kernels[`squared_l2_${format}_scalar`](a, b, dimension)
        const product = kernels[`inner_product_${format}_scalar`](a, b, dimension)
        const cosine = kernels[`cosine_${format}_scalar`](a, b, dimension)
        const off = (fast: number, exact: number): number => Math.abs(fast - exact)
        expect(off(kernels[`squared_l2_${format}_simd`](a, b, dimension), l2)).toBeLessThanOrEqual(
          bound * ulpOf(l2),
        )
        expect(
          off(kernels[`inner_product_${format}_simd`](a, b, dimension), product),
        ).toBeLessThanOrEqual(bound * ulpOf(magnitude))
        expect(off(kernels[`cosine_${format}_simd`](a, b, dimension), cosine)).toBeLessThanOrEqual(
          (bound + 4) * ulpOf(1),
        )
      }
    })

    it('spread what is not a number, and keep what is infinite', () => {
      for (const special of halfSpecials) {
        for (const place of [3, 20, 36]) {
          const query = floats(37)
          const row = halves(37)
          row[place] = special
          const [a = 0, b = 0] = bench.place([query, row])
          const exact = kernels[`squared_l2_${format}_scalar`](a, b, 37)
          const fast = kernels[`squared_l2_${format}_simd`](a, b, 37)
          const tolerance = Number.isFinite(exact) ? 16 * ulpOf(exact) : 0
          expect(Object.is(fast, exact) ? 0 : Math.abs(fast - exact)).toBeLessThanOrEqual(tolerance)
        }
      }
    })

    it('find the first number that is not finite', () => {
      for (const length of tails) {
        const values = halves(length)
        const bad = random.below(length)
        values[bad] = format === 'f16' ? 0xfc00 : 0x7fc0
        const [a = 0] = bench.place([values], 1)
        expect(kernels[`first_non_finite_${format}_simd`](a, length)).toBe(bad)
        expect(kernels[`first_non_finite_${format}_simd`](a, bad)).toBe(-1)
      }
    })
  })

  it.each(dimensions)('of bytes are exact at dimension %i', (dimension) => {
    for (const extreme of [false, true]) {
      const [first, second] = extreme
        ? [new Uint8Array(dimension).fill(0x80), new Uint8Array(dimension).fill(0x7f)]
        : [bytes(dimension), bytes(dimension)]
      const [a = 0, b = 0] = bench.place([first, second], extreme ? 5 : 0)
      for (const operation of ['squared_l2', 'inner_product'] as const) {
        const exact = kernels[`${operation}_i8_scalar`](a, b, dimension)
        expect(kernels[`${operation}_i8_simd`](a, b, dimension)).toBe(exact)
      }
      const cosine = kernels.cosine_i8_scalar(a, b, dimension)
      const off = Math.abs(kernels.cosine_i8_simd(a, b, dimension) - cosine)
      expect(off).toBeLessThanOrEqual(4 * ulpOf(1))
    }
  })

  it.each(dimensions)('of bits are exact at %i bytes', (byteCount) => {
    const fulls = new Uint8Array(byteCount).fill(255)
    const empties = new Uint8Array(byteCount)
    const pairs = [
      [bytes(byteCount), bytes(byteCount)],
      [fulls, empties],
      [fulls, fulls],
      [empties, empties],
    ]
    for (const pair of pairs) {
      const [a = 0, b = 0] = bench.place(pair, 3)
      expect(kernels.hamming_b1_simd(a, b, byteCount)).toBe(
        kernels.hamming_b1_scalar(a, b, byteCount),
      )
      const jaccard = kernels.jaccard_b1_scalar(a, b, byteCount)
      const off = Math.abs(kernels.jaccard_b1_simd(a, b, byteCount) - jaccard)
      expect(off).toBeLessThanOrEqual(ulpOf(jaccard))
    }
  })

  it('of bytes and halves have a zero vector at cosine 0', () => {
    const [zero = 0, other = 0] = bench.place([new Float32Array(20), floats(20)])
    expect(kernels.cosine_i8_simd(zero, other, 20)).toBe(0)
    expect(kernels.cosine_f16_simd(zero, other, 20)).toBe(0)
    expect(kernels.cosine_bf16_simd(other, zero, 20)).toBe(0)
  })
})
