import { stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { serveOperations } from '../lib/helper.ts'
import type { Contender, ContenderSetup } from './contenders/contender.ts'
import { titleOf } from './contenders/contender.ts'
import { ElanusContender } from './contenders/elanus.ts'
import { HnswlibNodeContender } from './contenders/hnswlib-node.ts'
import { HnswlibWasmContender } from './contenders/hnswlib-wasm.ts'
import { UsearchContender } from './contenders/usearch.ts'
import { type IndexData, type IndexDataSource, readBase, readQueries } from './index-data.ts'

/**
 * A contender alone in its process. It has the vectors only while it builds, so that what is resident
 * afterwards is the index; and it searches only while it is asked to, so that contenders can take
 * turns.
 */
let contender: Contender | undefined
let queries: readonly Float32Array[] = []
let allQueries: Float32Array = new Float32Array(0)
let labels: Uint16Array = new Uint16Array(0)

const operations = {
  async build({ setup, source, workFolder }: BuildTask): Promise<BuildFacts> {
    const data = await readQueries(source)
    takeQueries(data)
    let base: Float32Array | undefined = await readBase(source)
    const made = make(setup)
    const startedMs = performance.now()
    const cpuBefore = process.cpuUsage()
    await made.build(base)
    const seconds = (performance.now() - startedMs) / 1000
    const { user, system } = process.cpuUsage(cpuBefore)
    contender = made
    base = undefined
    collectGarbage()
    const rssBytes = process.memoryUsage.rss()
    const { memoryBytes } = made
    const file = await measureFile(made, join(workFolder, `${titleOf(setup)}.index`))
    return { seconds, cpuSeconds: (user + system) / 1e6, rssBytes, memoryBytes, file }
  },

  /** One round over all queries at one width, one after another on one thread. */
  async search(task: SearchTask): Promise<SearchFacts> {
    const { width, topk } = task
    const built = ready()
    await built.setWidth(width)
    return timed(task, queries, (query) => built.search(query, topk))
  },

  /** One round over all queries in one call; undefined where there is no such call. */
  async searchBatch(task: SearchTask): Promise<SearchFacts | undefined> {
    const { width, topk, roundMsMin } = task
    const built = ready()
    if (built.searchBatch === undefined) return undefined
    await built.setWidth(width)
    const startedMs = performance.now()
    let found: ArrayLike<number> = []
    let passCount = 0
    for (; passCount === 0 || performance.now() - startedMs < roundMsMin; passCount++) {
      found = await built.searchBatch(allQueries, topk)
    }
    const seconds = (performance.now() - startedMs) / 1000 / passCount
    return { seconds, cpuSeconds: Number.NaN, found: Int32Array.from(found) }
  },

  /** As `search`, of the first queries and among rows whose label is below; undefined if it cannot. */
  async searchLabelled(task: LabelTask): Promise<SearchFacts | undefined> {
    const { width, topk, below, queryCount } = task
    const built = ready()
    const search = built.searchLabelled
    if (search === undefined) return undefined
    await built.setWidth(width)
    const filter = { labels, below }
    // What a filter needs is made by the first search that has it, and is not counted.
    search(queries[0] ?? allQueries, topk, filter)
    return timed(task, queries.slice(0, queryCount), (query) => search(query, topk, filter))
  },

  async close(): Promise<void> {
    await contender?.[Symbol.asyncDispose]()
    contender = undefined
  },
}

export type ContenderProcess = typeof operations

export interface BuildTask {
  readonly setup: ContenderSetup
  readonly source: IndexDataSource
  readonly workFolder: string
}

export interface SearchTask {
  readonly width: number
  readonly topk: number
  /** Processor time is counted in ticks of some milliseconds: shorter rounds would tell nothing. */
  readonly roundMsMin: number
}

export interface LabelTask extends SearchTask {
  readonly below: number
  readonly queryCount: number
}

export interface BuildFacts {
  readonly seconds: number
  readonly cpuSeconds: number
  /** Of the process, without the vectors that it was given. */
  readonly rssBytes: number
  readonly memoryBytes: number | undefined
  /** Undefined where there are no files. */
  readonly file: FileFacts | undefined
}

export interface FileFacts {
  readonly sizeBytes: number
  readonly saveSeconds: number
  /** The best of a few, from the system's page cache. */
  readonly loadSeconds: number
}

export interface SearchFacts {
  readonly seconds: number
  /** Of the searching thread; NaN where several took part. */
  readonly cpuSeconds: number
  readonly found: Int32Array
}

const loadCount = 3

serveOperations(operations)

function make(setup: ContenderSetup): Contender {
  const { name } = setup
  switch (name.kind) {
    case 'elanus':
      return new ElanusContender(setup, name.type)
    case 'hnswlib-node':
      return new HnswlibNodeContender(setup)
    case 'hnswlib-wasm':
      return new HnswlibWasmContender(setup)
    case 'usearch':
      return new UsearchContender(setup, name.scalar)
  }
}

function takeQueries(data: IndexData): void {
  const { dimension, queryCount } = data
  allQueries = data.queries
  labels = data.labels
  queries = Array.from({ length: queryCount }, (_, query) =>
    allQueries.subarray(query * dimension, (query + 1) * dimension),
  )
}

async function measureFile(built: Contender, path: string): Promise<FileFacts | undefined> {
  try {
    const startedMs = performance.now()
    await built.save(path)
    const saveSeconds = (performance.now() - startedMs) / 1000
    const { size } = await stat(path)
    let loadSeconds = Number.POSITIVE_INFINITY
    for (let turn = 0; turn < loadCount; turn++) {
      const turnMs = performance.now()
      await built.load(path)
      loadSeconds = Math.min(loadSeconds, (performance.now() - turnMs) / 1000)
    }
    await unlink(path)
    return { sizeBytes: size, saveSeconds, loadSeconds }
  } catch (error) {
    console.error(`No file: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

/** Passes over the queries until they have taken so long; the facts are of one pass, on average. */
function timed(
  task: SearchTask,
  asked: readonly Float32Array[],
  search: (query: Float32Array) => ArrayLike<number>,
): SearchFacts {
  const { topk, roundMsMin } = task
  const found = new Int32Array(asked.length * topk).fill(-1)
  const startedMs = performance.now()
  const cpuBefore = process.threadCpuUsage()
  let passCount = 0
  for (; passCount === 0 || performance.now() - startedMs < roundMsMin; passCount++) {
    for (const [index, query] of asked.entries()) found.set(search(query), index * topk)
  }
  const { user, system } = process.threadCpuUsage(cpuBefore)
  const seconds = (performance.now() - startedMs) / 1000 / passCount
  return { seconds, cpuSeconds: (user + system) / 1e6 / passCount, found }
}

function ready(): Contender {
  if (contender === undefined) throw new Error('It is built first')
  return contender
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  if (typeof gc === 'function') Reflect.apply(gc, undefined, [])
}
