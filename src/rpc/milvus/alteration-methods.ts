import type { KeyValues } from '../../schema/collection-schema.ts'
import type { PropertiesChange } from '../../services/proxy/proxy.ts'
import { MilvusServiceDefinition } from '../generated/milvus/milvus.ts'
import { FieldSchema } from '../generated/milvus/schema.ts'
import type { RpcMethod } from '../service.ts'
import { decodeMessage } from '../wire/message.ts'
import type { MilvusContext } from './context.ts'
import { fieldDraftOf } from './schema-codec.ts'
import { databaseOf, targetOf } from './serve.ts'
import { success } from './status.ts'

const { methods } = MilvusServiceDefinition

/** What changes a collection that is there. */
export function alterationMethods({ proxy: { catalog }, serve }: MilvusContext): RpcMethod[] {
  return [
    serve(methods.renameCollection, async (request, call) => {
      const databaseName = databaseOf(request, call)
      await catalog.renameCollection({
        from: { databaseName, collectionName: request.oldName },
        to: {
          databaseName: request.newDBName || databaseName,
          collectionName: request.newName,
        },
      })
      return success
    }),

    serve(methods.alterCollection, async (request, call) => {
      await catalog.alterCollection(targetOf(request, call), changeOf(request))
      return success
    }),

    serve(methods.alterCollectionField, async (request, call) => {
      await catalog.alterField(targetOf(request, call), request.fieldName, changeOf(request))
      return success
    }),

    serve(methods.addCollectionField, async (request, call) => {
      const field = decodeMessage(FieldSchema, 'the schema of the field', request.schema)
      await catalog.addField(targetOf(request, call), fieldDraftOf(field, false))
      return success
    }),

    serve(methods.alterIndex, async (request, call) => {
      const change = { set: request.extraParams, dropKeys: request.deleteKeys }
      await catalog.alterIndex(targetOf(request, call), request.indexName, change)
      return success
    }),

    serve(methods.truncateCollection, async (request, call) => {
      await catalog.truncateCollection(targetOf(request, call))
      return { status: success }
    }),
  ]
}

function changeOf(request: {
  readonly properties: KeyValues
  readonly deleteKeys: readonly string[]
}): PropertiesChange {
  return { set: request.properties, dropKeys: request.deleteKeys }
}
