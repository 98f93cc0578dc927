import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from '../../src/base/random.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { DataSetMeta } from './data-set.ts'
import { exactNeighbours } from './exact-neighbours.ts'

export interface SyntheticShape {
  readonly seed: number
  readonly count: number
  readonly dimension: number
  readonly queryCount: number
}

/**
 * Writes a data set for those who have none: points of a Gaussian mixture in a space of few
 * dimensions, turned into the wide one by a random linear map, with a little noise. Learnt
 * embeddings look like that; independent coordinates would not (every point would be about as far
 * from every other, and recall would measure luck).
 */
export async function writeSyntheticDataSet(folder: string, shape: SyntheticShape): Promise<void> {
  const draw = mixtureSampler(seededRandom(shape.seed), shape.dimension)
  const base = draw(shape.count)
  const queries = draw(shape.queryCount)
  const neighbours = exactNeighbours(base, queries, shape.dimension)
  const meta: DataSetMeta & { readonly seed: number } = {
    name: `synthetic-${shape.count}x${shape.dimension}`,
    count: shape.count,
    dimension: shape.dimension,
    element: 'f32',
    metric: 'L2',
    queryCount: shape.queryCount,
    seed: shape.seed,
  }
  await Promise.all([
    writeFile(join(folder, 'meta.json'), `${JSON.stringify(meta, undefined, 1)}\n`),
    writeFile(join(folder, 'base.f32'), base),
    writeFile(join(folder, 'query.f32'), queries),
    writeFile(join(folder, 'gt100.i32'), neighbours),
  ])
}

const latentDimension = 16
const clusterCount = 64
const centreSpread = 3
const noiseSpread = 0.05

/** Draws so many points of one fixed mixture each time it is called. */
export function mixtureSampler(random: Random, dimension: number): (count: number) => Float32Array {
  const normal = normalSampler(random)
  const centres = Float32Array.from({ length: clusterCount * latentDimension }, () => {
    return centreSpread * normal()
  })
  const map = Float32Array.from({ length: latentDimension * dimension }, () => normal())
  const latent = new Float32Array(latentDimension)

  const writePoint = (point: Float32Array): void => {
    const cluster = random.below(clusterCount)
    for (let axis = 0; axis < latentDimension; axis++) {
      latent[axis] = (centres[cluster * latentDimension + axis] ?? 0) + normal()
    }
    for (let column = 0; column < dimension; column++) {
      let sum = noiseSpread * normal()
      for (let axis = 0; axis < latentDimension; axis++) {
        sum += (latent[axis] ?? 0) * (map[axis * dimension + column] ?? 0)
      }
      point[column] = sum
    }
  }

  return (count) => {
    const points = new Float32Array(count * dimension)
    for (let row = 0; row < count; row++) {
      writePoint(points.subarray(row * dimension, (row + 1) * dimension))
    }
    return points
  }
}

/** Standard normal numbers: Box and Muller, "A note on the generation of random normal deviates" (1958). */
function normalSampler(random: Random): () => number {
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()))
    return radius * Math.cos(2 * Math.PI * random.next())
  }
}
