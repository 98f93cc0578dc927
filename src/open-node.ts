import { join } from 'node:path'
import { systemClock } from './base/clock.ts'
import { toElanusError } from './base/errors.ts'
import { nodeFileSystem } from './base/node-file-system.ts'
import { openRpcChannel } from './rpc/rpc-channel.ts'
import { remoteChannels } from './rpc/seed/message-stream.ts'
import { connect } from './rpc/seed/protocol-services.ts'
import { serveFacade } from './rpc/seed/serve-facade.ts'
import {
  dataNodeDefinition,
  dataServiceDefinition,
  indexNodeDefinition,
  indexServiceDefinition,
  masterDefinition,
} from './rpc/seed/services.ts'
import { startServices } from './rpc/server.ts'
import type { RpcLogger, RpcService } from './rpc/service.ts'
import { openDataNode } from './services/seed/data/data-node-process.ts'
import { openIndexNode } from './services/seed/index/index-node-process.ts'
import type { Settings } from './services/settings.ts'

export interface NodeOptions {
  readonly role: NodeRole
  /** The folder of the coordinator: both see the same files. */
  readonly data: string
  /** The coordinator, as `host:port`. */
  readonly coordinator: string
  /** Where the coordinator reaches this node. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly settings: Settings
  readonly onError: (error: unknown) => void
}

export type NodeRole = 'index-node' | 'data-node'

/** A node of a coordinator elsewhere. Disposing it ends its work, which others take over. */
export interface RunningNode extends AsyncDisposable {
  readonly port: number
}

interface Work extends AsyncDisposable {
  readonly service: RpcService
  join(ip: string, port: number): Promise<void>
}

/** Resolves when the coordinator counts the node; waits for a coordinator that is not there yet. */
export async function openNode(options: NodeOptions): Promise<RunningNode> {
  const { host, role, onError } = options
  const logger: RpcLogger = {
    error: (message, cause) => onError(toElanusError(cause, message)),
  }
  const work = role === 'index-node' ? indexWork(options, logger) : dataWork(options, logger)
  const services = [work.service]
  const clock = systemClock
  const server = await startServices({ host, port: options.port, services, logger, clock })
  await work.join(host, server.port)
  return {
    port: server.port,
    async [Symbol.asyncDispose]() {
      await work[Symbol.asyncDispose]()
      await server.close()
    },
  }
}

function indexWork({ data, coordinator, onError }: NodeOptions, logger: RpcLogger): Work {
  const service = connect(indexServiceDefinition, coordinator)
  const opened = openIndexNode({ ...groundOf(data), service, onError })
  return {
    service: serveFacade(indexNodeDefinition, opened.node, logger),
    join: (ip, port) => opened.join(ip, port),
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]()
      service[Symbol.dispose]()
    },
  }
}

function dataWork(options: NodeOptions, logger: RpcLogger): Work {
  const { data, coordinator, settings, onError } = options
  const master = connect(masterDefinition, coordinator)
  const dataService = connect(dataServiceDefinition, coordinator)
  const channel = openRpcChannel(coordinator)
  const opened = openDataNode({
    ...groundOf(data),
    policy: settings.seal,
    master,
    dataService,
    channels: remoteChannels(channel),
    connectMaster: (address) => connect(masterDefinition, address),
    connectDataService: (address) => connect(dataServiceDefinition, address),
    onError,
  })
  return {
    service: serveFacade(dataNodeDefinition, opened.node, logger),
    join: (ip, port) => opened.join(ip, port),
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]()
      for (const connection of [master, dataService, channel]) connection[Symbol.dispose]()
    },
  }
}

function groundOf(data: string) {
  return {
    clock: systemClock,
    fileSystem: nodeFileSystem,
    objectFolder: join(data, 'objects'),
  }
}
