import type { CollectionRecord } from '../../../meta/records.ts'
import { wirePosition } from '../../channels/channel.ts'
import type { MasterFacade } from '../facades.ts'
import type * as messages from '../master-messages.ts'
import { collectionRowCount, statisticsOf } from '../statistics.ts'
import { draftOf, wireSchema } from '../wire-schema.ts'
import { invalid, type MasterContext, requestedCollection } from './context.ts'

type Names =
  | 'createCollection'
  | 'dropCollection'
  | 'hasCollection'
  | 'describeCollection'
  | 'showCollections'

export function collectionCalls(context: MasterContext): Pick<MasterFacade, Names> {
  const { lifecycle, master } = context
  return {
    createCollection: lifecycle.command((request) => createCollection(context, request)),

    dropCollection: lifecycle.command(({ dbName, collectionName }) =>
      master.dropCollection(dbName, collectionName),
    ),

    hasCollection: lifecycle.answer({ value: false }, async ({ dbName, collectionName }) => ({
      value: master.hasCollection(dbName, collectionName),
    })),

    describeCollection: lifecycle.answer(
      {
        schema: undefined,
        collectionID: 0n,
        statistics: [],
        virtualChannelNames: [],
        physicalChannelNames: [],
        createdTimestamp: 0n,
        startPositions: [],
      },
      async (request) => describe(context, requestedCollection(master, request)),
    ),

    showCollections: lifecycle.answer(
      { collectionNames: [], collectionIds: [], createdTimestamps: [] },
      async ({ dbName }) => {
        const collections = master.showCollections(dbName)
        return {
          collectionNames: collections.map(({ schema }) => schema.name),
          collectionIds: collections.map(({ id }) => id),
          createdTimestamps: collections.map(({ createdAt }) => createdAt),
        }
      },
    ),
  }
}

async function createCollection(
  { master }: MasterContext,
  request: messages.CreateCollectionRequest,
): Promise<void> {
  const { schema, collectionName: name } = request
  if (schema === undefined) throw invalid(`Cannot create collection ${name}: it has no schema`)
  if (schema.name !== '' && schema.name !== name) {
    throw invalid(`Cannot create collection ${name}: its schema is named ${schema.name}`)
  }
  await master.createCollection({
    databaseName: request.dbName,
    schema: { ...draftOf(schema), name },
    shardCount: request.shardsNum,
    consistencyLevel: 'Bounded',
    properties: [],
  })
}

function describe({ data }: MasterContext, collection: CollectionRecord) {
  const { id, schema, shards, createdAt } = collection
  return {
    schema: wireSchema(schema),
    collectionID: id,
    statistics: statisticsOf(collectionRowCount(data, id)),
    virtualChannelNames: shards.map(({ virtualChannel }) => virtualChannel),
    physicalChannelNames: shards.map(({ physicalChannel }) => physicalChannel),
    createdTimestamp: createdAt,
    startPositions: shards.map(({ virtualChannel, startPosition }) =>
      wirePosition(virtualChannel, startPosition, createdAt),
    ),
  }
}
