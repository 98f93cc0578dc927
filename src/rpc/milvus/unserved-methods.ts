import { ElanusError } from '../../base/errors.ts'
import { Status } from '../generated/milvus/common.ts'
import {
  AlterCollectionSchemaResponse,
  ComponentStates,
  MilvusServiceDefinition,
  RegisterLinkResponse,
  StatuslessResponse,
  StatusResponse,
} from '../generated/milvus/milvus.ts'
import type { RpcMethod } from '../service.ts'
import { encodeMessage } from '../wire/message.ts'
import { statusOf, success } from './status.ts'

interface AnyMethodType {
  readonly name: string
  readonly requestStream: boolean
  readonly responseType: unknown
  readonly responseStream: boolean
}

/**
 * Lists of what this server has none of, nor ever had. They are answered with a list of nothing, as
 * it is, so that a tool that shows everything shows an empty page and not a fault.
 */
const emptyLists: ReadonlySet<string> = new Set([
  'ListCredUsers',
  'SelectRole',
  'SelectUser',
  'SelectGrant',
  'ListPrivilegeGroups',
  'ListResourceGroups',
  'ListImportTasks',
  'ListFileResources',
  'ListSnapshots',
  'ListRestoreSnapshotJobs',
  'ListRefreshExternalCollectionJobs',
  'ListNamespaces',
  'ListRowPolicies',
  'ListRLSPrincipals',
  'ListUsersWithTag',
  'ListIndexedSegment',
])

/**
 * Every method of the service that is not among those served. It answers that it is not supported,
 * in the shape of its own response, because gRPC's UNIMPLEMENTED makes Milvus's clients go on as if
 * the call had succeeded with nothing in it.
 */
export function unservedMethods(servedNames: ReadonlySet<string>): RpcMethod[] {
  return Object.values(MilvusServiceDefinition.methods)
    .filter(({ name }) => !servedNames.has(name))
    .map(unserved)
}

function unserved(method: AnyMethodType): RpcMethod {
  const { name } = method
  if (emptyLists.has(name)) {
    const response = encodeMessage(StatusResponse, { status: success })
    return { kind: 'unary', name, answer: async () => response }
  }
  const error = new ElanusError('UNIMPLEMENTED', `${name} is not supported yet`)
  const response = responseOf(method, error)
  if (response === undefined) {
    return {
      kind: 'refused',
      name,
      isRequestStream: method.requestStream,
      isResponseStream: method.responseStream,
      reason: error.message,
    }
  }
  if (method.responseStream) {
    return {
      kind: 'serverStream',
      name,
      answer: async function* () {
        yield response
      },
    }
  }
  return { kind: 'unary', name, answer: async () => response }
}

/** Undefined where gRPC has to refuse. */
function responseOf(method: AnyMethodType, error: ElanusError): Uint8Array | undefined {
  const status = statusOf(error)
  switch (method.responseType) {
    case Status:
      return encodeMessage(Status, status)
    case StatusResponse:
      return encodeMessage(StatusResponse, { status })
    case RegisterLinkResponse:
      return encodeMessage(RegisterLinkResponse, { status })
    case ComponentStates:
      return encodeMessage(ComponentStates, { status })
    // Clients take gRPC's UNIMPLEMENTED, and nothing else, for a reason to try the older
    // AddCollectionField instead.
    case AlterCollectionSchemaResponse:
    case StatuslessResponse:
    default:
      return undefined
  }
}
