import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { CollectionRecord, IndexRecord } from '../../meta/records.ts'
import { isVectorField, type VectorField } from '../../schema/collection-schema.ts'
import { elementTypeOf, vectorRowSizeBytes } from '../../schema/data-type.ts'
import { firstNonFinite } from '../../vector-index/finite.ts'
import { parseSearchParams } from '../../vector-index/index-types.ts'
import { indexSpecOf } from '../index/index-spec.ts'
import type { NearestRequest } from '../query/query-service.ts'
import { numberAt } from './check-column.ts'
import { filterOf } from './filters.ts'

import { checkIsolation } from './partition-scope.ts'
import type { SearchRequest } from './proxy.ts'
import { reachOf } from './search-reach.ts'

/**
 * The request, checked against the schema and the index; limits before anything is allocated. Its
 * topk counts what the offset skips.
 */
export function nearestRequestOf(
  collection: CollectionRecord,
  request: SearchRequest,
): NearestRequest {
  const { topk, offset, queryCount, queries } = request
  checkRange('topk', topk, 1)
  checkRange('offset', offset, 0)
  if (topk + offset > limits.windowMax) {
    throw invalid(
      `invalid max query result window, (offset+limit) should be in range [1, ${limits.windowMax}], ` +
        `but got ${topk + offset}`,
    )
  }
  checkRange('nq', queryCount, 1)
  checkRoundDecimal(request.roundDecimal)
  const field = vectorFieldOf(collection, request.fieldName)
  checkQueries(field, request)
  const index = collection.indexes.find(({ fieldId }) => fieldId === field.id)
  const metric = metricOf(collection, field, request.metric, index)
  const params =
    index === undefined ? {} : parseSearchParams(indexSpecOf(index), topk + offset, request.params)
  const filter = filterOf(collection.schema, request)
  checkIsolation(collection, filter)
  const reach = reachOf(collection.schema, metric, request)
  return {
    field,
    metric,
    queries,
    queryCount,
    topk: topk + offset,
    params,
    filter: filter?.encoded,
    reach,
  }
}

function checkRange(name: 'topk' | 'offset' | 'nq', value: number, min: number): void {
  if (Number.isInteger(value) && value >= min && value <= limits.windowMax) return
  throw invalid(
    `${name} [${value}] is invalid, it should be in range [${min}, ${limits.windowMax}], but got ${value}`,
  )
}

export function checkRoundDecimal(value: number): void {
  if (Number.isInteger(value) && value >= -1 && value <= 6) return
  throw invalid(
    `round_decimal [${value}] is invalid, it should be -1 or an integer in range [0, 6]`,
  )
}

function vectorFieldOf(collection: CollectionRecord, name: string): VectorField {
  const vectors = collection.schema.fields.filter(isVectorField)
  if (name !== '') {
    const field = vectors.find((known) => known.name === name)
    if (field !== undefined) return field
    const other = collection.schema.fields.find((known) => known.name === name)
    throw invalid(
      other === undefined
        ? `failed to get field schema by name: fieldName(${name}) not found`
        : `field (${name}) to search is not of vector data type, it is ${other.type}`,
    )
  }
  const [only] = vectors
  if (only === undefined || vectors.length > 1) {
    throw invalid(
      `multiple anns_fields exist, please specify a anns_field in search_params: ` +
        vectors.map((field) => field.name).join(', '),
    )
  }
  return only
}

function checkQueries(field: VectorField, { queries, queryCount, queryType }: SearchRequest): void {
  if (queryType !== undefined && queryType !== field.type) {
    throw invalid(
      `vector type must be the same, field ${field.name} - type ${field.type}, ` +
        `search info type ${queryType}`,
    )
  }
  const rowSizeBytes = vectorRowSizeBytes(field.type, field.dimension)
  if (queries.byteLength !== queryCount * rowSizeBytes) {
    throw invalid(
      `vector dimension mismatch, expected vector size(byte) ` +
        `${rowSizeBytes}, actual ${queries.byteLength / queryCount}`,
    )
  }
  const bad = firstNonFinite(queries, elementTypeOf(field.type))
  if (bad < 0) return
  throw invalid(
    `value '${numberAt(queries, bad, field)}' is not a number or infinity, ` +
      `query ${Math.floor(bad / field.dimension)}, element ${bad % field.dimension}`,
  )
}

function metricOf(
  collection: CollectionRecord,
  field: VectorField,
  asked: string,
  index: IndexRecord | undefined,
): NearestRequest['metric'] {
  if (index?.metric === undefined) {
    // A collection is loaded with an index on every vector field; this one was never loaded.
    throw new ElanusError(
      'COLLECTION_NOT_LOADED',
      `collection not loaded[collection=${collection.schema.name}]: field ${field.name} has no index`,
    )
  }
  if (asked === '' || asked.toUpperCase() === index.metric) return index.metric
  throw invalid(
    `metric type not match: invalid [expected=${index.metric}][actual=${asked}]: invalid parameter`,
  )
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
