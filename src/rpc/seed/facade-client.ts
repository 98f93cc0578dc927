import { ElanusError } from '../../base/errors.ts'
import { secondMs } from '../../base/units.ts'
import type { RpcChannel } from '../rpc-channel.ts'
import { decodeMessage, encodeMessage } from '../wire/message.ts'
import type { Calls, FacadeOf, Method, ServiceDefinition } from './method-types.ts'

/** Longer than any call of the services takes: what is slow is answered at once and told later. */
const callTimeoutMs = 30 * secondMs

/**
 * A client binding: a service in another process, behind its interface. A call rejects with
 * SERVICE_UNAVAILABLE, TIMEOUT or CLOSED where the transport fails.
 */
export function facadeClient<All extends Calls>(
  definition: ServiceDefinition<All>,
  channel: RpcChannel,
): FacadeOf<All> {
  const client: Partial<Record<keyof All, unknown>> = {}
  for (const name in definition.methods) {
    client[name] = clientCall(definition.fullName, definition.methods[name], channel)
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every name of the definition was just given its call
  return client as FacadeOf<All>
}

function clientCall<Request, Response>(
  serviceName: string,
  method: Method<Request, Response>,
  channel: RpcChannel,
): (request: Request) => Promise<Response> {
  const path = `/${serviceName}/${method.name}`
  return async (request) => {
    const bytes = await channel.call(path, encodeMessage(method.requestType, request), {
      timeoutMs: callTimeoutMs,
    })
    try {
      return decodeMessage(method.responseType, `the response of ${path}`, bytes)
    } catch (cause) {
      throw new ElanusError('SERVICE_UNAVAILABLE', `Cannot understand the answer of ${path}`, {
        cause,
      })
    }
  }
}
