import { once } from 'node:events'
import {
  type Metadata,
  type MethodDefinition,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  status,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { toElanusError } from '../base/errors.ts'
import type { RpcCall, RpcLogger, RpcMethod, RpcService } from './service.ts'

/** What grpc-js wants to know of a service, and what it calls. */
export interface GrpcBinding {
  readonly definition: ServiceDefinition
  readonly implementation: UntypedServiceImplementation
}

/**
 * A service for grpc-js. Requests are handed on as bytes, because a request that cannot be decoded
 * there becomes gRPC's INTERNAL, which clients take for a reason to send it again.
 */
export function bindService(service: RpcService, logger: RpcLogger): GrpcBinding {
  const definition: Record<string, MethodDefinition<Uint8Array, Uint8Array>> = {}
  const implementation: UntypedServiceImplementation = {}
  for (const method of service.methods) {
    definition[method.name] = define(service.name, method)
    implementation[method.name] = handle(`${service.name}/${method.name}`, method, logger)
  }
  return { definition, implementation }
}

function define(serviceName: string, method: RpcMethod): MethodDefinition<Uint8Array, Uint8Array> {
  return {
    path: `/${serviceName}/${method.name}`,
    originalName: method.name,
    requestStream:
      method.kind === 'bidiStream' || (method.kind === 'refused' && method.isRequestStream),
    responseStream:
      method.kind === 'serverStream' ||
      method.kind === 'bidiStream' ||
      (method.kind === 'refused' && method.isResponseStream),
    requestSerialize: toBuffer,
    requestDeserialize: toBytes,
    responseSerialize: toBuffer,
    responseDeserialize: toBytes,
  }
}

/** Plain bytes, because every slice of a Buffer is a Buffer, and dearer. */
function toBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function handle(path: string, method: RpcMethod, logger: RpcLogger): UntypedHandleCall {
  const fail = (cause: unknown): GrpcError => {
    logger.error(`Cannot answer ${path}`, cause)
    return { code: status.INTERNAL, details: toElanusError(cause, `Cannot answer ${path}`).message }
  }
  switch (method.kind) {
    case 'unary':
      return (call: ServerUnaryCall<Uint8Array, Uint8Array>, callback: UnaryCallback) => {
        void answerUnary({ method, call, callback, fail })
      }
    case 'serverStream':
      return (call: ServerWritableStream<Uint8Array, Uint8Array>) => {
        const context = rpcCall(call)
        writeAll(method.answer(call.request, context), call, context).catch((cause: unknown) =>
          call.emit('error', fail(cause)),
        )
      }
    case 'bidiStream':
      return (call: ServerDuplexStream<Uint8Array, Uint8Array>) => {
        const context = rpcCall(call)
        writeAll(method.answer(requestsOf(call), context), call, context).catch((cause: unknown) =>
          call.emit('error', fail(cause)),
        )
      }
    case 'refused':
      return refusal(method)
  }
}

type UnaryMethod = Extract<RpcMethod, { kind: 'unary' }>
type RefusedMethod = Extract<RpcMethod, { kind: 'refused' }>
type GrpcError = { readonly code: status; readonly details: string }
type UnaryCallback = (error: GrpcError | null, response?: Uint8Array) => void

interface UnaryAnswer {
  readonly method: UnaryMethod
  readonly call: ServerUnaryCall<Uint8Array, Uint8Array>
  readonly callback: UnaryCallback
  readonly fail: (cause: unknown) => GrpcError
}

/** A method answers every request; that it does not is a bug, which only this call may feel. */
async function answerUnary({ method, call, callback, fail }: UnaryAnswer): Promise<void> {
  const context = rpcCall(call)
  let response: Uint8Array
  try {
    response = await method.answer(call.request, context)
  } catch (cause) {
    context.end()
    callback(fail(cause))
    return
  }
  context.end()
  callback(null, response)
}

interface ResponseStream extends NodeJS.EventEmitter {
  write(response: Uint8Array): boolean
  end(): unknown
}

async function writeAll(
  responses: AsyncIterable<Uint8Array>,
  call: ResponseStream,
  context: RpcCall,
): Promise<void> {
  const signal = context.signal()
  for await (const response of responses) {
    if (signal.aborted) return
    if (!call.write(response)) await once(call, 'drain', { signal })
  }
  call.end()
}

async function* requestsOf(
  call: ServerDuplexStream<Uint8Array, Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  // A plain iteration would end the stream with the requests, answers to come included.
  const requests: AsyncIterable<unknown> = call.iterator({ destroyOnReturn: false })
  for await (const request of requests) if (request instanceof Uint8Array) yield request
}

function refusal(method: RefusedMethod): UntypedHandleCall {
  const error: GrpcError = { code: status.UNIMPLEMENTED, details: method.reason }
  if (method.isRequestStream) {
    return (call: ServerDuplexStream<Uint8Array, Uint8Array>) => {
      // Read to its end, unseen, or a client that still sends would wait for room for ever.
      call.resume()
      call.emit('error', error)
    }
  }
  if (method.isResponseStream) {
    return (call: ServerWritableStream<Uint8Array, Uint8Array>) => {
      call.emit('error', error)
    }
  }
  return (_call: ServerUnaryCall<Uint8Array, Uint8Array>, callback: UnaryCallback) => {
    callback(error)
  }
}

interface CallFacts {
  readonly metadata: Metadata
  readonly cancelled: boolean
  once(event: 'cancelled', listener: () => void): unknown
}

/** `end`: the call is over for us, and what becomes of it is no news any more. */
function rpcCall(call: CallFacts): RpcCall & { end(): void } {
  let controller: AbortController | undefined
  let isOver = false
  return {
    end: () => {
      isOver = true
    },
    metadata: (key) => {
      const [value] = call.metadata.get(key)
      return typeof value === 'string' ? value : value?.toString('utf8')
    },
    signal: () => {
      if (controller !== undefined) return controller.signal
      const made = new AbortController()
      controller = made
      if (call.cancelled) made.abort()
      else {
        // grpc-js says so at the end of every call; an abort would make an error object for each.
        call.once('cancelled', () => {
          if (!isOver) made.abort()
        })
      }
      return made.signal
    },
  }
}
