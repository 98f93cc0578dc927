import type { Clock } from './base/clock.ts'
import { systemClock } from './base/clock.ts'
import { type ElanusError, toElanusError } from './base/errors.ts'
import type { FileSystem } from './base/file-system.ts'
import { nodeFileSystem } from './base/node-file-system.ts'
import { nodeConnections, protocolServices } from './rpc/seed/protocol-services.ts'
import type { RunningServer } from './rpc/server.ts'
import { startServer } from './rpc/server.ts'
import { openCoordinator } from './services/coordinator.ts'
import type { Proxy } from './services/proxy/proxy.ts'
import type { Protocol } from './services/seed/protocol.ts'
import { type Settings, settingsDefault } from './services/settings.ts'
import { version } from './version.ts'

export interface OpenOptions {
  /** The folder that holds everything; made if absent. One process at a time has it open. */
  readonly data: string
  readonly settings?: Partial<Settings>
  /** Told when going on could lose what was acknowledged. By default the process exits. */
  readonly onFatal?: (error: ElanusError) => void
  /**
   * Told of what failed in the background and is tried again, and of calls that failed through no
   * fault of their callers. By default it is a warning.
   */
  readonly onError?: (error: unknown) => void
  /** For tests: how the log and meta reach their files. */
  readonly fileSystem?: FileSystem
  readonly clock?: Clock
}

export interface ListenOptions {
  /** 127.0.0.1 unless given. */
  readonly host?: string
  /** 0, any free one, unless given. */
  readonly port?: number
}

/** An open database in this process. Disposing it closes it. */
export interface Elanus extends AsyncDisposable {
  /** What applications ask of it. */
  readonly proxy: Proxy
  /** The services that the coordinator is made of, and the channels that may be followed. */
  readonly protocol: Protocol
  /** Serves Milvus clients too, until closed. */
  listen(options?: ListenOptions): Promise<RunningServer>
  /** Resolves when background work called for so far is done: flushes, index builds, loads, drops. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** Opens a folder. FOLDER_LOCKED when another process has it, CORRUPT when it cannot be trusted. */
export async function open(options: OpenOptions): Promise<Elanus> {
  const onError = options.onError ?? warn
  const report = (message: string, cause: unknown): void => onError(toElanusError(cause, message))
  const coordinator = await openCoordinator({
    folder: options.data,
    settings: { ...settingsDefault, ...options.settings },
    clock: options.clock ?? systemClock,
    fileSystem: options.fileSystem ?? nodeFileSystem,
    connect: nodeConnections,
    onFatal: options.onFatal ?? stopProcess,
    onError,
  })
  const servers = new Set<RunningServer>()
  let closing: Promise<void> | undefined
  const closeAll = async (): Promise<void> => {
    // Streams have no end of their own, and the servers would wait for it.
    coordinator.protocol.channels.close()
    await Promise.all([...servers].map((server) => server.close()))
    await coordinator[Symbol.asyncDispose]()
  }
  const close = (): Promise<void> => (closing ??= closeAll())
  return {
    proxy: coordinator.proxy,
    protocol: coordinator.protocol,
    async listen({ host = '127.0.0.1', port = 0 } = {}) {
      const logger = { error: report }
      const { proxy, protocol } = coordinator
      const services = protocolServices(protocol, logger)
      const server = await startServer({ proxy, host, port, version, logger, services })
      servers.add(server)
      await coordinator.announce(`${host}:${server.port}`)
      return server
    },
    settled: () => coordinator.settled(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Nothing may be acknowledged any more, so nothing orderly is left to do. */
function stopProcess(error: ElanusError): void {
  process.stderr.write(`elanus stops: ${error.message}\n`)
  process.exit(70)
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error), 'ElanusWarning')
}
