import { HealthCheckResponse_ServingStatus, HealthDefinition } from '../generated/grpc/health.ts'
import type { RpcService } from '../service.ts'
import { decodeMessage, encodeMessage } from '../wire/message.ts'

const { check, watch } = HealthDefinition.methods

/**
 * gRPC's health service. A server that answers serves: what it does not serve yet, it does not
 * listen for. So a watch tells that once, and then nothing until it ends with the server.
 */
export function healthService(serviceNames: () => readonly string[]): RpcService {
  const answer = (bytes: Uint8Array): Uint8Array => {
    const { service } = decodeMessage(check.requestType, 'a health check', bytes)
    const isKnown = service === '' || serviceNames().includes(service)
    const { SERVING, SERVICE_UNKNOWN } = HealthCheckResponse_ServingStatus
    return encodeMessage(check.responseType, { status: isKnown ? SERVING : SERVICE_UNKNOWN })
  }
  return {
    name: HealthDefinition.fullName,
    methods: [
      { kind: 'unary', name: check.name, answer: async (bytes) => answer(bytes) },
      {
        kind: 'serverStream',
        name: watch.name,
        async *answer(bytes, call) {
          yield answer(bytes)
          const signal = call.signal()
          if (signal.aborted) return
          await new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => resolve(), { once: true })
          })
        },
      },
    ],
  }
}
