import { MilvusServiceDefinition } from '../generated/milvus/milvus.ts'
import type { RpcMethod } from '../service.ts'
import type { MilvusContext } from './context.ts'
import { databaseOf, targetOf } from './serve.ts'
import { success } from './status.ts'

const { methods } = MilvusServiceDefinition

export function aliasMethods({ proxy: { catalog }, serve }: MilvusContext): RpcMethod[] {
  return [
    serve(methods.createAlias, async (request, call) => {
      await catalog.createAlias({ ...targetOf(request, call), alias: request.alias })
      return success
    }),

    serve(methods.alterAlias, async (request, call) => {
      await catalog.alterAlias({ ...targetOf(request, call), alias: request.alias })
      return success
    }),

    serve(methods.dropAlias, async (request, call) => {
      await catalog.dropAlias(databaseOf(request, call), request.alias)
      return success
    }),

    serve(methods.describeAlias, async (request, call) => {
      const dbName = databaseOf(request, call)
      const collection = await catalog.describeAlias(dbName, request.alias)
      return { status: success, dbName, alias: request.alias, collection }
    }),

    serve(methods.listAliases, async (request, call) => {
      const { collectionName } = request
      const dbName = databaseOf(request, call)
      const aliases = await catalog.listAliases(dbName, collectionName)
      return { status: success, dbName, collectionName, aliases: [...aliases] }
    }),
  ]
}
