import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { OrderBy, QueryRequest } from '../../services/proxy/proxy.ts'
import type { QueryRequest as QueryRequestMessage } from '../generated/milvus/milvus.ts'
import type { RpcCall } from '../service.ts'
import { readConsistencyOf } from './consistency.ts'
import { clip, isTrue, paramReader } from './params.ts'
import { iterationOf } from './search-options.ts'
import { refuseTenancy, refuseUnsupported, targetOf } from './serve.ts'
import { templateValuesOf } from './template-values.ts'

export function queryRequestOf(request: QueryRequestMessage, call: RpcCall): QueryRequest {
  refuseTenancy(request)
  const params = paramReader(request.queryParams)
  refuseUnsupported({
    'Time travel (travel_timestamp)': request.travelTimestamp !== 0n,
    'Grouping (group_by_field)': params.has('group_by_field'),
  })
  const isIterator = isTrue(params.text('iterator'))
  const iteration = {
    collection_id: params.text('collection_id'),
    guarantee_timestamp: params.text('guarantee_timestamp'),
  }
  const { collectionId, guaranteeTimestamp } = iterationOf(isIterator ? iteration : {})
  return {
    ...targetOf(request, call),
    ...readConsistencyOf({
      ...request,
      guaranteeTimestamp: guaranteeTimestamp ?? request.guaranteeTimestamp,
    }),
    isIterator,
    collectionId,
    partitionNames: request.partitionNames,
    filter: request.expr,
    templates: templateValuesOf(request.exprTemplateValues),
    ignoresGrowing: isTrue(params.text('ignore_growing')),
    outputFields: request.outputFields,
    groupBy: namesOf(params.text('group_by_fields')),
    orderBy: namesOf(params.text('order_by_fields')).map(orderByOf),
    limit: params.wholeNumber('limit'),
    offset: params.wholeNumber('offset') ?? 0,
  }
}

function namesOf(text: string): readonly string[] {
  if (text.trim() === '') return []
  const names = text.split(',').map((name) => name.trim())
  if (names.length <= limits.fieldCountMax) return names
  throw invalid(`the most fields to order or group by is ${limits.fieldCountMax}`)
}

/** `name`, `name:asc` or `name:desc`, and behind that `:nulls_first` or `:nulls_last`. */
function orderByOf(text: string): OrderBy {
  const [name = '', direction = 'asc', nulls = 'nulls_last', ...rest] = text
    .split(':')
    .map((part) => part.trim())
  const isDescending = direction.toLowerCase() === 'desc'
  const isNullFirst = nulls.toLowerCase() === 'nulls_first'
  const isDirection = isDescending || direction.toLowerCase() === 'asc'
  const isNulls = isNullFirst || nulls.toLowerCase() === 'nulls_last'
  if (name !== '' && isDirection && isNulls && rest.length === 0) {
    return { name, isDescending, isNullFirst }
  }
  throw invalid(`order_by_fields [${clip(text)}] is invalid: it is not of the form field:asc|desc`)
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
