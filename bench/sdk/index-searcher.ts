import { present } from '../../src/base/assert.ts'
import type { VectorIndex } from '../../src/vector-index/contract.ts'
import { parseIndexSpec, parseSearchParams } from '../../src/vector-index/index-types.ts'
import { openIndex, prepareIndex } from '../../src/vector-index/vector-index.ts'
import { createVectorStore } from '../../src/vector-index/vector-store.ts'
import type { DataSet } from '../lib/data-set.ts'
import { loadDataSet, rowOf } from '../lib/data-set.ts'
import { serveOperations } from '../lib/helper.ts'
import type { IndexChoice } from './options.ts'

/**
 * The engine without a server around it: one thread builds the same index on the same vectors and
 * then searches it, so that what a search costs the server can be held against what it costs the
 * index.
 */
export interface IndexBuildTask {
  readonly dataSetFolder: string
  readonly index: IndexChoice
}

export interface IndexBuildFacts {
  readonly seconds: number
  readonly cpuSeconds: number
}

export interface IndexSearchFacts {
  readonly usPerQuery: number
  readonly cpuUsPerQuery: number
}

interface Built {
  readonly dataSet: DataSet
  readonly index: VectorIndex
}

let built: Built | undefined

const operations = {
  async build({ dataSetFolder, index: choice }: IndexBuildTask): Promise<IndexBuildFacts> {
    const dataSet = await loadDataSet(dataSetFolder)
    const { metric, dimension, count } = dataSet
    const store = createVectorStore({ dimension, rowCount: count })
    store.append(bytesOf(dataSet.base), count)
    store.seal()
    const spec = parseIndexSpec({ ...choice, metric }, { elementType: 'float32', dimension })
    const index = openIndex(store, prepareIndex(store, spec))
    const timer = startTimer()
    index.build()
    built = { dataSet, index }
    return timer()
  },

  /** Every query once, one after another. */
  search({ topk }: { readonly topk: number }): IndexSearchFacts {
    const { dataSet, index } = present(built, 'the index is built before it is searched')
    const { dimension, queryCount, queries } = dataSet
    const params = parseSearchParams(index.spec, topk, {})
    const timer = startTimer()
    for (let query = 0; query < queryCount; query++) {
      const vector = bytesOf(rowOf(queries, dimension, query))
      index.search({ queryCount: 1, queries: vector, topk, params })
    }
    const { seconds, cpuSeconds } = timer()
    return {
      usPerQuery: (seconds * 1e6) / queryCount,
      cpuUsPerQuery: (cpuSeconds * 1e6) / queryCount,
    }
  },
}

export type IndexSearcher = typeof operations

serveOperations(operations)

function startTimer(): () => { seconds: number; cpuSeconds: number } {
  const startMs = performance.now()
  const cpuBefore = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(cpuBefore)
    return { seconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6 }
  }
}

function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)
}
