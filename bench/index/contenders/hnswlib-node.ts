import type { Metric } from '../../../src/schema/metric.ts'
import { importPeer } from '../peers.ts'
import type { Contender, ContenderShape, LabelFilter } from './contender.ts'

interface Hnsw {
  initIndex(count: number, m: number, efConstruction: number, seed: number): void
  addPoint(point: readonly number[], label: number): void
  setEf(ef: number): void
  searchKnn(
    query: readonly number[],
    topk: number,
    filter?: (label: number) => boolean,
  ): { readonly neighbors: readonly number[] }
  writeIndexSync(path: string): void
  readIndexSync(path: string): void
}

type Module = {
  readonly default: {
    readonly HierarchicalNSW: new (space: string, dimension: number) => Hnsw
  }
}

/** Of hnswlib's names; cosine vectors it normalises itself. */
export const hnswlibSpaces: Readonly<Partial<Record<Metric, string>>> = {
  L2: 'l2',
  IP: 'ip',
  COSINE: 'cosine',
}

/** hnswlib for Node: native, one thread, a call for each row. It takes arrays of numbers alone. */
export class HnswlibNodeContender implements Contender {
  readonly #shape: ContenderShape
  #index: Hnsw | undefined
  /** What its calls take: made beforehand, as its callers would have them. */
  readonly #numbers = new WeakMap<Float32Array, readonly number[]>()
  readonly memoryBytes = undefined

  constructor(shape: ContenderShape) {
    this.#shape = shape
  }

  async build(base: Float32Array): Promise<void> {
    const { dimension, count, linksMax, efConstruction } = this.#shape
    const index = await this.#create()
    index.initIndex(count, linksMax, efConstruction, 100)
    for (let row = 0; row < count; row++) {
      index.addPoint(Array.from(base.subarray(row * dimension, (row + 1) * dimension)), row)
    }
    this.#index = index
  }

  async save(path: string): Promise<void> {
    this.#built.writeIndexSync(path)
  }

  async load(path: string): Promise<void> {
    this.#index = undefined
    const index = await this.#create()
    index.readIndexSync(path)
    this.#index = index
  }

  async setWidth(width: number): Promise<void> {
    this.#built.setEf(width)
  }

  search(query: Float32Array, topk: number): ArrayLike<number> {
    return this.#built.searchKnn(this.#numbersOf(query), topk).neighbors
  }

  readonly searchLabelled = (
    query: Float32Array,
    topk: number,
    { labels, below }: LabelFilter,
  ): ArrayLike<number> => {
    const isIn = (label: number): boolean => (labels[label] ?? 0) < below
    return this.#built.searchKnn(this.#numbersOf(query), topk, isIn).neighbors
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#index = undefined
  }

  get #built(): Hnsw {
    if (this.#index === undefined) throw new Error('It is built first')
    return this.#index
  }

  async #create(): Promise<Hnsw> {
    const { default: module } = await importPeer<Module>('hnswlib-node')
    const space = hnswlibSpaces[this.#shape.metric]
    if (space === undefined) throw new Error(`hnswlib has no ${this.#shape.metric}`)
    return new module.HierarchicalNSW(space, this.#shape.dimension)
  }

  #numbersOf(query: Float32Array): readonly number[] {
    const known = this.#numbers.get(query)
    if (known !== undefined) return known
    const made = Array.from(query)
    this.#numbers.set(query, made)
    return made
  }
}
