import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { openKernelBench, ulpOf } from './kernel-bench.ts'

const seed = 20_261_123
const partCounts = [1, 2, 3, 16, 49, 255, 256, 257, 512, 700]

describe.each(['simd', 'relaxed'] as const)(`kernels of lists (%s, seed ${seed})`, (name) => {
  const bench = openKernelBench(name)
  const kernels = bench.exports
  const random = seededRandom(seed)
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.below(256))

  it.each(partCounts)('look %i parts up as the definition does', (partCount) => {
    for (const table of [bytes(16 * partCount), new Uint8Array(16 * partCount).fill(255)]) {
      const vectors = [bytes(16 * partCount), table, new Float32Array(32), new Float32Array(32)]
      for (const misalignment of [0, 4]) {
        const [block = 0, values = 0, exact = 0, fast = 0] = bench.place(vectors, misalignment)
        kernels.sum_block_scalar(block, values, partCount, exact)
        kernels.sum_block_simd(block, values, partCount, fast)
        expect(bench.read(fast, 32)).toEqual(bench.read(exact, 32))
      }
    }
  })

  it.each([4, 8, 20, 128, 784, 1024, 32_768])(
    'multiply three vectors of %i elements by four',
    (stride) => {
      const floats = (): Float32Array =>
        Float32Array.from({ length: 4 * stride }, () => random.next() * 2 - 1)
      const addresses = bench.place([floats(), floats(), new Float32Array(12)], 4)
      const [rows = 0, columns = 0, products = 0] = addresses
      kernels.dot_tile_f32_simd(rows, columns, stride, products)
      const found = bench.read(products, 12)
      for (const [at, product] of found.entries()) {
        const row = rows + 4 * stride * Math.floor(at / 4)
        const column = columns + 4 * stride * (at % 4)
        const exact = kernels.inner_product_f32_scalar(row, column, stride)
        // One sum of four lanes: each product is below 1.
        expect(Math.abs(product - exact)).toBeLessThanOrEqual((stride / 4 + 8) * ulpOf(stride / 8))
      }
    },
  )

  it.each([4, 8, 12, 64, 100, 784, 1024, 32_768])('turn %i elements and keep angles', (length) => {
    const vectors = Array.from({ length: 3 }, () =>
      Float32Array.from({ length }, () => random.next() * 2 - 1),
    )
    const addresses = bench.place(vectors)
    for (const address of addresses) kernels.rotate_vector(address, length, seed)
    const turned = addresses.map((address) => bench.read(address, length))
    const product = (a: Float32Array, b: Float32Array): number =>
      a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
    for (const [i, a] of vectors.entries()) {
      for (const [j, b] of vectors.entries()) {
        const after = product(turned[i] ?? a, turned[j] ?? b)
        expect(Math.abs(after - product(a, b))).toBeLessThan(1e-4 * length)
      }
    }
  })

  it.each([16, 60, 784])('spread one of %i elements over all', (length) => {
    const values = new Float32Array(length)
    values[length - 1] = 1
    const [address = 0] = bench.place([values])
    kernels.rotate_vector(address, length, seed)
    const largest = Math.max(...bench.read(address, length).map(Math.abs))
    expect(largest).toBeLessThan(6 / Math.sqrt(length))
  })
})
