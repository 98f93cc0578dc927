import { join } from 'node:path'
import { systemClock } from './base/clock.ts'
import { toElanusError } from './base/errors.ts'
import { nodeFileSystem } from './base/node-file-system.ts'
import { connect } from './rpc/seed/protocol-services.ts'
import { serveFacade } from './rpc/seed/serve-facade.ts'
import { indexNodeDefinition, indexServiceDefinition } from './rpc/seed/services.ts'
import { startServices } from './rpc/server.ts'
import { openIndexNode } from './services/seed/index/index-node-process.ts'

export interface NodeOptions {
  /** The folder of the coordinator: both see the same files. */
  readonly data: string
  /** The coordinator, as `host:port`. */
  readonly coordinator: string
  /** Where the coordinator reaches this node. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly onError: (error: unknown) => void
}

/** A node of a coordinator elsewhere. Disposing it ends its work, which others take over. */
export interface RunningNode extends AsyncDisposable {
  readonly port: number
}

/** Resolves when the coordinator counts the node; waits for a coordinator that is not there yet. */
export async function openIndexNodeServer(options: NodeOptions): Promise<RunningNode> {
  const { data, coordinator, host, onError } = options
  const logger = {
    error: (message: string, cause: unknown) => onError(toElanusError(cause, message)),
  }
  const clock = systemClock
  const service = connect(indexServiceDefinition, coordinator)
  const opened = openIndexNode({
    clock,
    fileSystem: nodeFileSystem,
    objectFolder: join(data, 'objects'),
    service,
    onError,
  })
  const services = [serveFacade(indexNodeDefinition, opened.node, logger)]
  const server = await startServices({ host, port: options.port, services, logger, clock })
  await opened.join(host, server.port)
  return {
    port: server.port,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]()
      await server.close()
      service[Symbol.dispose]()
    },
  }
}
