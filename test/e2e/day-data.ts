import { seededRandom } from '../../src/base/random.ts'
import { dataTypes } from '../../src/schema/data-type.ts'
import type { Row } from './milvus-client.ts'

/** Rows of every type, and what a search of them must find. */
export const dimension = 16
export const rowCount = 3000

export const fields = [
  { name: 'id', data_type: dataTypes.Int64, is_primary_key: true, autoID: false },
  { name: 'vector', data_type: dataTypes.FloatVector, dim: dimension },
  { name: 'flag', data_type: dataTypes.Bool },
  { name: 'tiny', data_type: dataTypes.Int8 },
  { name: 'small', data_type: dataTypes.Int16 },
  { name: 'medium', data_type: dataTypes.Int32 },
  { name: 'large', data_type: dataTypes.Int64 },
  { name: 'single', data_type: dataTypes.Float },
  { name: 'double', data_type: dataTypes.Double },
  { name: 'text', data_type: dataTypes.VarChar, max_length: 64 },
]

export type Metric = 'L2' | 'IP' | 'COSINE'

/** A row of which a client makes a request, and which it returns: 64-bit integers are text there. */
export interface DayRow extends Row {
  readonly id: string
  readonly vector: number[]
}

/** Beyond what a JavaScript number holds exactly, as the ids that servers assign are. */
const idFirst = 2n ** 60n

export function makeRows(seed: number, count = rowCount): DayRow[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, index) => ({
    id: String(idFirst + BigInt(index)),
    vector: randomVector(random),
    flag: index % 3 === 0,
    tiny: (index % 256) - 128,
    small: index - 1500,
    medium: (index + 1) * -65_536,
    large: String(-(2n ** 63n) + BigInt(index)),
    single: index / 8,
    double: index / 10,
    text: index % 10 === 0 ? '' : `row ${index} \u00e9\u{1f985}`,
  }))
}

export function makeVectors(seed: number, count: number): number[][] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => randomVector(random))
}

/** Of floats that 32 bits hold, so that what comes back can be compared. */
function randomVector(random: { next(): number }): number[] {
  return Array.from({ length: dimension }, () => Math.fround(random.next() - 0.5))
}

/** Ids of the nearest rows, nearest first, by looking at all of them. */
export function nearest(
  rows: readonly DayRow[],
  query: readonly number[],
  { metric, limit }: { readonly metric: Metric; readonly limit: number },
): string[] {
  return rows
    .map(({ id, vector }) => ({ id, distance: distance(metric, query, vector) }))
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, limit)
    .map(({ id }) => id)
}

function distance(metric: Metric, one: readonly number[], other: readonly number[]): number {
  switch (metric) {
    case 'L2':
      return one.reduce((sum, value, place) => sum + (value - (other[place] ?? 0)) ** 2, 0)
    case 'IP':
      return -dot(one, other)
    case 'COSINE':
      return -dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other))
  }
}

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, place) => sum + value * (other[place] ?? 0), 0)
}

/** How much of what should be found was found. */
export function recall(expected: readonly string[], found: readonly string[]): number {
  const wanted = new Set(expected)
  return found.filter((id) => wanted.has(id)).length / expected.length
}
