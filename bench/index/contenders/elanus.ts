import { buildIndex } from '../../../src/library/build-index.ts'
import { type Index, rowBits } from '../../../src/library/contract.ts'
import { openIndex } from '../../../src/library/open-index.ts'
import type { IndexTypeName } from '../../../src/vector-index/contract.ts'
import { indexTypeNames } from '../../../src/vector-index/index-type-names.ts'
import { indexTypes } from '../../../src/vector-index/index-types.ts'
import type { Contender, ContenderShape, LabelFilter } from './contender.ts'

/** Our own, through the library as its users call it. */
export class ElanusContender implements Contender {
  readonly #shape: ContenderShape
  readonly #type: IndexTypeName
  #index: Index | undefined
  #params: Readonly<Record<string, unknown>> = {}
  #excluded: Excluded | undefined

  constructor(shape: ContenderShape, typeName: string) {
    this.#shape = shape
    this.#type = parseTypeName(typeName)
  }

  get memoryBytes(): number | undefined {
    return this.#index?.memoryBytes
  }

  async build(base: Float32Array): Promise<void> {
    const { dimension, metric, threads, linksMax: M, efConstruction } = this.#shape
    const params = { M, efConstruction, nlist: nlistFor(this.#shape.count) }
    const type = this.#type
    this.#index = await buildIndex(base, { type, metric, dimension, params, threads })
  }

  async save(path: string): Promise<void> {
    await this.#open.save(path)
  }

  async load(path: string): Promise<void> {
    await this.#open.close()
    this.#index = await openIndex(path, { threads: this.#shape.threads })
  }

  async setWidth(width: number): Promise<void> {
    const parameter = widthParameterOf(this.#type)
    this.#params = parameter === undefined ? {} : { [parameter]: width }
  }

  search(query: Float32Array, topk: number): ArrayLike<number> {
    return this.#open.search(query, { topk, params: this.#params }).ids
  }

  readonly searchBatch = async (
    queries: Float32Array,
    topk: number,
  ): Promise<ArrayLike<number>> => {
    const { ids } = await this.#open.searchBatch(queries, { topk, params: this.#params })
    return ids
  }

  readonly searchLabelled = (
    query: Float32Array,
    topk: number,
    filter: LabelFilter,
  ): ArrayLike<number> => {
    const excluded = this.#excludedBy(filter)
    return this.#open.search(query, { topk, params: this.#params, excluded }).ids
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#index?.close()
  }

  get #open(): Index {
    if (this.#index === undefined) throw new Error('It is built first')
    return this.#index
  }

  /** The bits of a filter are made once, as a program with a few labels would. */
  #excludedBy({ labels, below }: LabelFilter): Uint8Array {
    if (this.#excluded?.below === below) return this.#excluded.bits
    const bits = rowBits(labels.length, (id) => (labels[id] ?? 0) >= below)
    this.#excluded = { below, bits }
    return bits
  }
}

interface Excluded {
  readonly below: number
  readonly bits: Uint8Array
}

export function parseTypeName(name: string): IndexTypeName {
  const found = indexTypeNames.find((known) => known === name.toUpperCase())
  if (found === undefined) throw new Error(`There is no index type ${name}`)
  return found
}

/** The search parameter that trades speed for recall; undefined where there is nothing to trade. */
export function widthParameterOf(type: IndexTypeName): 'ef' | 'nprobe' | undefined {
  const names = indexTypes[type].searchParameters.map((parameter) => parameter.name)
  return (['ef', 'nprobe'] as const).find((name) => names.includes(name))
}

/** Lists of an inverted file: four times the square root of the rows, as is common. */
function nlistFor(count: number): number {
  return Math.max(1, Math.min(65_536, Math.round(4 * Math.sqrt(count))))
}
