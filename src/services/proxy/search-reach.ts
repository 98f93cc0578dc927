import { randomUUID } from 'node:crypto'
import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { CollectionSchema, FieldSchema } from '../../schema/collection-schema.ts'
import { isSimilarity, type Metric } from '../../schema/metric.ts'
import { keyOfAbsent } from '../../segment/group-keys.ts'
import type { SearchReach } from '../../workers/tasks.ts'
import type { Grouping, IteratorPage, ScoreRange, SearchIterator, SearchRequest } from './proxy.ts'

/** How far a search's hits reach, checked; undefined: the nearest, wherever they are. */
export function reachOf(
  schema: CollectionSchema,
  metric: Metric,
  request: SearchRequest,
): SearchReach | undefined {
  const { range, grouping, iterator } = request
  if (range !== undefined) checkRange(metric, range)
  if (iterator !== undefined) {
    checkIterator(request, iterator)
    return { kind: 'page', bounds: { ...range, after: iterator.lastBound } }
  }
  if (grouping !== undefined) {
    if (range !== undefined)
      throw invalid('Not allowed to do range-search when doing search-group-by')
    return groupReachOf(schema, request, grouping)
  }
  return range === undefined ? undefined : { kind: 'nearest', bounds: range }
}

/** What a page's answer lets the next page go on from. */
export function pageOf(iterator: SearchIterator, scores: Float32Array): IteratorPage {
  return {
    token: iterator.token === '' ? randomUUID() : iterator.token,
    lastBound: scores.at(-1) ?? iterator.lastBound ?? 0,
  }
}

export function groupingFieldOf(schema: CollectionSchema, grouping: Grouping): FieldSchema {
  const field = schema.fields.find(({ name }) => name === grouping.fieldName)
  if (field === undefined) {
    throw invalid(`failed to get field schema by name: fieldName(${grouping.fieldName}) not found`)
  }
  if (groupingTypes.has(field.type)) return field
  throw invalid(
    `group_by_field ${field.name} is of type ${field.type}: it should be Bool, an integer or VarChar`,
  )
}

const groupingTypes: ReadonlySet<FieldSchema['type']> = new Set([
  'Bool',
  'Int8',
  'Int16',
  'Int32',
  'Int64',
  'VarChar',
])

function groupReachOf(
  schema: CollectionSchema,
  { topk, offset }: SearchRequest,
  grouping: Grouping,
): SearchReach {
  const { groupSize, isStrict } = grouping
  if (!Number.isInteger(groupSize) || groupSize < 1) {
    throw invalid(`input group size:${groupSize} is invalid: it should be 1 or more`)
  }
  const rowCount = (topk + offset) * groupSize
  if (rowCount > limits.windowMax) {
    throw invalid(
      `(offset+limit) groups of ${groupSize} rows should be in range [1, ${limits.windowMax}], ` +
        `but got ${rowCount} rows`,
    )
  }
  const field = groupingFieldOf(schema, grouping)
  const reach = { kind: 'groups', fieldId: field.id, groupSize, isStrict } as const
  return field.addedAt === undefined ? reach : { ...reach, absentKey: keyOfAbsent(field) }
}

function checkRange(metric: Metric, { radius, rangeFilter }: ScoreRange): void {
  for (const [name, value] of [
    ['radius', radius],
    ['range_filter', rangeFilter],
  ] as const) {
    if (value !== undefined && !Number.isFinite(value)) {
      throw invalid(`${name} [${value}] is invalid: it is no finite number`)
    }
  }
  if (radius === undefined || rangeFilter === undefined) return
  if (isSimilarity(metric) ? rangeFilter > radius : rangeFilter < radius) return
  const order = isSimilarity(metric) ? 'greater' : 'less'
  throw invalid(
    `range_filter(${rangeFilter}) must be ${order} than radius(${radius}) for metric type ${metric}`,
  )
}

/** As clients are given them. */
const tokenPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function checkIterator(request: SearchRequest, iterator: SearchIterator): void {
  const { queryCount, offset, grouping } = request
  if (queryCount !== 1) {
    throw invalid(`search iterator v2 does not support processing multiple vectors simultaneously`)
  }
  if (offset !== 0) throw invalid(`offset [${offset}] is not supported for a search iterator`)
  if (grouping !== undefined) throw invalid('Not allowed to do groupBy when doing iteration')
  const { lastBound, token } = iterator
  if (token !== '' && !tokenPattern.test(token)) {
    throw invalid(`search_iter_id [${token.slice(0, 64)}] is invalid: it is no UUID`)
  }
  if (lastBound !== undefined && !Number.isFinite(lastBound)) {
    throw invalid(`search_iter_last_bound [${lastBound}] is invalid: it is no finite number`)
  }
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
