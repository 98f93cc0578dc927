import type { IndexTarget } from '../../proxy/proxy.ts'
import { IndexState } from '../common-messages.ts'
import type { MasterFacade } from '../facades.ts'
import { wireProgress } from '../wire-index.ts'
import type { MasterContext } from './context.ts'

type Names = 'createIndex' | 'describeIndex' | 'dropIndex' | 'getIndexState'

export function indexCalls({ lifecycle, indexes }: MasterContext): Pick<MasterFacade, Names> {
  return {
    createIndex: lifecycle.command((request) =>
      indexes.create({ ...targetOf(request), params: request.extraParams }),
    ),

    describeIndex: lifecycle.answer({ indexDescriptions: [] }, async (request) => ({
      indexDescriptions: indexes
        .describe(targetOf(request))
        .map(({ name, id, params, fieldName }) => ({
          indexName: name,
          indexID: id,
          params: [...params],
          fieldName,
        })),
    })),

    dropIndex: lifecycle.command((request) => indexes.drop(targetOf(request))),

    getIndexState: lifecycle.answer({ state: IndexState.NONE, failReason: '' }, async (request) => {
      const [first] = indexes.describe(targetOf(request))
      if (first === undefined) return { state: IndexState.NONE, failReason: '' }
      return { state: wireProgress(first.state), failReason: first.failReason }
    }),
  }
}

function targetOf(request: {
  readonly dbName: string
  readonly collectionName: string
  readonly fieldName: string
  readonly indexName: string
}): IndexTarget {
  const { dbName: databaseName, collectionName, fieldName, indexName } = request
  return { databaseName, collectionName, fieldName, indexName }
}
