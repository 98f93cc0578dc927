import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { ElanusError, type ErrorCode } from '../base/errors.ts'
import { limits } from '../base/limits.ts'

/** A connection to a server, in terms of bytes. It connects when it is first used, and again. */
export interface RpcChannel extends Disposable {
  call(
    path: string,
    request: Uint8Array,
    options: { readonly timeoutMs: number },
  ): Promise<Uint8Array>
  /** Responses as they come; who is slow to take them slows the server down. */
  stream(path: string, request: Uint8Array, signal?: AbortSignal): AsyncIterable<Uint8Array>
}

/** `address` is `host:port`. */
export function openRpcChannel(address: string): RpcChannel {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': limits.responseSizeBytesMax,
    'grpc.max_send_message_length': limits.responseSizeBytesMax,
  })
  return {
    call: (path, request, { timeoutMs }) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          path,
          toBuffer,
          toBytes,
          request,
          new Metadata(),
          { deadline: Date.now() + timeoutMs },
          (cause, response) => {
            if (cause !== null) reject(transportError(path, address, cause))
            else if (response === undefined) resolve(new Uint8Array())
            else resolve(response)
          },
        )
      }),
    async *stream(path, request, signal) {
      const call = client.makeServerStreamRequest(path, toBuffer, toBytes, request, new Metadata())
      const cancel = (): void => call.cancel()
      signal?.addEventListener('abort', cancel, { once: true })
      try {
        for await (const response of call) {
          if (response instanceof Uint8Array) yield response
        }
      } catch (cause) {
        if (signal?.aborted === true) return
        throw transportError(path, address, cause)
      } finally {
        signal?.removeEventListener('abort', cancel)
        call.cancel()
      }
    },
    [Symbol.dispose]: () => client.close(),
  }
}

function transportError(path: string, address: string, cause: unknown): ElanusError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const message = `Cannot call ${path} at ${address}: ${reason}`
  return new ElanusError(errorCodeOf(cause), message, { cause })
}

function errorCodeOf(cause: unknown): ErrorCode {
  if (!isServiceError(cause)) return 'SERVICE_UNAVAILABLE'
  switch (cause.code) {
    case status.DEADLINE_EXCEEDED:
      return 'TIMEOUT'
    case status.CANCELLED:
      return 'CANCELED'
    case status.UNIMPLEMENTED:
      return 'UNIMPLEMENTED'
    default:
      return 'SERVICE_UNAVAILABLE'
  }
}

function isServiceError(cause: unknown): cause is ServiceError {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'number'
}

function toBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
