import type { QueryRequest } from '../../services/proxy/proxy.ts'
import type { QueryRequest as QueryRequestMessage } from '../generated/milvus/milvus.ts'
import type { RpcCall } from '../service.ts'
import { readConsistencyOf } from './consistency.ts'
import { isTrue, paramReader } from './params.ts'
import { iterationOf } from './search-options.ts'
import { refuseTenancy, refuseUnsupported, targetOf } from './serve.ts'
import { templateValuesOf } from './template-values.ts'

export function queryRequestOf(request: QueryRequestMessage, call: RpcCall): QueryRequest {
  refuseTenancy(request)
  const params = paramReader(request.queryParams)
  refuseUnsupported({
    'Time travel (travel_timestamp)': request.travelTimestamp !== 0n,
    'Grouping (group_by_fields)': params.has('group_by_fields') || params.has('group_by_field'),
    'Ordering (order_by_fields)': params.has('order_by_fields'),
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
    limit: params.wholeNumber('limit'),
    offset: params.wholeNumber('offset') ?? 0,
  }
}
