import type { CollectionId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import type { Compaction } from '../../services/proxy/catalog.ts'
import { CompactionState } from '../generated/milvus/common.ts'
import { MilvusServiceDefinition } from '../generated/milvus/milvus.ts'
import type { RpcMethod } from '../service.ts'
import type { MilvusContext } from './context.ts'
import { databaseOf, refuseUnsupported } from './serve.ts'
import { success } from './status.ts'

const { methods } = MilvusServiceDefinition

export function compactionMethods({ proxy, serve }: MilvusContext): RpcMethod[] {
  const { catalog } = proxy
  return [
    serve(methods.manualCompaction, async (request, call) => {
      refuseUnsupported({
        'clustering compaction': request.majorCompaction,
        'compaction of a partition': request.partitionId !== 0n,
        'compaction of a channel': request.channel !== '',
        'compaction of chosen segments': request.segmentIds.length > 0,
      })
      const { collectionName } = request
      const target =
        collectionName === ''
          ? { collectionId: toId<CollectionId>(request.collectionID) }
          : { databaseName: databaseOf(request, call), collectionName }
      const { id, planCount } = await catalog.compact(target)
      return { status: success, compactionID: id, compactionPlanCount: planCount }
    }),

    serve(methods.getCompactionState, async ({ compactionID }) => {
      const found = catalog.compaction(compactionID)
      return {
        status: success,
        state: stateOf(found),
        executingPlanNo: countOf(found, 'executing'),
        // A merge has no deadline.
        timeoutPlanNo: 0n,
        completedPlanNo: countOf(found, 'completed'),
        failedPlanNo: countOf(found, 'failed'),
      }
    }),

    serve(methods.getCompactionStateWithPlans, async ({ compactionID }) => {
      const found = catalog.compaction(compactionID)
      return {
        status: success,
        state: stateOf(found),
        mergeInfos: (found?.plans ?? []).map(({ sources, target }) => ({
          sources: [...sources],
          target: target ?? 0n,
        })),
      }
    }),
  ]
}

/** What nobody asked for, or a process before this one, has nothing left to do. */
function stateOf(compaction: Compaction | undefined): CompactionState {
  return compaction?.state === 'executing' ? CompactionState.Executing : CompactionState.Completed
}

function countOf(
  compaction: Compaction | undefined,
  state: Compaction['plans'][number]['state'],
): bigint {
  return BigInt((compaction?.plans ?? []).filter((plan) => plan.state === state).length)
}
