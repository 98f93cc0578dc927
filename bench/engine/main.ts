import { parseArgs } from 'node:util'
import { parseIndexSpec, parseSearchParams } from '../../src/vector-index/index-types.ts'
import { openIndex, prepareIndex } from '../../src/vector-index/vector-index.ts'
import { createVectorStore } from '../../src/vector-index/vector-store.ts'
import type { DataSet } from '../lib/data-set.ts'
import { loadDataSet, neighbourCount, rowOf } from '../lib/data-set.ts'

/**
 * One index type on one data set, one thread: build, memory, and queries per second against recall.
 *
 *     node bench/engine/main.ts --dataset <folder> --type HNSW --M 16 --efConstruction 200
 */
const { values } = parseArgs({
  options: {
    dataset: { type: 'string' },
    type: { type: 'string', default: 'HNSW' },
    M: { type: 'string', default: '16' },
    efConstruction: { type: 'string', default: '200' },
    efs: { type: 'string', default: '10,16,24,32,48,64,96,128' },
    rounds: { type: 'string', default: '3' },
  },
})
const data = await loadDataSet(values.dataset ?? '')
const topk = 10

const store = createVectorStore({ dimension: data.dimension, rowCount: data.count })
store.append(bytesOf(data.base), data.count)
store.seal()
const { type, M, efConstruction } = values
const spec = parseIndexSpec({ type, metric: data.metric, params: { M, efConstruction } })
const handle = prepareIndex(store, spec)
const index = openIndex(store, handle)
const buildMs = timeMs(() => index.build())
const bytesPerRow = handle.sizeBytes / data.count
console.log(
  `${data.name} ${spec.type} ${JSON.stringify(spec.params)}: build ${(buildMs / 1000).toFixed(1)} s, ` +
    `${bytesPerRow.toFixed(0)} bytes a row beside its ${data.dimension * 4}`,
)
for (const ef of values.efs.split(',')) {
  const params = parseSearchParams(spec, topk, { ef })
  let bestMs = Number.POSITIVE_INFINITY
  let found = new Uint32Array(0)
  for (let round = 0; round < Number(values.rounds); round++) {
    found = new Uint32Array(data.queryCount * topk)
    const ms = timeMs(() => searchAll(found, params))
    bestMs = Math.min(bestMs, ms)
  }
  const qps = (data.queryCount / bestMs) * 1000
  console.log(
    `  ef ${ef.padStart(4)}  recall@10 ${recallOf(data, found).toFixed(4)}  ${qps.toFixed(0).padStart(6)} queries/s`,
  )
}

function searchAll(found: Uint32Array, params: Readonly<Record<string, number>>): void {
  for (let query = 0; query < data.queryCount; query++) {
    const queries = bytesOf(rowOf(data.queries, data.dimension, query))
    const hits = index.search({ queryCount: 1, queries, topk, params })
    found.set(hits.offsets, query * topk)
  }
}

/** Processor time, which a busy machine disturbs less than the clock. */
function timeMs(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function recallOf({ queryCount, neighbours }: DataSet, found: Uint32Array): number {
  let hitCount = 0
  for (let query = 0; query < queryCount; query++) {
    const first = query * neighbourCount
    const exact = new Set(neighbours.subarray(first, first + topk))
    for (const offset of found.subarray(query * topk, (query + 1) * topk)) {
      if (exact.has(offset)) hitCount++
    }
  }
  return hitCount / (queryCount * topk)
}

function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)
}
