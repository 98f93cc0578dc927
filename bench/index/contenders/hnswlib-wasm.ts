import { importPeerFile } from '../peers.ts'
import type { Contender, ContenderShape, LabelFilter } from './contender.ts'
import { hnswlibSpaces } from './hnswlib-node.ts'

interface Hnsw {
  initIndex(count: number, m: number, efConstruction: number, seed: number): void
  addPoint(point: Float32Array, label: number, replaceDeleted: boolean): void
  setEfSearch(ef: number): void
  searchKnn(
    query: Float32Array,
    topk: number,
    filter: ((label: number) => boolean) | undefined,
  ): { readonly neighbors: readonly number[] }
}

interface Module {
  loadHnswlib(): Promise<{
    readonly HierarchicalNSW: new (space: string, dimension: number, file: string) => Hnsw
  }>
}

/** hnswlib compiled to WebAssembly for browsers. What it expects of one is put in its place. */
export class HnswlibWasmContender implements Contender {
  readonly #shape: ContenderShape
  #index: Hnsw | undefined
  readonly memoryBytes = undefined

  constructor(shape: ContenderShape) {
    this.#shape = shape
  }

  async build(base: Float32Array): Promise<void> {
    const { dimension, count, metric, linksMax, efConstruction } = this.#shape
    pretendBrowser()
    const module = await importPeerFile<Module>('hnswlib-wasm', 'dist/hnswlib.js')
    const { HierarchicalNSW } = await quietly(() => module.loadHnswlib())
    const space = hnswlibSpaces[metric]
    if (space === undefined) throw new Error(`hnswlib has no ${metric}`)
    const index = new HierarchicalNSW(space, dimension, '')
    index.initIndex(count, linksMax, efConstruction, 100)
    for (let row = 0; row < count; row++) {
      index.addPoint(base.subarray(row * dimension, (row + 1) * dimension), row, false)
    }
    this.#index = index
  }

  /** Its files are a browser's database. */
  save(): Promise<void> {
    return Promise.reject(new Error('It saves to IndexedDB alone'))
  }

  load(): Promise<void> {
    return Promise.reject(new Error('It loads from IndexedDB alone'))
  }

  async setWidth(width: number): Promise<void> {
    this.#built.setEfSearch(width)
  }

  search(query: Float32Array, topk: number): ArrayLike<number> {
    return this.#built.searchKnn(query, topk, undefined).neighbors
  }

  readonly searchLabelled = (
    query: Float32Array,
    topk: number,
    { labels, below }: LabelFilter,
  ): ArrayLike<number> => {
    const isIn = (label: number): boolean => (labels[label] ?? 0) < below
    return this.#built.searchKnn(query, topk, isIn).neighbors
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#index = undefined
  }

  get #built(): Hnsw {
    if (this.#index === undefined) throw new Error('It is built first')
    return this.#index
  }
}

/** It looks for a window and a document, and mounts IndexedDB, which nothing here ever opens. */
function pretendBrowser(): void {
  const browser = {
    window: globalThis,
    document: { baseURI: 'file:///', location: {}, addEventListener: () => undefined },
    indexedDB: { open: () => ({}) },
  }
  for (const [name, value] of Object.entries(browser)) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value })
  }
}

/** It greets on the console. */
async function quietly<Result>(work: () => Promise<Result>): Promise<Result> {
  const { log } = console
  console.log = () => undefined
  try {
    return await work()
  } finally {
    console.log = log
  }
}
