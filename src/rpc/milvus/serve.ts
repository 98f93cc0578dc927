import { ElanusError, toElanusError } from '../../base/errors.ts'
import { databaseNameDefault } from '../../schema/system-fields.ts'
import { Status } from '../generated/milvus/common.ts'
import { StatusResponse } from '../generated/milvus/milvus.ts'
import type { RpcCall, RpcLogger, RpcMethod } from '../service.ts'
import { decodeMessage, encodeMessage, type MessageType } from '../wire/message.ts'
import { isServerFault, statusOf } from './status.ts'

/** A method as it is generated from proto/. */
export interface MethodType<Request, Response> {
  readonly name: string
  readonly requestType: MessageType<Request>
  readonly responseType: MessageType<Response>
}

/** What a handler does with a request: it resolves to a success or rejects with an ElanusError. */
export type Handler<Request, Response> = (request: Request, call: RpcCall) => Promise<Response>

/** Makes RpcMethods of handlers, all in one manner. */
export type Serve = <Request, Response>(
  method: MethodType<Request, Response>,
  handler: Handler<Request, Response>,
) => RpcMethod

/**
 * A method that decodes, calls its handler, encodes, and answers whatever goes wrong on the way with
 * a status: Milvus's clients send a call again that fails in gRPC, an insert too.
 */
export function serveWith(logger: RpcLogger): Serve {
  return (method, handler) => {
    const fail = failureEncoder(method)
    return {
      kind: 'unary',
      name: method.name,
      async answer(bytes, call) {
        try {
          const request = decodeMessage(method.requestType, `the request of ${method.name}`, bytes)
          return encodeMessage(method.responseType, await handler(request, call))
        } catch (thrown) {
          const error = toElanusError(thrown, `Cannot answer ${method.name}`)
          if (isServerFault(error)) logger.error(`Cannot answer ${method.name}`, error)
          return fail(error)
        }
      },
    }
  }
}

/** A failure is a status and nothing else: as field 1 of the response, or as the response itself. */
function failureEncoder(method: MethodType<unknown, unknown>): (error: ElanusError) => Uint8Array {
  return isStatus(method.responseType)
    ? (error) => encodeMessage(Status, statusOf(error))
    : (error) => encodeMessage(StatusResponse, { status: statusOf(error) })
}

function isStatus(type: unknown): boolean {
  return type === Status
}

/** The database that a request names, or that its connection chose, or the default one. */
export function databaseOf(request: { readonly dbName: string }, call: RpcCall): string {
  return request.dbName || call.metadata('dbname') || databaseNameDefault
}

/** The collection that a request is about. */
export function targetOf(
  request: { readonly dbName: string; readonly collectionName: string },
  call: RpcCall,
): { databaseName: string; collectionName: string } {
  return { databaseName: databaseOf(request, call), collectionName: request.collectionName }
}

/**
 * Refuses what a request asks for and Elanus does not have yet: an answer to another question would
 * be worse than none. Each entry is a feature's name and whether it is asked for.
 */
export function refuseUnsupported(asked: Readonly<Record<string, boolean>>): void {
  for (const [feature, isAsked] of Object.entries(asked)) {
    if (isAsked) throw new ElanusError('UNIMPLEMENTED', `${feature} is not supported yet`)
  }
}

/** Refuses what would put rows where this server has no place: namespaces and row-level security. */
export function refuseTenancy(request: {
  readonly namespace?: string | undefined
  readonly rlsPrincipal: string
}): void {
  if ((request.namespace ?? '') === '' && request.rlsPrincipal === '') return
  refuseUnsupported({
    Namespace: (request.namespace ?? '') !== '',
    'Row-level security (rls_principal)': request.rlsPrincipal !== '',
  })
}
