import { ElanusError, toElanusError } from '../../base/errors.ts'
import type { CollectionId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { physicalMsOf } from '../../base/timestamp.ts'
import type {
  CollectionDescription,
  CollectionIdTarget,
  CollectionSummary,
  CollectionTarget,
} from '../../services/proxy/proxy.ts'
import type { BatchDescribeCollectionRequest } from '../generated/milvus/catalog.ts'
import {
  DescribeCollectionResponse,
  MilvusServiceDefinition,
  ShowType,
} from '../generated/milvus/milvus.ts'
import { CollectionSchema } from '../generated/milvus/schema.ts'
import type { RpcCall, RpcMethod } from '../service.ts'
import { countVarints, unpackInt64 } from '../wire/packed-varints.ts'
import { consistencyLevelOf, consistencyNumberOf } from './consistency.ts'
import type { MilvusContext } from './context.ts'
import { draftOf, schemaMessageOf } from './schema-codec.ts'
import { databaseOf, refuseUnsupported, targetOf } from './serve.ts'
import { statusOf, success } from './status.ts'

const { methods } = MilvusServiceDefinition

export function collectionMethods({ proxy, serve }: MilvusContext): RpcMethod[] {
  return [
    serve(methods.createCollection, async (request, call) => {
      const schema = draftOf(request.schema)
      if (schema.name !== '' && schema.name !== request.collectionName) {
        throw new ElanusError(
          'INVALID_ARGUMENT',
          `Cannot create collection ${request.collectionName}: its schema is named ${schema.name}`,
        )
      }
      await proxy.createCollection({
        ...targetOf(request, call),
        schema: { ...schema, name: request.collectionName },
        shardCount: request.shardsNum,
        partitionCount: Number(request.numPartitions),
        consistencyLevel: consistencyLevelOf(request.consistencyLevel),
        properties: request.properties,
      })
      return success
    }),

    serve(methods.dropCollection, async (request, call) => {
      await proxy.dropCollection(targetOf(request, call))
      return success
    }),

    serve(methods.hasCollection, async (request, call) => {
      refuseUnsupported({ 'Time travel (time_stamp)': request.timeStamp !== 0n })
      return { status: success, value: await proxy.hasCollection(targetOf(request, call)) }
    }),

    serve(methods.describeCollection, async (request, call) => {
      refuseUnsupported({ 'Time travel (time_stamp)': request.timeStamp !== 0n })
      const target =
        request.collectionName === '' && request.collectionID !== 0n
          ? { collectionId: toId<CollectionId>(request.collectionID) }
          : targetOf(request, call)
      return describe(await proxy.describeCollection(target))
    }),

    serve(methods.batchDescribeCollection, async (request, call) => {
      const described = targetsOf(request, call).map(async (target) => {
        try {
          return describe(await proxy.describeCollection(target))
        } catch (thrown) {
          // Each has a status of its own, so that one that is gone does not hide the others.
          return { ...undescribed, status: statusOf(toElanusError(thrown, 'Cannot describe it')) }
        }
      })
      return { status: success, responses: await Promise.all(described) }
    }),

    serve(methods.showCollections, async (request, call) => {
      refuseUnsupported({ 'Time travel (time_stamp)': request.timeStamp !== 0n })
      const all = await proxy.showCollections(databaseOf(request, call))
      const wanted = new Set(request.collectionNames)
      return show(
        all.filter(
          ({ name, loadPercent }) =>
            (wanted.size === 0 || wanted.has(name)) &&
            (request.type !== ShowType.InMemory || loadPercent > 0),
        ),
      )
    }),

    serve(methods.getCollectionStatistics, async (request, call) => {
      const rowCount = await proxy.collectionRowCount(targetOf(request, call))
      return { status: success, stats: [{ key: 'row_count', value: String(rowCount) }] }
    }),
  ]
}

/** Names and ids that one request may have described. */
const batchCountMax = 1_024

function targetsOf(
  request: BatchDescribeCollectionRequest,
  call: RpcCall,
): readonly (CollectionTarget | CollectionIdTarget)[] {
  const { collectionName: names, collectionID: packedIds } = request
  const count = names.length + countVarints(packedIds)
  if (count > batchCountMax) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot describe ${count} collections at once: the most is ${batchCountMax}`,
    )
  }
  const ids = unpackInt64(packedIds, count - names.length)
  return [
    ...names.map((collectionName) => targetOf({ ...request, collectionName }, call)),
    ...Array.from(ids, (id) => ({ collectionId: toId<CollectionId>(id) })),
  ]
}

/** With a schema, though an empty one: clients read its parts whatever the status says. */
const undescribed: DescribeCollectionResponse = {
  ...DescribeCollectionResponse.decode(new Uint8Array(0)),
  schema: CollectionSchema.decode(new Uint8Array(0)),
}

/** Everything that clients read: inserts and searches are encoded by it. */
function describe(collection: CollectionDescription): DescribeCollectionResponse {
  const { schema, createdAt, updatedAt } = collection
  return {
    status: success,
    schema: schemaMessageOf(schema),
    collectionID: collection.id,
    virtualChannelNames: [...collection.virtualChannels],
    physicalChannelNames: [...collection.physicalChannels],
    createdTimestamp: createdAt,
    createdUtcTimestamp: BigInt(physicalMsOf(createdAt)),
    shardsNum: collection.virtualChannels.length,
    aliases: [...collection.aliases],
    startPositions: [],
    consistencyLevel: consistencyNumberOf(collection.consistencyLevel),
    collectionName: schema.name,
    properties: [...schema.properties],
    dbName: collection.databaseName,
    numPartitions: BigInt(collection.partitionCount),
    dbId: collection.databaseId,
    requestTime: 0n,
    updateTimestamp: updatedAt,
    updateTimestampStr: String(updatedAt),
  }
}

function show(collections: readonly CollectionSummary[]) {
  return {
    status: success,
    collectionNames: collections.map(({ name }) => name),
    collectionIds: collections.map(({ id }) => id),
    createdTimestamps: collections.map(({ createdAt }) => createdAt),
    createdUtcTimestamps: collections.map(({ createdAt }) => BigInt(physicalMsOf(createdAt))),
    inMemoryPercentages: collections.map(({ loadPercent }) => BigInt(Math.floor(loadPercent))),
    queryServiceAvailable: collections.map(({ loadPercent }) => loadPercent >= 100),
    shardsNum: collections.map(({ shardCount }) => shardCount),
  }
}
