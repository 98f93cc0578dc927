import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { IndexHandle } from '../../src/vector-index/contract.ts'
import { parseIndexSpec, parseSearchParams } from '../../src/vector-index/index-types.ts'
import { openIndex, prepareIndex } from '../../src/vector-index/vector-index.ts'
import { createVectorStore } from '../../src/vector-index/vector-store.ts'
import type { DataSet } from '../lib/data-set.ts'
import { loadDataSet, neighbourCount, rowOf } from '../lib/data-set.ts'

/**
 * One graph index on one data set: build, size, save and load, and queries per second of one thread
 * against recall. Searches are timed in processor time, which a busy machine disturbs less.
 *
 *     node bench/engine/main.ts --dataset <folder> --threads 2 --M 16 --efConstruction 200
 */
const { values } = parseArgs({
  options: {
    dataset: { type: 'string' },
    type: { type: 'string', default: 'HNSW' },
    M: { type: 'string', default: '16' },
    efConstruction: { type: 'string', default: '200' },
    efs: { type: 'string', default: '10,16,24,32,48,64,96,128' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1' },
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
const buildMs = await build(handle, Number(values.threads))
const index = openIndex(store, handle)
const file = Buffer.concat([...index.serialise()])
const loadMs = measureLoad()
console.log(
  `${data.name} ${spec.type} ${JSON.stringify(spec.params)}: built in ${(buildMs / 1000).toFixed(1)} s ` +
    `by ${values.threads} threads; ${(handle.sizeBytes / data.count).toFixed(0)} bytes a row beside ` +
    `its ${data.dimension * 4}; file ${(file.length / 2 ** 20).toFixed(1)} MiB, loaded in ${loadMs.toFixed(0)} ms`,
)
for (const ef of values.efs.split(',')) {
  const params = parseSearchParams(spec, topk, { ef })
  const found = new Uint32Array(data.queryCount * topk)
  let bestMs = Number.POSITIVE_INFINITY
  for (let round = 0; round < Number(values.rounds); round++) {
    bestMs = Math.min(
      bestMs,
      cpuMs(() => searchAll(found, params)),
    )
  }
  const rate = ((data.queryCount / bestMs) * 1000).toFixed(0)
  const recall = recallOf(data, found).toFixed(4)
  console.log(`  ef ${ef.padStart(4)}  recall@10 ${recall}  ${rate.padStart(6)} queries/s`)
}

/** Wall time of all threads together, from when all are ready. */
async function build(target: IndexHandle, threadCount: number): Promise<number> {
  const url = new URL('./build-worker.ts', import.meta.url)
  const workers = Array.from({ length: threadCount }, () => new Worker(url, { workerData: target }))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const from = performance.now()
  const done = Promise.all(workers.map((worker) => once(worker, 'message')))
  for (const worker of workers) worker.postMessage('build')
  await done
  const ms = performance.now() - from
  await Promise.all(workers.map((worker) => worker.terminate()))
  return ms
}

function measureLoad(): number {
  const other = openIndex(store, prepareIndex(store, spec))
  const from = performance.now()
  other.load([file])
  return performance.now() - from
}

function searchAll(found: Uint32Array, params: Readonly<Record<string, number>>): void {
  for (let query = 0; query < data.queryCount; query++) {
    const queries = bytesOf(rowOf(data.queries, data.dimension, query))
    const hits = index.search({ queryCount: 1, queries, topk, params })
    found.set(hits.offsets, query * topk)
  }
}

function cpuMs(run: () => void): number {
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
