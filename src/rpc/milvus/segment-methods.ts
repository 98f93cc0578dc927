import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, NodeId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { databaseNameDefault } from '../../schema/system-fields.ts'
import type {
  FlushTarget,
  PersistentSegment,
  ServedSegmentFacts,
} from '../../services/proxy/proxy.ts'
import type { FlushAllTarget, QuerySegmentInfo } from '../generated/milvus/catalog.ts'
import { SegmentLevel, SegmentState } from '../generated/milvus/common.ts'
import { MilvusServiceDefinition } from '../generated/milvus/milvus.ts'
import type { RpcMethod } from '../service.ts'
import type { MilvusContext } from './context.ts'
import { resourceGroupDefault } from './load-methods.ts'
import { databaseOf, targetOf } from './serve.ts'
import { success } from './status.ts'
import { timestampOf } from './wire-timestamp.ts'

const { methods } = MilvusServiceDefinition

/** All of this server, to clients that think of several. */
export const nodeId = toId<NodeId>(1n)

/** How rows lie in segments, and what flushes all of them. */
export function segmentMethods({ proxy: { catalog }, serve }: MilvusContext): RpcMethod[] {
  return [
    serve(methods.flushAll, async (request) => {
      const flushedAt = await catalog.flushAll(flushTargetsOf(request))
      return { status: success, flushAllTs: flushedAt }
    }),

    serve(methods.getFlushAllState, async (request) => {
      const times = [request.flushAllTs, ...Object.values(request.flushAllTss)]
      const flushedAt = times.reduce((latest, time) => (time > latest ? time : latest))
      if (flushedAt === 0n) {
        throw new ElanusError('INVALID_ARGUMENT', 'flush_all_ts or flush_all_tss must be given')
      }
      const flushed = await catalog.isAllFlushed(flushTargetsOf(request), timestampOf(flushedAt))
      return { status: success, flushed }
    }),

    serve(methods.getPersistentSegmentInfo, async (request, call) => {
      const segments = await catalog.persistentSegments(targetOf(request, call))
      return {
        status: success,
        infos: segments.map(({ id, collectionId, partitionId, rowCount, state }) => ({
          segmentID: id,
          collectionID: collectionId,
          partitionID: partitionId,
          numRows: BigInt(rowCount),
          state: states[state],
          ...facts,
        })),
      }
    }),

    serve(methods.getQuerySegmentInfo, async (request, call) => {
      const target = targetOf(request, call)
      return { status: success, infos: (await catalog.servedSegments(target)).map(queryInfoOf) }
    }),

    serve(methods.getReplicas, async (request, call) => {
      const isById = request.collectionName === '' && request.collectionID !== 0n
      const replicas = await catalog.replicas(
        isById
          ? { collectionId: toId<CollectionId>(request.collectionID) }
          : { databaseName: databaseOf(request, call), collectionName: request.collectionName },
      )
      return {
        status: success,
        replicas: replicas.map(({ collectionId, partitionIds, virtualChannels }) => ({
          // A collection has one replica, which its id names.
          replicaID: collectionId,
          collectionID: collectionId,
          partitionIds: [...partitionIds],
          shardReplicas: virtualChannels.map((dmChannelName) => ({
            leaderID: nodeId,
            leaderAddr: '',
            dmChannelName,
            nodeIds: request.withShardNodes ? [nodeId] : [],
          })),
          nodeIds: [nodeId],
          resourceGroupName: resourceGroupDefault,
          numOutboundNode: {},
        })),
      }
    }),
  ]
}

/** Rows lie in the order in which they came, and segments are of one kind. */
const facts = { level: SegmentLevel.L1, isSorted: false, storageVersion: 0n }

const states = {
  growing: SegmentState.Growing,
  sealed: SegmentState.Sealed,
  flushing: SegmentState.Flushing,
  flushed: SegmentState.Flushed,
  dropped: SegmentState.Dropped,
} as const satisfies Record<PersistentSegment['state'], SegmentState>

function queryInfoOf(segment: ServedSegmentFacts): QuerySegmentInfo {
  const [index] = segment.indexes
  return {
    segmentID: segment.id,
    collectionID: segment.collectionId,
    partitionID: segment.partitionId,
    memSize: BigInt(segment.memoryBytes),
    numRows: BigInt(segment.rowCount),
    indexName: index?.name ?? '',
    indexID: index?.id ?? 0n,
    nodeID: nodeId,
    state: segment.isGrowing ? SegmentState.Growing : SegmentState.Sealed,
    nodeIds: [nodeId],
    ...facts,
  }
}

/** What no target names is everything there is, whatever database the connection chose. */
function flushTargetsOf(request: {
  readonly dbName: string
  readonly flushTargets: readonly FlushAllTarget[]
}): readonly FlushTarget[] {
  if (request.flushTargets.length === 0) {
    return [{ databaseName: request.dbName || undefined, collectionNames: [] }]
  }
  return request.flushTargets.map(({ dbName, collectionNames }) => {
    const databaseDefault = collectionNames.length > 0 ? databaseNameDefault : undefined
    return { databaseName: dbName || databaseDefault, collectionNames }
  })
}
