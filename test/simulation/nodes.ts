import type { ChannelConsumer } from '../../src/services/channels/channels.ts'
import type { CoordinatorServices } from '../../src/services/coordinator.ts'
import { startDataNode } from '../../src/services/seed/data/data-node-process.ts'
import type { DataNode, IndexNode } from '../../src/services/seed/facades.ts'
import { startIndexNode } from '../../src/services/seed/index/index-node-process.ts'
import type { Protocol } from '../../src/services/seed/protocol.ts'
import { remote, remoteChannels, type Served } from './network.ts'
import { simulatedSettings } from './settings.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { World } from './world.ts'

/** Nodes that may be there at once, of each role. */
export const nodeCountMax = 3

/** A data node comes, if its coordinator is up; it registers, follows and writes on its own. */
export function joinDataNode(world: World, number: number): void {
  const services = world.coordinator()?.service
  if (services === undefined) return
  const process = world.process(`data node ${number}`)
  const { protocol } = services
  const opened = startDataNode({
    clock: process,
    pool: world.poolOf(process),
    objects: world.objectsOf(process),
    policy: simulatedSettings.seal,
    master: facade(world, process, protocol, 'master'),
    dataService: facade(world, process, protocol, 'dataService'),
    channels: channelsOf(world, process),
    connectMaster: () => facade(world, process, protocol, 'master'),
    connectDataService: () => facade(world, process, protocol, 'dataService'),
    onError: (error) => world.observe(error),
  })
  const [ip, port] = [`10.0.0.${number}`, 1]
  place(world.dataNodes, `${ip}:${port}`, { process, service: opened.node })
  opened.join(ip, port).catch((error: unknown) => world.observe(error))
}

export function joinIndexNode(world: World, number: number): void {
  const services = world.coordinator()?.service
  if (services === undefined) return
  const process = world.process(`index node ${number}`)
  const opened = startIndexNode({
    clock: process,
    pool: world.poolOf(process),
    objects: world.objectsOf(process),
    service: facade(world, process, services.protocol, 'indexService'),
    onError: (error) => world.observe(error),
  })
  const [ip, port] = [`10.0.1.${number}`, 1]
  place(world.indexNodes, `${ip}:${port}`, { process, service: opened.node })
  opened.join(ip, port).catch((error: unknown) => world.observe(error))
}

/** The node at a place dies at this instant, if there is one. */
export function killNode(nodes: Map<string, Served<DataNode | IndexNode>>, number: number): void {
  const address = [...nodes.keys()].find((known) => known.endsWith(`.${number}:1`))
  if (address === undefined) return
  nodes.get(address)?.process.die()
  nodes.delete(address)
}

/** Channels of whichever coordinator there is when they are followed. */
export function channelsOf(world: World, from: SimulatedProcess): ChannelConsumer {
  const find = (): Served<ChannelConsumer> | undefined => {
    const served = world.coordinator()
    return served && { process: served.process, service: served.service.protocol.channels }
  }
  return remoteChannels({ from, weather: world.weather, find })
}

function facade<Name extends 'master' | 'dataService' | 'indexService'>(
  world: World,
  from: SimulatedProcess,
  template: Protocol,
  name: Name,
): Protocol[Name] {
  const find = (): Served<Protocol[Name]> | undefined => {
    const served: Served<CoordinatorServices> | undefined = world.coordinator()
    return served && { process: served.process, service: served.service.protocol[name] }
  }
  return remote(template[name], { from, weather: world.weather, find })
}

/** One that comes to a place where another is takes it, and the other dies. */
function place<Node>(nodes: Map<string, Served<Node>>, address: string, node: Served<Node>): void {
  nodes.get(address)?.process.die()
  nodes.set(address, node)
}
