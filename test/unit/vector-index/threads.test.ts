import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import {
  builtRowCount,
  cancelBuild,
  createBuildControl,
} from '../../../src/vector-index/build-control.ts'
import { searchExact } from '../../../src/vector-index/exact-search.ts'
import { openIndex, prepareIndex } from '../../../src/vector-index/vector-index.ts'
import { createVectorStore } from '../../../src/vector-index/vector-store.ts'
import type { EngineTask } from './engine-worker.ts'
import { emptyIndexOf, ivfTypeCases, sealedStoreOf, specOf } from './ivf-cases.ts'
import { bytesOf, clusteredRows, graphSpec, offsetsOf, recallOf, storeOf } from './vectors.ts'

const all = clusteredRows(8000 + 50, 32, 300)
const rows = all.slice(0, 8000)
const queries = all.slice(8000)
const request = { queryCount: queries.length, queries: bytesOf(queries), topk: 10 }

describe('threads on one memory', () => {
  it('build one index together, as good as one thread does', async () => {
    const store = storeOf(rows)
    store.seal()
    for (const metric of ['L2', 'COSINE'] as const) {
      const handle = prepareIndex(store, graphSpec(metric))
      const control = createBuildControl()
      const task: EngineTask = { kind: 'build', store: store.handle(), index: handle, control }
      expect(await Promise.all([run(task), run(task), run(task)])).toEqual(['done', 'done', 'done'])
      expect(builtRowCount(control)).toBe(rows.length)
      const hits = openIndex(store, handle).search({ ...request, params: { ef: 64 } })
      expect(recallOf(hits, searchExact(store, { ...request, metric }))).toBeGreaterThan(0.98)
    }
  })

  it.each(ivfTypeCases)('build the lists of $type as one thread does', async (one) => {
    const store = sealedStoreOf(rows.slice(0, 4000), one, 32)
    const spec = specOf(one, 32)
    const alone = emptyIndexOf(store, spec)
    alone.build()
    const handle = prepareIndex(store, spec)
    const control = createBuildControl()
    const task: EngineTask = { kind: 'build', store: store.handle(), index: handle, control }
    expect(await Promise.all([run(task), run(task), run(task)])).toEqual(['done', 'done', 'done'])
    expect(builtRowCount(control)).toBe(4000)
    const together = Buffer.concat([...openIndex(store, handle).serialise()])
    expect(together.equals(Buffer.concat([...alone.serialise()]))).toBe(true)
  })

  it('all stop when their build is canceled', async () => {
    const store = storeOf(rows)
    store.seal()
    const control = createBuildControl()
    const index = prepareIndex(store, graphSpec('L2', { efConstruction: 2000 }))
    const task: EngineTask = { kind: 'build', store: store.handle(), index, control }
    const outcomes = Promise.all([run(task), run(task)])
    cancelBuild(control)
    for (const outcome of await outcomes) expect(['CANCELED', 'WORKER_FAILED']).toContain(outcome)
  })

  it('search an index that one of them loaded', async () => {
    const store = storeOf(rows)
    store.seal()
    const spec = graphSpec('L2')
    const built = openIndex(store, prepareIndex(store, spec))
    built.build()
    const file = Buffer.concat([...built.serialise()])
    const index = prepareIndex(store, spec)
    await run({ kind: 'load', store: store.handle(), index, file })
    const expected = built.search({ ...request, params: { ef: 64 } })
    const search: EngineTask = { kind: 'search', store: store.handle(), index, ...request, ef: 64 }
    const found = await Promise.all([run(search), run(search)])
    for (const offsets of found) expect(offsets).toEqual(Array.from(expected.offsets))
  })

  it('search exactly what is published while another appends', async () => {
    const store = createVectorStore({ dimension: 32 })
    store.append(bytesOf(rows.slice(0, 100)), 100)
    const task: EngineTask = {
      kind: 'watch',
      store: store.handle(),
      rowCount: rows.length,
      ...request,
    }
    const watchers = Promise.all([run(task), run(task)])
    for (let from = 100; from < rows.length; from += 50) {
      const batch = rows.slice(from, from + 50)
      store.append(bytesOf(batch), batch.length)
    }
    const exact = searchExact(store, { ...request, metric: 'L2' })
    for (const last of await watchers) {
      expect(last).toEqual(Array.from(exact.offsets))
    }
    expect(offsetsOf(exact, 0).length).toBe(10)
  })

  it('append and seal for the thread that made the store', async () => {
    const store = createVectorStore({ dimension: 32, rowCount: rows.length })
    await run({ kind: 'fill', store: store.handle(), bytes: bytesOf(rows), rowCount: rows.length })
    expect(store.isSealed).toBe(true)
    expect(store.readRange(0, rows.length)).toEqual(bytesOf(rows))
  })
})

/** Runs a task on a thread of its own; what it posts, or the code of what it threw. */
async function run(task: EngineTask): Promise<unknown> {
  const worker = new Worker(new URL('./engine-worker.ts', import.meta.url), { workerData: task })
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  } finally {
    await worker.terminate()
  }
}
