import { ElanusError } from '../base/errors.ts'
import type { KeyValues } from '../schema/collection-schema.ts'
import type { Metric } from '../schema/metric.ts'
import { metricDefault, metrics } from '../schema/metric.ts'
import type { IndexSpec, IndexTypeName, SearchParams } from './contract.ts'
import { indexTypeNames } from './contract.ts'
import type { Parameter } from './parameters.ts'
import { parseBuildParameter, parseSearchParameter } from './parameters.ts'

/**
 * The index types: what each is made of, and its parameters with Milvus's names, ranges and
 * defaults. What is absent from a request takes the default; what a type does not know is ignored,
 * as Milvus does.
 */
export interface IndexType {
  readonly engine: 'flat' | 'graph'
  readonly buildParameters: readonly Parameter[]
  readonly searchParameters: readonly Parameter[]
}

const int32Max = 2_147_483_647
const uint32Max = 4_294_967_295

/** The same seed builds the same index, on one thread. */
const seed: Parameter = { name: 'seed', min: 0, max: uint32Max, default: 42 }

const ef: Parameter = { name: 'ef', min: 1, max: int32Max, default: 1 }

export const indexTypes: Readonly<Record<IndexTypeName, IndexType>> = {
  FLAT: { engine: 'flat', buildParameters: [], searchParameters: [] },
  HNSW: {
    engine: 'graph',
    buildParameters: [
      { name: 'M', min: 2, max: 2048, default: 30 },
      { name: 'efConstruction', min: 1, max: int32Max, default: 360 },
      seed,
    ],
    searchParameters: [ef],
  },
  // What Milvus expands it to; a caller has nothing to choose.
  AUTOINDEX: {
    engine: 'graph',
    buildParameters: [
      { name: 'M', min: 18, max: 18, default: 18 },
      { name: 'efConstruction', min: 240, max: 240, default: 240 },
      seed,
    ],
    searchParameters: [ef],
  },
}

/**
 * The width of a search that does not say: such that recall is at least 0.95 for any `topk` on the
 * data sets of docs/ENGINE.md. Milvus's own, the larger of `topk` and 16, is not wide enough for
 * few hits; for many, one a hit is.
 */
export function efDefault(topk: number): number {
  return Math.max(topk, Math.min(2 * topk, efDefaultMax), efDefaultMin)
}

const efDefaultMin = 32
const efDefaultMax = 64

export interface IndexRequest {
  readonly type: string
  /** Empty or absent: the default. */
  readonly metric?: string
  readonly params?: Readonly<Record<string, unknown>>
}

/**
 * A checked index specification from what a client sent: `index_type`, `metric_type`, `params` as
 * JSON text, and single parameters beside them; or from the same in parts. Throws INVALID_ARGUMENT
 * for a parameter and INDEX_NOT_SUPPORTED for a type or metric.
 */
export function parseIndexSpec(given: KeyValues | IndexRequest): IndexSpec {
  const request = 'type' in given ? given : requestOf(given)
  const type = parseType(request.type)
  const params: Record<string, number> = {}
  const asked = type === 'AUTOINDEX' ? {} : (request.params ?? {})
  for (const parameter of indexTypes[type].buildParameters) {
    params[parameter.name] = parseBuildParameter(parameter, asked[parameter.name])
  }
  return { type, metric: parseMetric(request.metric ?? ''), params }
}

/** Checked search parameters for `topk` hits, offset included. Throws INVALID_ARGUMENT. */
export function parseSearchParams(
  spec: IndexSpec,
  topk: number,
  given: Readonly<Record<string, unknown>>,
): SearchParams {
  const params: Record<string, number> = {}
  for (const parameter of indexTypes[spec.type].searchParameters) {
    const value = parseSearchParameter(parameter, given[parameter.name])
    params[parameter.name] = value ?? efDefault(topk)
  }
  const { ef: width } = params
  if (width !== undefined && width < topk) {
    throw new ElanusError('INVALID_ARGUMENT', `ef(${width}) should be larger than k(${topk})`)
  }
  return params
}

function requestOf(given: KeyValues): IndexRequest {
  const byKey: Record<string, unknown> = {}
  for (const { key, value } of given) byKey[key] = value
  const { index_type: type = '', metric_type: metric = '', params = '{}', ...single } = byKey
  return { type: String(type), metric: String(metric), params: { ...parseJson(params), ...single } }
}

function parseJson(text: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(String(text))
    if (isRecord(value)) return value
  } catch {
    // Falls through to the same answer as for JSON that is no object.
  }
  throw new ElanusError('INVALID_ARGUMENT', `Cannot read index params ${String(text)}: not JSON`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A client that does not say leaves the choice to us. */
function parseType(name: string): IndexTypeName {
  if (name === '') return 'AUTOINDEX'
  const type = indexTypeNames.find((known) => known === name.toUpperCase())
  if (type !== undefined) return type
  const known = indexTypeNames.join(', ')
  const message = `invalid index type: ${name}, supported: ${known}`
  throw new ElanusError('INDEX_NOT_SUPPORTED', message)
}

function parseMetric(name: string): Metric {
  if (name === '') return metricDefault
  const metric = metrics.find((known) => known === name.toUpperCase())
  if (metric !== undefined) return metric
  const message = `float vector index does not support metric type: ${name}, supported: ${metrics.join(', ')}`
  throw new ElanusError('INDEX_NOT_SUPPORTED', message)
}
