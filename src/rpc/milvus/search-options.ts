import { ElanusError } from '../../base/errors.ts'
import type { Grouping, ScoreRange, SearchIterator } from '../../services/proxy/proxy.ts'
import { clip, isTrue } from './params.ts'

/** Parameters as they come: numbers and booleans, or their text. */
export type GivenParams = Readonly<Record<string, unknown>>

/** Of a search: everything in its parameters that is neither its own size nor the index's. */
export interface SearchOptions {
  readonly range: ScoreRange | undefined
  readonly grouping: Grouping | undefined
  readonly iterator: SearchIterator | undefined
  /** The size of an iterator's page; undefined when it is no iterator. */
  readonly batchSize: number | undefined
  readonly collectionId: bigint | undefined
  /** Of an iterator: when its first page was read. */
  readonly guaranteeTimestamp: bigint | undefined
}

/** What is read here, and is no parameter of an index. */
export const searchOptionKeys: readonly string[] = [
  'radius',
  'range_filter',
  'group_by_field',
  'group_size',
  'strict_group_size',
  'iterator',
  'search_iter_v2',
  'search_iter_batch_size',
  'search_iter_id',
  'search_iter_last_bound',
  'collection_id',
  'guarantee_timestamp',
]

export function searchOptionsOf(params: GivenParams): SearchOptions {
  const isIterator = isTrue(textOf(params['search_iter_v2']))
  return {
    range: rangeOf(params),
    grouping: groupingOf(params),
    iterator: isIterator ? iteratorOf(params) : undefined,
    batchSize: isIterator ? batchSizeOf(params) : undefined,
    // Iterators of the older kind are searches within ranges, one after the other.
    ...(isIterator || isTrue(textOf(params['iterator'])) ? iterationOf(params) : noIteration),
  }
}

/** Which collection an iterator is about, and when its first page was read. */
export function iterationOf(
  params: GivenParams,
): Pick<SearchOptions, 'collectionId' | 'guaranteeTimestamp'> {
  return {
    collectionId: positiveOf(params, 'collection_id'),
    guaranteeTimestamp: positiveOf(params, 'guarantee_timestamp'),
  }
}

const noIteration = { collectionId: undefined, guaranteeTimestamp: undefined } as const

function rangeOf(params: GivenParams): ScoreRange | undefined {
  const radius = numberOf(params, 'radius')
  const rangeFilter = numberOf(params, 'range_filter')
  return radius === undefined && rangeFilter === undefined ? undefined : { radius, rangeFilter }
}

function groupingOf(params: GivenParams): Grouping | undefined {
  const fieldName = textOf(params['group_by_field'])
  if (fieldName === '') return undefined
  const groupSize = numberOf(params, 'group_size') ?? 1
  return { fieldName, groupSize, isStrict: isTrue(textOf(params['strict_group_size'])) }
}

function iteratorOf(params: GivenParams): SearchIterator {
  return {
    token: textOf(params['search_iter_id']),
    lastBound: numberOf(params, 'search_iter_last_bound'),
  }
}

function batchSizeOf(params: GivenParams): number {
  const batchSize = numberOf(params, 'search_iter_batch_size')
  if (batchSize !== undefined) return batchSize
  throw invalid('search_iter_batch_size', '', 'a search iterator has a batch size')
}

function numberOf(params: GivenParams, key: string): number | undefined {
  const text = textOf(params[key])
  if (text === '') return undefined
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (Number.isFinite(value)) return value
  throw invalid(key, text, 'it is no number')
}

/** Clients send zero for none. */
function positiveOf(params: GivenParams, key: string): bigint | undefined {
  const text = textOf(params[key])
  if (text === '' || text === '0') return undefined
  if (/^\d{1,19}$/.test(text)) return BigInt(text)
  throw invalid(key, text, 'it is no whole number')
}

/** Empty for what is no text, number or boolean. */
export function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value)
    default:
      return ''
  }
}

function invalid(key: string, text: string, reason: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', `${key} [${clip(text)}] is invalid: ${reason}`)
}
