import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '../../src/base/random.ts'
import type { Metric } from '../../src/schema/metric.ts'
import { type DataSetMeta, neighbourCount, readMeta } from '../lib/data-set.ts'
import { exactTop } from './exact-top.ts'

/** Which vectors are measured: a data set's folder, and how many of its rows. */
export interface IndexDataSource {
  readonly folder: string
  readonly meta: DataSetMeta
  /** At most the set's. */
  readonly count: number
}

/** What searches need beside the index. */
export interface IndexData {
  readonly dimension: number
  readonly metric: Metric
  readonly queryCount: number
  readonly queries: Float32Array
  /** One for each row, 0 to 999, that has nothing to do with where the row is. */
  readonly labels: Uint16Array
}

export const labelCount = 1_000
const labelSeed = 7

export async function openIndexData(
  folder: string,
  rowCount: number | undefined,
): Promise<IndexDataSource> {
  const meta = await readMeta(folder)
  return { folder, meta, count: Math.min(meta.count, rowCount ?? meta.count) }
}

export async function readQueries({ folder, meta, count }: IndexDataSource): Promise<IndexData> {
  const { dimension, metric, queryCount } = meta
  const queries = await readFloats(folder, 'query', meta, queryCount)
  const random = seededRandom(labelSeed)
  const labels = Uint16Array.from({ length: count }, () => random.below(labelCount))
  return { dimension, metric, queryCount, queries, labels }
}

export function readBase({ folder, meta, count }: IndexDataSource): Promise<Float32Array> {
  return readFloats(folder, 'base', meta, count)
}

/** The exact answers: the set's own where all of its rows are measured. */
export async function exactAnswers(source: IndexDataSource, topk: number): Promise<Int32Array> {
  const { folder, meta, count } = source
  const { dimension, metric, queryCount } = meta
  if (count < meta.count) {
    const [base, { queries }] = await Promise.all([readBase(source), readQueries(source)])
    return exactTop({ base, queries, dimension, metric, topk })
  }
  const bytes = await readFile(join(folder, `gt${neighbourCount}.i32`))
  const all = new Int32Array(new Uint8Array(bytes).buffer)
  const cut = new Int32Array(queryCount * topk)
  for (let query = 0; query < queryCount; query++) {
    const first = query * neighbourCount
    cut.set(all.subarray(first, first + topk), query * topk)
  }
  return cut
}

async function readFloats(
  folder: string,
  name: string,
  { element, dimension }: DataSetMeta,
  rowCount: number,
): Promise<Float32Array> {
  const elementBytes = element === 'u8' ? 1 : Float32Array.BYTES_PER_ELEMENT
  const bytes = new Uint8Array(rowCount * dimension * elementBytes)
  await using file = await open(join(folder, `${name}.${element}`))
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled)
    if (bytesRead === 0) throw new Error(`${folder}/${name}.${element} is too short`)
    filled += bytesRead
  }
  return element === 'u8' ? Float32Array.from(bytes) : new Float32Array(bytes.buffer)
}
