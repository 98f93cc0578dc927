import { seededRandom } from '../../../src/base/random.ts'

/** Vectors for the library, as its callers have them: one after another in one array. */
export function flatVectors(count: number, dimension: number, seed: number): Float32Array {
  const random = seededRandom(seed)
  const centres = Float32Array.from({ length: 16 * dimension }, () => 8 * random.next())
  return Float32Array.from({ length: count * dimension }, (_, at) => {
    const centre = Math.floor(at / dimension) % 16
    return (centres[centre * dimension + (at % dimension)] ?? 0) + random.next()
  })
}

export function vectorOf(vectors: Float32Array, dimension: number, id: number): Float32Array {
  return vectors.subarray(id * dimension, (id + 1) * dimension)
}
