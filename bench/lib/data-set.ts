import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ElanusError } from '../../src/base/errors.ts'
import type { Metric } from '../../src/schema/metric.ts'

/**
 * Vectors, queries and the exact answers, as a folder of flat little-endian files:
 *
 *     meta.json      { name, count, dimension, element: "u8" | "f32", metric, queryCount }
 *     base.<element>   count × dimension, row after row; a row's number is its id
 *     query.<element>  queryCount × dimension
 *     gt100.i32        queryCount × 100 ids, nearest first, ties by id
 *
 * Bytes become floats as they are loaded: every set is searched as float32.
 */
export interface DataSet {
  readonly name: string
  readonly metric: Metric
  readonly dimension: number
  readonly count: number
  readonly queryCount: number
  readonly base: Float32Array
  readonly queries: Float32Array
  /** `neighbourCount` ids a query. */
  readonly neighbours: Int32Array
}

/** Sets are of numbers: no bits, no metrics of bits. */
const numberMetrics: readonly Metric[] = ['L2', 'IP', 'COSINE']

/** Ids that the exact answer to one query has. */
export const neighbourCount = 100

export interface DataSetMeta {
  readonly name: string
  readonly count: number
  readonly dimension: number
  readonly element: 'u8' | 'f32'
  readonly metric: Metric
  readonly queryCount: number
}

/** Throws INVALID_ARGUMENT for a folder that is not such a set. */
export async function loadDataSet(folder: string): Promise<DataSet> {
  const meta = await readMeta(folder)
  const read = (name: string): Promise<Float32Array> =>
    readFloats(join(folder, `${name}.${meta.element}`), meta.element)
  const [base, queries, neighbours] = await Promise.all([
    read('base'),
    read('query'),
    readFile(join(folder, `gt${neighbourCount}.i32`)),
  ])
  checkLength('base', base.length, meta.count * meta.dimension)
  checkLength('query', queries.length, meta.queryCount * meta.dimension)
  checkLength('ground truth', neighbours.length, meta.queryCount * neighbourCount * 4)
  return {
    name: meta.name,
    metric: meta.metric,
    dimension: meta.dimension,
    count: meta.count,
    queryCount: meta.queryCount,
    base,
    queries,
    neighbours: new Int32Array(toBuffer(neighbours)),
  }
}

/** What the set says of itself. Throws INVALID_ARGUMENT. */
export async function readMeta(folder: string): Promise<DataSetMeta> {
  const path = join(folder, 'meta.json')
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ElanusError('INVALID_ARGUMENT', `Cannot read the data set ${path}`, { cause })
  })
  return parseMeta(text, folder)
}

/** Row `index` of a matrix, as a view. */
export function rowOf(matrix: Float32Array, dimension: number, index: number): Float32Array {
  return matrix.subarray(index * dimension, (index + 1) * dimension)
}

function parseMeta(text: string, folder: string): DataSetMeta {
  const value: unknown = JSON.parse(text)
  const facts = typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : null
  const count = (key: string): number => {
    const found: unknown = facts?.get(key)
    if (typeof found === 'number' && Number.isSafeInteger(found) && found > 0) return found
    throw invalid(`${folder}/meta.json needs a positive whole number ${key}, met ${String(found)}`)
  }
  const name: unknown = facts?.get('name')
  const element: unknown = facts?.get('element')
  const metric = numberMetrics.find((known) => known === facts?.get('metric'))
  if (typeof name !== 'string') throw invalid(`${folder}/meta.json has no name`)
  if (element !== 'u8' && element !== 'f32') {
    throw invalid(`${folder}/meta.json: element is u8 or f32, met ${String(element)}`)
  }
  if (metric === undefined)
    throw invalid(`${folder}/meta.json: metric is one of ${numberMetrics.join()}`)
  return {
    name,
    element,
    metric,
    count: count('count'),
    dimension: count('dimension'),
    queryCount: count('queryCount'),
  }
}

async function readFloats(path: string, element: 'u8' | 'f32'): Promise<Float32Array> {
  const bytes = await readFile(path)
  return element === 'u8' ? Float32Array.from(bytes) : new Float32Array(toBuffer(bytes))
}

/** An own, aligned buffer: a Buffer of node's may be a view of a shared one at any address. */
function toBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

function checkLength(what: string, found: number, expected: number): void {
  if (found === expected) return
  throw invalid(`The data set's ${what} file has ${found} elements, meta.json says ${expected}`)
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
