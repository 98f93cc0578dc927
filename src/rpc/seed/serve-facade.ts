import { toElanusError } from '../../base/errors.ts'
import { statusOf } from '../../services/seed/status.ts'
import { Status } from '../generated/common.ts'
import type { RpcLogger, RpcMethod, RpcService } from '../service.ts'
import { decodeMessage, encodeMessage } from '../wire/message.ts'
import type { Calls, FacadeOf, Method, ServiceDefinition } from './method-types.ts'

/** A server adaptor: the interface's methods as methods of the wire. */
export function serveFacade<All extends Calls>(
  definition: ServiceDefinition<All>,
  facade: FacadeOf<All>,
  logger: RpcLogger,
): RpcService {
  const methods: RpcMethod[] = []
  for (const name in definition.methods) {
    methods.push(serveCall(definition.methods[name], facade[name], logger))
  }
  return { name: definition.fullName, methods }
}

/** Whatever goes wrong is in the response: a request that is none is answered with a status too. */
function serveCall<Request extends object, Response extends object>(
  method: Method<Request, Response>,
  call: (request: Request) => Promise<Response>,
  logger: RpcLogger,
): RpcMethod {
  const { name, requestType, responseType } = method
  return {
    kind: 'unary',
    name,
    async answer(bytes) {
      try {
        const request = decodeMessage(requestType, `the request of ${name}`, bytes)
        return encodeMessage(responseType, await call(request))
      } catch (thrown) {
        const error = toElanusError(thrown, `Cannot answer ${name}`)
        if (error.code !== 'INVALID_ARGUMENT') logger.error(`Cannot answer ${name}`, error)
        return refusal(method, error)
      }
    },
  }
}

/** The response with nothing in it but its status, wherever that stands. */
export function refusal<Request, Response extends object>(
  method: Method<Request, Response>,
  error: unknown,
): Uint8Array {
  const status = statusOf(error, `Cannot answer ${method.name}`)
  const empty = decodeMessage(method.responseType, 'an empty response', new Uint8Array())
  if (!('status' in empty)) return encodeMessage(Status, status)
  return encodeMessage(method.responseType, { ...empty, status })
}
