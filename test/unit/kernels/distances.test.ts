import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import type { KernelBench } from './kernel-bench.ts'
import { openKernelBench, ulpOf } from './kernel-bench.ts'

const seed = 20_240_611
const tails = Array.from({ length: 67 }, (_, index) => index + 1)
const dimensions = [...tails, 100, 128, 255, 256, 257, 784, 1024, 1536, 4099, 32_768]
const specials = [0, -0, 1, -1, 1e-40, -1e-45, 1e38, 3.4e38, Infinity, -Infinity, Number.NaN]

describe.each(['simd', 'relaxed'] as const)(`distance kernels (%s, seed ${seed})`, (name) => {
  const bench = openKernelBench(name)
  const kernels = bench.exports
  const random = seededRandom(seed)
  const vector = (length: number, scale = 1): Float32Array =>
    Float32Array.from({ length }, () => (random.next() * 2 - 1) * scale)

  it.each(dimensions)('agree on L2 within the stated ULP at dimension %i', (dimension) => {
    for (const [a, b] of placements(bench, vector(dimension), vector(dimension))) {
      const exact = kernels.squared_l2_f32_scalar(a, b, dimension)
      const fast = kernels.squared_l2_f32_simd(a, b, dimension)
      expect(Math.abs(fast - exact)).toBeLessThanOrEqual((dimension / 16 + 8) * ulpOf(exact))
    }
  })

  it.each(dimensions)('agree on the inner product within the stated ULP at %i', (dimension) => {
    const [first, second] = [vector(dimension), vector(dimension)]
    const magnitude = first.reduce((sum, value, i) => sum + Math.abs(value * (second[i] ?? 0)), 0)
    for (const [a, b] of placements(bench, first, second)) {
      const exact = kernels.inner_product_f32_scalar(a, b, dimension)
      const fast = kernels.inner_product_f32_simd(a, b, dimension)
      expect(Math.abs(fast - exact)).toBeLessThanOrEqual((dimension / 16 + 8) * ulpOf(magnitude))
    }
  })

  it.each(dimensions)('agree on the cosine within the stated ULP at dimension %i', (dimension) => {
    for (const [a, b] of placements(bench, vector(dimension), vector(dimension))) {
      const exact = kernels.cosine_f32_scalar(a, b, dimension)
      const fast = kernels.cosine_f32_simd(a, b, dimension)
      expect(Math.abs(fast - exact)).toBeLessThanOrEqual((dimension / 16 + 12) * ulpOf(1))
    }
  })

  it.each(dimensions)('stop early at dimension %i only once the bound is reached', (dimension) => {
    const [a = 0, b = 0] = bench.place([vector(dimension), vector(dimension)])
    const whole = kernels.squared_l2_f32_simd(a, b, dimension)
    const bounded = (bound: number): number =>
      kernels.squared_l2_f32_bounded_simd(a, b, dimension, Math.fround(bound))
    expect(bounded(Infinity)).toBe(whole)
    expect(bounded(whole * 1.01)).toBe(whole)
    for (const share of [0, 0.1, 0.5, 0.9]) {
      expect(bounded(whole * share)).toBeGreaterThanOrEqual(Math.fround(whole * share))
    }
  })

  it('lose no more to denormal numbers than those are', () => {
    const dimension = 67
    const [a = 0, b = 0] = bench.place([vector(dimension, 1e-39), vector(dimension, 1e-39)])
    const least = 2 ** -149
    const l2 = kernels.squared_l2_f32_simd(a, b, dimension)
    expect(Math.abs(l2 - kernels.squared_l2_f32_scalar(a, b, dimension))).toBeLessThanOrEqual(
      dimension * least,
    )
    const [c = 0, d = 0] = bench.place([vector(dimension, 1e-39), vector(dimension, 1e30)])
    const product = kernels.inner_product_f32_simd(c, d, dimension)
    const exact = kernels.inner_product_f32_scalar(c, d, dimension)
    expect(Math.abs(product - exact)).toBeLessThanOrEqual(1e-9 * 1e-5)
  })

  it('spread what is not a number, and keep what is infinite', () => {
    for (const left of specials) {
      for (const right of specials) {
        const [first, second] = [vector(37), vector(37)]
        first[20] = left
        second[20] = right
        const [a = 0, b = 0] = bench.place([first, second])
        const exact = kernels.squared_l2_f32_scalar(a, b, 37)
        const fast = kernels.squared_l2_f32_simd(a, b, 37)
        const tolerance = Number.isFinite(exact) ? 16 * ulpOf(exact) : 0
        const difference = Object.is(fast, exact) ? 0 : Math.abs(fast - exact)
        expect(difference).toBeLessThanOrEqual(tolerance)
      }
    }
  })

  it('have a zero vector at cosine 0 from everything', () => {
    const zero = new Float32Array(33)
    const [a = 0, b = 0] = bench.place([zero, vector(33)])
    expect(kernels.cosine_f32_simd(a, b, 33)).toBe(0)
    expect(kernels.cosine_f32_simd(b, a, 33)).toBe(0)
    expect(kernels.cosine_f32_simd(a, a, 33)).toBe(0)
  })

  it('keep the cosine of parallel vectors within 1', () => {
    for (const dimension of tails) {
      const values = vector(dimension)
      const opposite = values.map((value) => -3 * value)
      const [a = 0, b = 0] = bench.place([values, opposite])
      expect(kernels.cosine_f32_simd(a, a, dimension)).toBeCloseTo(1, 6)
      expect(kernels.cosine_f32_simd(a, a, dimension)).toBeLessThanOrEqual(1)
      expect(kernels.cosine_f32_simd(a, b, dimension)).toBeGreaterThanOrEqual(-1)
    }
  })

  it('read nothing beyond a vector', () => {
    for (const dimension of tails) {
      const guarded = new Float32Array(dimension + 8).fill(Number.NaN)
      guarded.set(vector(dimension))
      const [a = 0, b = 0] = bench.place([guarded, guarded])
      expect(kernels.squared_l2_f32_simd(a, b, dimension)).toBe(0)
      expect(kernels.inner_product_f32_simd(a, b, dimension)).toBeGreaterThan(0)
    }
  })

  it.each([0, 16, 32, 48, 64, 80, 784, 1024, 32_768])('multiply %i codes exactly', (count) => {
    for (const extreme of [false, true]) {
      const a = Int8Array.from({ length: count }, () =>
        extreme ? ([-128, 127, -127][random.below(3)] ?? 0) : random.below(256) - 128,
      )
      const b = Uint8Array.from({ length: count }, () => (extreme ? 127 : random.below(128)))
      const [left = 0, right = 0] = bench.place([floatsOf(a), floatsOf(b)], extreme ? 5 : 0)
      const exact = a.reduce((sum, code, i) => sum + code * (b[i] ?? 0), 0)
      expect(kernels.dot_i8_i7_scalar(left, right, count)).toBe(exact)
      expect(kernels.dot_i8_i7_simd(left, right, count)).toBe(exact)
    }
  })

  it.each([16, 48, 784, 32_768])('multiply four vectors of %i codes with two', (count) => {
    const codes = Array.from({ length: 6 }, () =>
      Uint8Array.from({ length: count }, () => random.below(128)),
    )
    const places = bench.place([...codes.map(floatsOf), new Float32Array(8)])
    kernels.dot_i7_4x2_simd(places[0] ?? 0, places[4] ?? 0, count, places[6] ?? 0)
    const products = new Int32Array(bench.read(places[6] ?? 0, 8).buffer)
    for (const [index, product] of products.entries()) {
      const [a = 0, b = 0] = [places[index >> 1], places[4 + (index & 1)]]
      expect(product).toBe(kernels.dot_i8_i7_scalar(a, b, count))
    }
  })

  it.each(tails)('find the first of %i values that is not finite', (length) => {
    for (let bad = 0; bad < length; bad++) {
      const values = vector(length)
      values[bad] = [Number.NaN, Infinity, -Infinity][bad % 3] ?? 0
      const [a = 0] = bench.place([values], 1 + (bad % 7))
      expect(kernels.first_non_finite_f32_simd(a, length)).toBe(bad)
      expect(kernels.first_non_finite_f32_scalar(a, length)).toBe(bad)
      expect(kernels.first_non_finite_f32_simd(a, bad)).toBe(-1)
    }
  })

  it('take the largest and the smallest numbers for finite', () => {
    const [a = 0] = bench.place([Float32Array.of(3.4028234e38, -3.4028234e38, 1e-45, -0, 0)])
    expect(kernels.first_non_finite_f32_simd(a, 5)).toBe(-1)
    expect(kernels.first_non_finite_f32_scalar(a, 5)).toBe(-1)
  })
})

/** The same two vectors at aligned and at odd addresses. */
function* placements(
  bench: KernelBench,
  first: Float32Array,
  second: Float32Array,
): Generator<[number, number]> {
  for (const misalignment of [0, 1, 4, 7, 13]) {
    const [a = 0, b = 0] = bench.place([first, second], misalignment)
    yield [a, b]
  }
}

/** Bytes as the bench takes them; only their bits are copied. */
function floatsOf(bytes: Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>): Float32Array {
  return new Float32Array(bytes.buffer)
}
