import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metric } from '../../../src/schema/metric.ts'
import { importPeer } from '../peers.ts'
import type { Contender, ContenderShape } from './contender.ts'

interface Usearch {
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void
  search(queries: Float32Array, topk: number, threads: number): { readonly keys: BigUint64Array }
  save(path: string): void
  load(path: string): void
}

interface Config {
  readonly dimensions: number
  readonly metric: string
  readonly quantization: string
  readonly connectivity: number
  readonly expansion_add: number
  readonly expansion_search: number
  readonly multi: boolean
}

interface Module {
  readonly default: { readonly Index: new (config: Config) => Usearch }
}

const metricNames: Readonly<Partial<Record<Metric, string>>> = {
  L2: 'l2sq',
  IP: 'ip',
  COSINE: 'cos',
}

/**
 * usearch: native, threads in `add` and in searches of several queries. How wide a search is, is
 * decided when an index is made: for another width it is saved and loaded again. Its int8 takes
 * numbers from -1 to 1, so all are divided by the largest, which changes no order.
 */
export class UsearchContender implements Contender {
  readonly #shape: ContenderShape
  readonly #scalar: 'f32' | 'i8'
  #index: Usearch | undefined
  #scale = 1
  #folder: string | undefined
  readonly #scaled = new WeakMap<Float32Array, Float32Array>()
  readonly memoryBytes = undefined

  constructor(shape: ContenderShape, scalar: 'f32' | 'i8') {
    this.#shape = shape
    this.#scalar = scalar
  }

  async build(base: Float32Array): Promise<void> {
    const { count, threads } = this.#shape
    const index = await this.#create(64)
    if (this.#scalar === 'i8') this.#scale = 1 / largestOf(base)
    const keys = BigUint64Array.from({ length: count }, (_, row) => BigInt(row))
    index.add(keys, this.#scalar === 'i8' ? base.map((x) => x * this.#scale) : base, threads)
    this.#index = index
  }

  async save(path: string): Promise<void> {
    this.#built.save(path)
  }

  async load(path: string): Promise<void> {
    this.#index = undefined
    const index = await this.#create(64)
    index.load(path)
    this.#index = index
  }

  async setWidth(width: number): Promise<void> {
    if (this.#folder === undefined) {
      this.#folder = await mkdtemp(join(tmpdir(), 'elanus-bench-usearch-'))
      this.#built.save(this.#file)
    }
    this.#index = undefined
    const index = await this.#create(width)
    index.load(this.#file)
    this.#index = index
  }

  search(query: Float32Array, topk: number): ArrayLike<number> {
    const { keys } = this.#built.search(this.#scaledOf(query), topk, 1)
    return numbersOf(keys)
  }

  readonly searchBatch = async (
    queries: Float32Array,
    topk: number,
  ): Promise<ArrayLike<number>> => {
    const { keys } = this.#built.search(this.#scaledOf(queries), topk, this.#shape.threads)
    return numbersOf(keys)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#index = undefined
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true })
  }

  get #built(): Usearch {
    if (this.#index === undefined) throw new Error('It is built first')
    return this.#index
  }

  get #file(): string {
    return join(this.#folder ?? '', 'index.usearch')
  }

  async #create(width: number): Promise<Usearch> {
    const { default: module } = await importPeer<Module>('usearch')
    const { dimension, metric, linksMax, efConstruction } = this.#shape
    const metricName = metricNames[metric]
    if (metricName === undefined) throw new Error(`usearch is not asked for ${metric}`)
    return new module.Index({
      dimensions: dimension,
      metric: metricName,
      quantization: this.#scalar,
      connectivity: linksMax,
      expansion_add: efConstruction,
      expansion_search: width,
      multi: false,
    })
  }

  #scaledOf(query: Float32Array): Float32Array {
    if (this.#scale === 1) return query
    const known = this.#scaled.get(query)
    if (known !== undefined) return known
    const made = query.map((x) => x * this.#scale)
    this.#scaled.set(query, made)
    return made
  }
}

function numbersOf(keys: BigUint64Array): Float64Array {
  return Float64Array.from(keys, Number)
}

function largestOf(numbers: Float32Array): number {
  let largest = 0
  for (const number of numbers) largest = Math.max(largest, Math.abs(number))
  return largest
}
