import type { IndexDescription, IndexTarget } from '../../services/proxy/proxy.ts'
import { IndexState } from '../generated/milvus/common.ts'
import {
  type IndexDescription as IndexDescriptionMessage,
  MilvusServiceDefinition,
} from '../generated/milvus/milvus.ts'
import type { RpcCall, RpcMethod } from '../service.ts'
import type { MilvusContext } from './context.ts'
import { targetOf } from './serve.ts'
import { success } from './status.ts'

const { methods } = MilvusServiceDefinition

export function indexMethods({ proxy, serve }: MilvusContext): RpcMethod[] {
  return [
    serve(methods.createIndex, async (request, call) => {
      await proxy.createIndex({
        ...targetOf(request, call),
        fieldName: request.fieldName,
        indexName: request.indexName,
        params: request.extraParams,
      })
      return success
    }),

    serve(methods.describeIndex, async (request, call) => {
      const indexes = await proxy.describeIndexes(indexTargetOf(request, call))
      return { status: success, indexDescriptions: indexes.map(describe) }
    }),

    serve(methods.getIndexStatistics, async (request, call) => {
      const target = indexTargetOf({ ...request, fieldName: '' }, call)
      const indexes = await proxy.describeIndexes(target)
      return { status: success, indexDescriptions: indexes.map(describe) }
    }),

    serve(methods.getIndexState, async (request, call) => {
      const indexes = await proxy.describeIndexes(indexTargetOf(request, call))
      const slowest = slowestOf(indexes)
      return {
        status: success,
        state: slowest === undefined ? IndexState.IndexStateNone : states[slowest.state],
        failReason: slowest?.failReason ?? '',
      }
    }),

    serve(methods.getIndexBuildProgress, async (request, call) => {
      const indexes = await proxy.describeIndexes(indexTargetOf(request, call))
      return {
        status: success,
        indexedRows: sum(indexes, ({ indexedRowCount }) => indexedRowCount),
        totalRows: sum(indexes, ({ totalRowCount }) => totalRowCount),
      }
    }),

    serve(methods.dropIndex, async (request, call) => {
      await proxy.dropIndex(indexTargetOf(request, call))
      return success
    }),
  ]
}

interface IndexRequest {
  readonly dbName: string
  readonly collectionName: string
  readonly fieldName: string
  readonly indexName: string
}

function indexTargetOf(request: IndexRequest, call: RpcCall): IndexTarget {
  return {
    ...targetOf(request, call),
    fieldName: request.fieldName,
    indexName: request.indexName,
  }
}

const states = {
  unissued: IndexState.Unissued,
  inProgress: IndexState.InProgress,
  finished: IndexState.Finished,
  failed: IndexState.Failed,
} as const satisfies Record<IndexDescription['state'], IndexState>

/** From the one that a caller must hear of first to the one that it waits for. */
const urgency = ['failed', 'unissued', 'inProgress', 'finished'] as const

/** Several indexes are as far as the one that is least so. */
function slowestOf(indexes: readonly IndexDescription[]): IndexDescription | undefined {
  return indexes.toSorted((a, b) => urgency.indexOf(a.state) - urgency.indexOf(b.state))[0]
}

function sum(
  indexes: readonly IndexDescription[],
  count: (index: IndexDescription) => number,
): bigint {
  return BigInt(indexes.reduce((total, index) => total + count(index), 0))
}

function describe(index: IndexDescription): IndexDescriptionMessage {
  return {
    indexName: index.name,
    indexID: index.id,
    params: [...index.params],
    fieldName: index.fieldName,
    indexedRows: BigInt(index.indexedRowCount),
    totalRows: BigInt(index.totalRowCount),
    state: states[index.state],
    indexStateFailReason: index.failReason,
    pendingIndexRows: BigInt(index.pendingRowCount),
  }
}
