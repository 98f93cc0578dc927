import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { KeyValues } from '../../schema/collection-schema.ts'
import type { SearchRequest } from '../../services/proxy/proxy.ts'
import type { SearchRequest as SearchRequestMessage } from '../generated/milvus/milvus.ts'
import type { RpcCall } from '../service.ts'
import { readConsistencyOf } from './consistency.ts'
import { clip, isTrue, type ParamReader, paramReader } from './params.ts'
import { queriesOf } from './placeholder-group.ts'
import { type GivenParams, searchOptionKeys, searchOptionsOf } from './search-options.ts'
import { refuseTenancy, refuseUnsupported, targetOf } from './serve.ts'
import { templateValuesOf } from './template-values.ts'

/** What Milvus's own clients send when their caller does not say. */
export const topkDefault = 100
const roundDecimalMax = 6

/**
 * A search in either form that clients have sent: parameters of the search itself and those of the
 * index come mixed in one list, and those of the index also as JSON under `params`.
 */
export function searchRequestOf(request: SearchRequestMessage, call: RpcCall): SearchRequest {
  const params = paramReader(request.searchParams)
  const given = givenParamsOf(request.searchParams, params)
  refuseUnsupportedIn(request)
  refuseUnsupportedParams(given)
  const { batchSize, guaranteeTimestamp, ...options } = searchOptionsOf(given)
  const { queryType, queryCount, queries } = queriesOf(request.placeholderGroup)
  if (request.nq !== 0n && request.nq !== BigInt(queryCount)) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `nq [${request.nq}] is invalid: the placeholder group holds ${queryCount} vectors`,
    )
  }
  return {
    ...targetOf(request, call),
    ...readConsistencyOf({
      ...request,
      guaranteeTimestamp: guaranteeTimestamp ?? request.guaranteeTimestamp,
    }),
    ...options,
    partitionNames: request.partitionNames,
    filter: request.dsl,
    templates: templateValuesOf(request.exprTemplateValues),
    ignoresGrowing: isTrue(params.text('ignore_growing')),
    fieldName: params.text('anns_field'),
    queryCount,
    queries,
    queryType,
    topk: batchSize ?? params.wholeNumber('topk') ?? params.wholeNumber('limit') ?? topkDefault,
    offset: params.wholeNumber('offset') ?? 0,
    metric: params.text('metric_type'),
    params: indexParamsOf(given),
    roundDecimal: roundDecimalOf(params),
    outputFields: request.outputFields,
  }
}

export function roundDecimalOf(params: ParamReader): number {
  const roundDecimal = params.wholeNumber('round_decimal') ?? -1
  if (roundDecimal >= -1 && roundDecimal <= roundDecimalMax) return roundDecimal
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `round_decimal [${roundDecimal}] is invalid: it is -1 or from 0 to ${roundDecimalMax}`,
  )
}

/** What belongs to the search itself; all else is the index's. */
const searchParamKeys: ReadonlySet<string> = new Set([
  'anns_field',
  'topk',
  'limit',
  'nq',
  'offset',
  'metric_type',
  'params',
  'round_decimal',
  'ignore_growing',
  'hints',
  'cluster_id',
  'page_retain_order',
])

/** Options and the index's parameters: those under `params`, and those beside that it has not. */
function givenParamsOf(pairs: KeyValues, params: ParamReader): GivenParams {
  const text = params.text('params')
  const given = text === '' || text === '{}' ? {} : parseParams(text)
  for (const { key, value } of pairs) {
    if (!searchParamKeys.has(key) && !Object.hasOwn(given, key)) given[key] = value
  }
  return given
}

function indexParamsOf(given: GivenParams): Record<string, unknown> {
  const indexParams: Record<string, unknown> = { ...given }
  for (const key of searchOptionKeys) delete indexParams[key]
  return indexParams
}

export function parseParams(text: string): Record<string, unknown> {
  if (text.length > limits.jsonLengthMax) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `params is too long: ${text.length} characters, the most is ${limits.jsonLengthMax}`,
    )
  }
  const parsed = parseJson(text)
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return { ...parsed }
  }
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `params [${clip(text)}] is invalid: it is no JSON object`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is wrong with it is said by the caller, with the text.
    return undefined
  }
}

function refuseUnsupportedIn(request: SearchRequestMessage): void {
  refuseTenancy(request)
  refuseUnsupported({
    'Search by primary keys (ids)': request.ids !== undefined || request.searchByPrimaryKeys,
    'Sub-requests (sub_reqs)': request.subReqs.length > 0,
    'Function score (function_score)': request.functionScore !== undefined,
    Highlighter: request.highlighter !== undefined,
    'Search aggregation (search_aggregation)': request.searchAggregation !== undefined,
    'Function chains (function_chains)': request.functionChains.length > 0,
    'Time travel (travel_timestamp)': request.travelTimestamp !== 0n,
  })
}

function refuseUnsupportedParams(given: GivenParams): void {
  for (const [key, feature] of unsupportedParams) {
    if (isAsked(given[key])) {
      throw new ElanusError('UNIMPLEMENTED', `${feature} (${key}) is not supported yet`)
    }
  }
}

/** Clients send some of these with the value that asks for nothing. */
function isAsked(value: unknown): boolean {
  return (
    value !== undefined && value !== '' && value !== false && value !== 'false' && value !== null
  )
}

const unsupportedParams: ReadonlyMap<string, string> = new Map([
  ['group_by_fields', 'Grouping search by several fields'],
  ['order_by_fields', 'Ordering search'],
])
