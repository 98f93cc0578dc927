import { unreachable } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import type { LoadState } from '../../services/proxy/proxy.ts'
import { LoadState as LoadStateNumber } from '../generated/milvus/common.ts'
import { MilvusServiceDefinition } from '../generated/milvus/milvus.ts'
import type { RpcMethod } from '../service.ts'
import type { MilvusContext } from './context.ts'
import { refuseUnsupported, targetOf } from './serve.ts'
import { success } from './status.ts'

const { methods } = MilvusServiceDefinition

/** Where Milvus runs everything that is not told otherwise. */
export const resourceGroupDefault = '__default_resource_group'

export function loadMethods({ proxy, serve }: MilvusContext): RpcMethod[] {
  return [
    serve(methods.loadCollection, async (request, call) => {
      refuseLoadOptions(request)
      await proxy.load(targetOf(request, call))
      return success
    }),

    serve(methods.releaseCollection, async (request, call) => {
      await proxy.release(targetOf(request, call))
      return success
    }),

    serve(methods.getLoadingProgress, async (request, call) => {
      const target = targetOf(request, call)
      const state = await proxy.loadState(target, request.partitionNames)
      const percent = BigInt(loadPercentOf(state, target))
      return { status: success, progress: percent, refreshProgress: percent }
    }),

    serve(methods.getLoadState, async (request, call) => {
      const { kind } = await proxy.loadState(targetOf(request, call), request.partitionNames)
      return { status: success, state: states[kind] }
    }),
  ]
}

/** Refuses to load more than once, elsewhere, or less than whole rows. */
export function refuseLoadOptions(request: {
  readonly replicaNumber: number
  readonly resourceGroups: readonly string[]
  readonly loadFields: readonly string[]
}): void {
  refuseUnsupported({
    'More than one replica (replica_number)': request.replicaNumber > 1,
    'Resource groups': request.resourceGroups.some((name) => name !== resourceGroupDefault),
    'Loading some fields only (load_fields)': request.loadFields.length > 0,
  })
}

const states = {
  notExist: LoadStateNumber.LoadStateNotExist,
  notLoaded: LoadStateNumber.LoadStateNotLoad,
  loading: LoadStateNumber.LoadStateLoading,
  loaded: LoadStateNumber.LoadStateLoaded,
} as const satisfies Record<LoadState['kind'], LoadStateNumber>

/** 0 to 100. Clients poll until it is 100, so what is not on its way there is an error. */
function loadPercentOf(
  state: LoadState,
  target: { readonly databaseName: string; readonly collectionName: string },
): number {
  switch (state.kind) {
    case 'notExist':
      throw new ElanusError(
        'COLLECTION_NOT_FOUND',
        `collection not found[database=${target.databaseName}][collection=${target.collectionName}]`,
      )
    case 'notLoaded':
      throw new ElanusError(
        'COLLECTION_NOT_LOADED',
        `collection not loaded[collection=${target.collectionName}]`,
      )
    case 'loading':
      // Never 100 before it is true, however near it is.
      return Math.min(99, Math.floor(state.percent))
    case 'loaded':
      return 100
    default:
      return unreachable(state)
  }
}
