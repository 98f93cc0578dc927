import { Client, credentials, Metadata, Server, ServerCredentials } from '@grpc/grpc-js'

/** gRPC with nothing around it: messages are bytes on both sides, and no codec is timed. */

export type RawHandler = (request: Buffer) => Buffer

export interface RawServer extends AsyncDisposable {
  readonly port: number
}

/** Serves unary calls by their full path, on a free port of this machine. */
export async function serveRaw(handlers: ReadonlyMap<string, RawHandler>): Promise<RawServer> {
  const server = new Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  })
  for (const [path, handler] of handlers) {
    server.register<Buffer, Buffer>(
      path,
      (call: { readonly request: Buffer }, answer: (error: null, response: Buffer) => void) => {
        answer(null, handler(call.request))
      },
      identity,
      identity,
      'unary',
    )
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.forceShutdown()
    },
  }
}

export interface RawClient extends Disposable {
  call(path: string, request: Buffer): Promise<Buffer>
}

/**
 * A client with the channel options, the call metadata and the deadline of the official one. It has
 * one connection, as the official client has: that one's pool holds up to ten channels, but
 * channels to one address with the same options share their connection inside grpc-js. A client with
 * its own is a program of its own to the server.
 */
export function connectRaw(port: number, connection: 'shared' | 'own' = 'shared'): RawClient {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.enable_retries': 1,
    'grpc.use_local_subchannel_pool': connection === 'own' ? 1 : 0,
  })
  return {
    call(path, request) {
      const metadata = new Metadata()
      metadata.add('client-request-unixmsec', String(Date.now()))
      metadata.add('dbname', 'default')
      metadata.add('identifier', '1')
      const options = { deadline: Date.now() + deadlineMs }
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest<Buffer, Buffer>(
          path,
          identity,
          identity,
          request,
          metadata,
          options,
          (error, response) => {
            if (response === undefined) reject(error ?? new Error(`${path} answered nothing`))
            else resolve(response)
          },
        )
      })
    },
    [Symbol.dispose]: () => client.close(),
  }
}

const deadlineMs = 15_000

function identity(bytes: Buffer): Buffer {
  return bytes
}
