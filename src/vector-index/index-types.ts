import { ElanusError } from '../base/errors.ts'
import type { KeyValues } from '../schema/collection-schema.ts'
import { type ElementType, metricDefaultOf, metricsOf } from '../schema/element-type.ts'
import type { Metric } from '../schema/metric.ts'
import type { IndexSpec, IndexTypeName, SearchParams } from './contract.ts'
import { flatTypes } from './flat-types.ts'
import { graphTypes } from './graph-types.ts'
import type { IndexType, VectorShape } from './index-type.ts'
import { indexTypeNames, processorTypes } from './index-type-names.ts'
import { ivfTypes } from './ivf-types.ts'
import { parseBuildParameter, parseSearchParameter } from './parameters.ts'

/** What each index type is, all families together. */
export const indexTypes: Readonly<Record<IndexTypeName, IndexType>> = {
  ...flatTypes,
  ...ivfTypes,
  ...graphTypes,
}

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
export function parseIndexSpec(
  given: KeyValues | IndexRequest,
  vectors: VectorShape = { elementType: 'float32' },
): IndexSpec {
  const request = 'type' in given ? given : requestOf(given)
  const type = parseType(request.type, vectors.elementType)
  const params: Record<string, number> = {}
  const asked = type === 'AUTOINDEX' ? {} : (request.params ?? {})
  for (const parameter of indexTypes[type].buildParameters) {
    params[parameter.name] = parseBuildParameter(parameter, asked[parameter.name])
  }
  indexTypes[type].checkBuild?.(params, vectors)
  return { type, metric: parseMetric(request.metric ?? '', vectors.elementType), params }
}

/** Checked search parameters for `topk` hits, offset included. Throws INVALID_ARGUMENT. */
export function parseSearchParams(
  spec: IndexSpec,
  topk: number,
  given: Readonly<Record<string, unknown>>,
): SearchParams {
  const type = indexTypes[spec.type]
  const params: Record<string, number> = {}
  for (const parameter of type.searchParameters) {
    const value = parseSearchParameter(parameter, given[parameter.name])
    if (value !== undefined) params[parameter.name] = value
  }
  return type.completeSearch(params, topk, spec)
}

/** Throws INDEX_NOT_SUPPORTED for vectors that the type does not take. */
export function checkElementType(type: IndexTypeName, elementType: ElementType): void {
  if (indexTypes[type].elementTypes.includes(elementType)) return
  const message = `data type ${elementType} vector can't build with this index ${type}`
  throw new ElanusError('INDEX_NOT_SUPPORTED', message)
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
function parseType(name: string, elementType: ElementType): IndexTypeName {
  if (name === '') return autoTypeOf(elementType)
  const upperName = name.toUpperCase()
  const type = processorTypes[upperName] ?? indexTypeNames.find((known) => known === upperName)
  if (type === undefined && upperName.startsWith('SPARSE_')) {
    const message = `index ${name} only supports sparse vector, and the field has ${elementType} vectors`
    throw new ElanusError('INDEX_NOT_SUPPORTED', message)
  }
  if (type === undefined) {
    const known = indexTypeNames.join(', ')
    const message = `invalid index type: ${name}, supported: ${known}`
    throw new ElanusError('INDEX_NOT_SUPPORTED', message)
  }
  // AUTOINDEX is whatever is best for the vectors.
  const chosen = type === 'AUTOINDEX' ? autoTypeOf(elementType) : type
  checkElementType(chosen, elementType)
  return chosen
}

/** Bits are scanned: a graph takes numbers. */
function autoTypeOf(elementType: ElementType): IndexTypeName {
  if (indexTypes.AUTOINDEX.elementTypes.includes(elementType)) return 'AUTOINDEX'
  return elementType === 'binary' ? 'BIN_FLAT' : 'FLAT'
}

function parseMetric(name: string, elementType: ElementType): Metric {
  if (name === '') return metricDefaultOf(elementType)
  const metrics = metricsOf(elementType)
  const metric = metrics.find((known) => known === name.toUpperCase())
  if (metric !== undefined) return metric
  const kind = elementType === 'binary' ? 'binary' : elementType === 'int8' ? 'int8' : 'float'
  const message = `${kind} vector index does not support metric type: ${name}, supported: ${metrics.join(', ')}`
  throw new ElanusError('INDEX_NOT_SUPPORTED', message)
}
