import { rowIdFieldId } from '../../schema/system-fields.ts'
import type { QueryResult, SearchResult } from '../../services/proxy/proxy.ts'
import {
  MilvusServiceDefinition,
  type QueryResults,
  type SearchResults,
} from '../generated/milvus/milvus.ts'
import type { RpcMethod } from '../service.ts'
import { packFloats } from '../wire/packed-floats.ts'
import { packInt32 } from '../wire/packed-varints.ts'
import { fieldDataOf, idsOf } from './column-encoder.ts'
import type { MilvusContext } from './context.ts'
import { hybridRequestOf } from './hybrid-codec.ts'
import { queryRequestOf } from './query-codec.ts'
import { searchRequestOf } from './search-codec.ts'
import { success } from './status.ts'

const { methods } = MilvusServiceDefinition

export function readMethods({ proxy, serve }: MilvusContext): RpcMethod[] {
  return [
    serve(methods.search, async (request, call) =>
      searched(await proxy.search(searchRequestOf(request, call), call.signal())),
    ),

    serve(methods.hybridSearch, async (request, call) =>
      searched(await proxy.hybridSearch(hybridRequestOf(request, call), call.signal())),
    ),

    serve(methods.query, async (request, call) =>
      queried(await proxy.query(queryRequestOf(request, call), call.signal())),
    ),
  ]
}

/** `results` is a message also when nothing was found: clients read its parts unasked. */
function searched(result: SearchResult): SearchResults {
  const groups = result.groupColumn && fieldDataOf(result.groupColumn)
  return {
    status: success,
    results: {
      numQueries: BigInt(result.hitCounts.length),
      topK: BigInt(result.topk),
      fieldsData: result.columns.map(fieldDataOf),
      scores: packFloats(result.scores),
      ids: idsOf(result.primaryKeys),
      topks: packInt32(result.hitCounts),
      outputFields: [...result.outputFields],
      groupByFieldValue: groups,
      groupByFieldValues: groups === undefined ? [] : [groups],
      searchIteratorV2Results: result.page,
      allSearchCount: 0n,
      primaryFieldName: result.primaryKeyName,
    },
    collectionName: result.collectionName,
    sessionTs: result.readAt,
  }
}

const countField = 'count(*)'

function queried(result: QueryResult): QueryResults {
  const common = {
    status: success,
    collectionName: result.collectionName,
    sessionTs: result.readAt,
  }
  if (result.kind === 'rows') {
    return {
      ...common,
      fieldsData: result.columns.map(fieldDataOf),
      outputFields: [...result.outputFields],
      primaryFieldName: result.primaryKeyName,
    }
  }
  const values = BigInt64Array.of(BigInt(result.count))
  const column = {
    fieldId: rowIdFieldId,
    name: countField,
    column: { type: 'Int64', values },
  } as const
  return {
    ...common,
    fieldsData: [fieldDataOf(column)],
    outputFields: [countField],
    primaryFieldName: '',
  }
}
