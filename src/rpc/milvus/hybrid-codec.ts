import { ElanusError } from '../../base/errors.ts'
import type { KeyValues } from '../../schema/collection-schema.ts'
import type { HybridSearchRequest, Ranking } from '../../services/proxy/proxy.ts'
import type { HybridSearchRequest as HybridSearchRequestMessage } from '../generated/milvus/milvus.ts'
import { FunctionScore, type RankFunction } from '../generated/milvus/schema.ts'
import type { RpcCall } from '../service.ts'
import { decodeMessage } from '../wire/message.ts'
import { readConsistencyOf } from './consistency.ts'
import { clip, isTrue, paramReader } from './params.ts'
import { parseParams, roundDecimalOf, searchRequestOf, topkDefault } from './search-codec.ts'
import { textOf } from './search-options.ts'
import { refuseTenancy, refuseUnsupported, targetOf } from './serve.ts'

const rankConstantDefault = 60

/** A hybrid search: its ranking comes as parameters, or from newer clients as a function. */
export function hybridRequestOf(
  request: HybridSearchRequestMessage,
  call: RpcCall,
): HybridSearchRequest {
  const params = paramReader(request.rankParams)
  refuseTenancy(request)
  refuseUnsupported({
    'Function chains (function_chains)': request.functionChains.length > 0,
    'Time travel (travel_timestamp)': request.travelTimestamp !== 0n,
    'Grouping hybrid search (group_by_field)': params.has('group_by_field'),
    'Ordering hybrid search (order_by_fields)': params.has('order_by_fields'),
  })
  const requests = request.requests.map((search) => searchRequestOf(search, call))
  return {
    ...targetOf(request, call),
    ...readConsistencyOf(request),
    partitionNames: request.partitionNames,
    requests,
    ranking: rankingOf(request),
    limit: params.wholeNumber('limit') ?? topkDefault,
    offset: params.wholeNumber('offset') ?? 0,
    roundDecimal: roundDecimalOf(params),
    outputFields: request.outputFields,
    ignoresGrowing: requests.some(({ ignoresGrowing }) => ignoresGrowing === true),
  }
}

function rankingOf(request: HybridSearchRequestMessage): Ranking {
  if (request.functionScore !== undefined) return functionRankingOf(request.functionScore)
  const params = paramReader(request.rankParams)
  const text = params.text('params')
  return rankingNamed(params.text('strategy') || 'rrf', {
    params: text === '' ? {} : parseParams(text),
    isNormalizedDefault: true,
  })
}

/** Older rankings normalize scores unless told not to, newer ones only when told to. */
interface RankingParams {
  readonly params: Readonly<Record<string, unknown>>
  readonly isNormalizedDefault: boolean
}

function functionRankingOf(bytes: Uint8Array): Ranking {
  const { functions } = decodeMessage(FunctionScore, 'the function score', bytes)
  const [ranker, second] = functions
  if (ranker === undefined) throw invalid('function_score', '', 'it has no function')
  refuseUnsupported({ 'Ranking by several functions (function_score)': second !== undefined })
  const params = paramsOf(ranker)
  return rankingNamed(textOf(params['reranker']), { params, isNormalizedDefault: false })
}

function paramsOf({ params }: RankFunction): Record<string, unknown> {
  return Object.fromEntries(pairsOf(params))
}

function pairsOf(params: KeyValues): (readonly [string, unknown])[] {
  return params.map(({ key, value }) => [key, key === 'weights' ? listOf(value) : value] as const)
}

function listOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is wrong with it is said by who looks for numbers in it.
    return text
  }
}

function rankingNamed(name: string, { params, isNormalizedDefault }: RankingParams): Ranking {
  switch (name.toLowerCase()) {
    case 'rrf':
      return { kind: 'rrf', k: numberOf('k', params['k'] ?? rankConstantDefault) }
    case 'weighted': {
      const asked = params['norm_score']
      const isNormalized = asked === undefined ? isNormalizedDefault : isTrue(textOf(asked))
      return { kind: 'weighted', weights: weightsOf(params['weights']), isNormalized }
    }
    case 'decay':
    case 'model':
    case 'boost':
      throw new ElanusError('UNIMPLEMENTED', `Ranking by ${name} is not supported yet`)
    default:
      throw invalid('rank strategy', name, 'it is none of rrf and weighted')
  }
}

function weightsOf(value: unknown): readonly number[] {
  if (!Array.isArray(value))
    throw invalid('weights', JSON.stringify(value) ?? '', 'they are no list')
  return value.map((weight: unknown) => numberOf('weights', weight))
}

function numberOf(name: string, value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) return number
  throw invalid(name, JSON.stringify(value) ?? '', 'it is no number')
}

function invalid(name: string, text: string, reason: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', `${name} [${clip(text)}] is invalid: ${reason}`)
}
