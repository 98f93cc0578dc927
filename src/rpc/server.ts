import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { Clock } from '../base/clock.ts'
import { systemClock } from '../base/clock.ts'
import { ElanusError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { secondMs } from '../base/units.ts'
import type { Proxy } from '../services/proxy/proxy.ts'
import { bindService } from './grpc-binding.ts'
import { healthService } from './introspection/health.ts'
import { reflectionServices } from './introspection/reflection.ts'
import { milvusService } from './milvus/milvus-service.ts'
import type { RpcLogger, RpcService } from './service.ts'

export interface ServerOptions {
  readonly proxy: Proxy
  /** A name or an address, without brackets for IPv6. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Elanus's own version, as in its package.json. */
  readonly version: string
  /** Services beside Milvus's. */
  readonly services?: readonly RpcService[]
  readonly logger?: RpcLogger
  readonly clock?: Clock
}

/** Disposing it closes it. */
export interface RunningServer extends AsyncDisposable {
  readonly port: number
  /** Takes no new calls, lets those that run finish for a while, then cuts what is left. */
  close(): Promise<void>
}

const drainMs = 5 * secondMs

/**
 * Serves Milvus's protocol, plaintext. It tolerates clients that ping while they have no call, as
 * Milvus's do every ten seconds: grpc-js counts no ping strikes.
 * Rejects with IO_FAILED when it cannot listen there.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const clock = options.clock ?? systemClock
  const logger = options.logger ?? { error: () => {} }
  const milvus = milvusService({ proxy: options.proxy, version: options.version, clock, logger })
  const services = [milvus, ...(options.services ?? [])]
  return startServices({ ...options, clock, logger, services })
}

/** Serves these services, and gRPC's own for health and reflection; as `startServer` else. */
export async function startServices(
  options: Pick<ServerOptions, 'host' | 'port'> & {
    readonly services: readonly RpcService[]
    readonly logger: RpcLogger
    readonly clock: Clock
  },
): Promise<RunningServer> {
  const { clock, logger } = options
  const server = new Server({
    'grpc.max_receive_message_length': limits.requestSizeBytesMax,
    'grpc.max_send_message_length': limits.responseSizeBytesMax,
  })
  const names = (): readonly string[] => all.map(({ name }) => name)
  const all: readonly RpcService[] = [
    ...options.services,
    healthService(names),
    ...reflectionServices(names),
  ]
  for (const service of all) {
    const { definition, implementation } = bindService(service, logger)
    server.addService(definition, implementation)
  }
  const port = await listen(server, options.host, options.port)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= shutDown(server, clock))
  return { port, close, [Symbol.asyncDispose]: close }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (cause, bound) => {
      if (cause === null) resolve(bound)
      else
        reject(
          new ElanusError('IO_FAILED', `Cannot listen on ${address}: ${cause.message}`, { cause }),
        )
    })
  })
}

async function shutDown(server: Server, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const force = clock.schedule(drainMs, () => {
      server.forceShutdown()
      resolve()
    })
    server.tryShutdown(() => {
      force[Symbol.dispose]()
      resolve()
    })
  })
}
