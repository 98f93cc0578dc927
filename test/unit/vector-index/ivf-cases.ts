import type { ElementType } from '../../../src/schema/element-type.ts'
import type { Metric } from '../../../src/schema/metric.ts'
import type { IndexSpec, VectorIndex, VectorStore } from '../../../src/vector-index/contract.ts'
import { parseIndexSpec } from '../../../src/vector-index/index-types.ts'
import { openIndex, prepareIndex } from '../../../src/vector-index/vector-index.ts'
import { createVectorStore } from '../../../src/vector-index/vector-store.ts'
import { encodeElements } from './elements.ts'
import type { Rows } from './vectors.ts'

/** One index type over one kind of vectors, as the suites of inverted lists run on it. */
export interface IvfCase {
  readonly type: string
  readonly elementType: ElementType
  readonly metric: Metric
  readonly params: Readonly<Record<string, unknown>>
}

const numbers: readonly ElementType[] = ['float32', 'float16', 'bfloat16', 'int8']
const others: readonly ElementType[] = ['float32', 'int8']

const types: readonly [string, readonly ElementType[], Readonly<Record<string, unknown>>][] = [
  ['IVF_FLAT', numbers, {}],
  ['IVF_SQ8', numbers, {}],
  ['IVF_PQ', others, {}],
  ['IVF_RABITQ', others, {}],
  ['SCANN', others, {}],
  ['BIN_IVF_FLAT', ['binary'], {}],
]

const metricsFor = (elementType: ElementType): readonly Metric[] => {
  if (elementType === 'binary') return ['HAMMING', 'JACCARD']
  return elementType === 'float32' ? ['L2', 'IP', 'COSINE'] : ['L2', 'COSINE']
}

export const ivfCases: readonly IvfCase[] = types.flatMap(([type, elementTypes, params]) =>
  elementTypes.flatMap((elementType) =>
    metricsFor(elementType).map((metric) => ({ type, elementType, metric, params })),
  ),
)

/** One case of each type: for what does not depend on the vectors. */
export const ivfTypeCases: readonly IvfCase[] = types.map(
  ([type]) => ivfCases.find((one) => one.type === type) ?? neverCase(),
)

function neverCase(): IvfCase {
  throw new Error('Each type has a case')
}

export function specOf(
  one: IvfCase,
  dimension: number,
  params: Readonly<Record<string, unknown>> = {},
): IndexSpec {
  const { type, metric, elementType } = one
  // As many parts as divide any dimension that the suites have.
  const m = [8, 2].find((count) => dimension % count === 0) ?? 1
  const all = { nlist: 16, m, ...one.params, ...params }
  return parseIndexSpec({ type, metric, params: all }, { elementType, dimension })
}

export function sealedStoreOf(rows: Rows, one: IvfCase, dimension: number): VectorStore {
  const store = createVectorStore({ dimension, elementType: one.elementType })
  store.append(encodeElements(rows, one.elementType), rows.length)
  store.seal()
  return store
}

export function emptyIndexOf(store: VectorStore, spec: IndexSpec): VectorIndex {
  return openIndex(store, prepareIndex(store, spec))
}
