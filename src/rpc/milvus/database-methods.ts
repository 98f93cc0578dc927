import { MilvusServiceDefinition } from '../generated/milvus/milvus.ts'
import type { RpcMethod } from '../service.ts'
import type { MilvusContext } from './context.ts'
import { success } from './status.ts'

const { methods } = MilvusServiceDefinition

/** A database is named by the request alone: the one that the connection chose is another matter. */
export function databaseMethods({ proxy, serve }: MilvusContext): RpcMethod[] {
  const { catalog } = proxy
  return [
    serve(methods.listDatabases, async () => {
      const databases = await proxy.listDatabases()
      return {
        status: success,
        dbNames: databases.map(({ name }) => name),
        createdTimestamp: databases.map(({ createdAt }) => createdAt),
        dbIds: databases.map(({ id }) => id),
      }
    }),

    serve(methods.createDatabase, async ({ dbName, properties }) => {
      await catalog.createDatabase(dbName, properties)
      return success
    }),

    serve(methods.dropDatabase, async ({ dbName }) => {
      await catalog.dropDatabase(dbName)
      return success
    }),

    serve(methods.describeDatabase, async ({ dbName }) => {
      const { id, name, createdAt, properties } = await catalog.describeDatabase(dbName)
      return {
        status: success,
        dbName: name,
        dbID: id,
        createdTimestamp: createdAt,
        properties: [...properties],
      }
    }),

    serve(methods.alterDatabase, async ({ dbName, properties, deleteKeys }) => {
      await catalog.alterDatabase(dbName, { set: properties, dropKeys: deleteKeys })
      return success
    }),
  ]
}
