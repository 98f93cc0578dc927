import { ElanusError } from '../../base/errors.ts'
import type { CollectionId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { physicalMsOf } from '../../base/timestamp.ts'
import type { PartitionTarget } from '../../services/proxy/proxy.ts'
import { MilvusServiceDefinition } from '../generated/milvus/milvus.ts'
import type { RpcCall, RpcMethod } from '../service.ts'
import type { MilvusContext } from './context.ts'
import { refuseLoadOptions } from './load-methods.ts'
import { targetOf } from './serve.ts'
import { success } from './status.ts'

const { methods } = MilvusServiceDefinition

export function partitionMethods({ proxy, serve }: MilvusContext): RpcMethod[] {
  const { catalog } = proxy
  return [
    serve(methods.createPartition, async (request, call) => {
      await catalog.createPartition(partitionTargetOf(request, call))
      return success
    }),

    serve(methods.dropPartition, async (request, call) => {
      await catalog.dropPartition(partitionTargetOf(request, call))
      return success
    }),

    serve(methods.hasPartition, async (request, call) => {
      const value = await catalog.hasPartition(partitionTargetOf(request, call))
      return { status: success, value }
    }),

    serve(methods.showPartitions, async (request, call) => {
      const isById = request.collectionName === '' && request.collectionID !== 0n
      const target = isById
        ? { collectionId: toId<CollectionId>(request.collectionID) }
        : targetOf(request, call)
      const wanted = new Set(request.partitionNames)
      const all = await catalog.showPartitions(target)
      const partitions = all.filter(({ name }) => wanted.size === 0 || wanted.has(name))
      return {
        status: success,
        partitionNames: partitions.map(({ name }) => name),
        partitionIDs: partitions.map(({ id }) => id),
        createdTimestamps: partitions.map(({ createdAt }) => createdAt),
        createdUtcTimestamps: partitions.map(({ createdAt }) => BigInt(physicalMsOf(createdAt))),
        inMemoryPercentages: partitions.map(({ loadPercent }) => BigInt(Math.floor(loadPercent))),
      }
    }),

    serve(methods.getPartitionStatistics, async (request, call) => {
      const rowCount = await catalog.partitionRowCount(partitionTargetOf(request, call))
      return { status: success, stats: [{ key: 'row_count', value: String(rowCount) }] }
    }),

    serve(methods.loadPartitions, async (request, call) => {
      refuseLoadOptions(request)
      await proxy.load(targetOf(request, call), someOf(request.partitionNames))
      return success
    }),

    serve(methods.releasePartitions, async (request, call) => {
      await proxy.release(targetOf(request, call), someOf(request.partitionNames))
      return success
    }),
  ]
}

function partitionTargetOf(
  request: {
    readonly dbName: string
    readonly collectionName: string
    readonly partitionName: string
  },
  call: RpcCall,
): PartitionTarget {
  return { ...targetOf(request, call), partitionName: request.partitionName }
}

/** To the proxy no name at all means every partition, which is not what an empty list asks for. */
function someOf(partitionNames: readonly string[]): readonly string[] {
  if (partitionNames.length > 0) return partitionNames
  throw new ElanusError('INVALID_ARGUMENT', 'due to no partition specified')
}
