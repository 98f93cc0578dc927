import type { QueryRequest } from '../../services/proxy/proxy.ts'
import type { QueryRequest as QueryRequestMessage } from '../generated/milvus/milvus.ts'
import type { RpcCall } from '../service.ts'
import { readConsistencyOf } from './consistency.ts'
import { isTrue, paramReader } from './params.ts'
import { refuseTenancy, refuseUnsupported, targetOf } from './serve.ts'

export function queryRequestOf(request: QueryRequestMessage, call: RpcCall): QueryRequest {
  refuseTenancy(request)
  const params = paramReader(request.queryParams)
  refuseUnsupported({
    'Expression templates (expr_template_values)': request.exprTemplateValues.length > 0,
    'Time travel (travel_timestamp)': request.travelTimestamp !== 0n,
    'Grouping (group_by_fields)': params.has('group_by_fields') || params.has('group_by_field'),
    'Ordering (order_by_fields)': params.has('order_by_fields'),
    'Ignoring growing segments (ignore_growing)': isTrue(params.text('ignore_growing')),
  })
  return {
    ...targetOf(request, call),
    ...readConsistencyOf(request),
    partitionNames: request.partitionNames,
    filter: request.expr,
    outputFields: request.outputFields,
    limit: params.wholeNumber('limit'),
    offset: params.wholeNumber('offset') ?? 0,
  }
}
