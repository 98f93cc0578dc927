import type { DataNode, IndexNode } from '../../services/seed/facades.ts'
import type { Protocol } from '../../services/seed/protocol.ts'
import { openRpcChannel } from '../rpc-channel.ts'
import type { RpcLogger, RpcService } from '../service.ts'
import { facadeClient } from './facade-client.ts'
import { serveConsume } from './message-stream.ts'
import type { Calls, FacadeOf, ServiceDefinition } from './method-types.ts'
import { serveFacade } from './serve-facade.ts'
import {
  dataNodeDefinition,
  dataServiceDefinition,
  indexNodeDefinition,
  indexServiceDefinition,
  insertChannelDefinition,
  masterDefinition,
} from './services.ts'

/** The coordinator's services for a server. */
export function protocolServices(protocol: Protocol, logger: RpcLogger): readonly RpcService[] {
  const insertChannel = serveFacade(insertChannelDefinition, protocol.insertChannel, logger)
  return [
    serveFacade(masterDefinition, protocol.master, logger),
    serveFacade(dataServiceDefinition, protocol.dataService, logger),
    serveFacade(indexServiceDefinition, protocol.indexService, logger),
    {
      name: insertChannel.name,
      methods: [serveConsume(protocol.channels, logger), ...insertChannel.methods],
    },
  ]
}

/** Nodes at their addresses, as the coordinator calls them. */
export const nodeConnections = {
  dataNode: (address: string): DataNode & Disposable => connect(dataNodeDefinition, address),
  indexNode: (address: string): IndexNode & Disposable => connect(indexNodeDefinition, address),
}

/** A client with a connection of its own, which it is disposed with. */
export function connect<All extends Calls>(
  definition: ServiceDefinition<All>,
  address: string,
): FacadeOf<All> & Disposable {
  const channel = openRpcChannel(address)
  const client = facadeClient(definition, channel)
  return { ...client, [Symbol.dispose]: () => channel[Symbol.dispose]() }
}
