import type { Clock } from '../../../base/clock.ts'
import { secondMs } from '../../../base/units.ts'
import { wirePosition } from '../../channels/channel.ts'
import type { PhysicalChannel } from '../../data/physical-channel.ts'
import { Reconciler } from '../../reconciler.ts'
import type { DataNode } from '../facades.ts'
import type { NodeRegistry, RegisteredNode } from '../node-registry.ts'
import { requireSuccess } from '../status.ts'
import { dealChannels } from './deal-channels.ts'

export interface ChannelOwnersOptions {
  readonly clock: Clock
  readonly nodes: NodeRegistry<DataNode>
  readonly channels: readonly PhysicalChannel[]
  readonly onError: (error: unknown) => void
}

const reconcilePeriodMs = 10 * secondMs

/**
 * Which data node follows which channel. When a node comes or goes the channels are dealt out anew,
 * and every node whose part has changed is told; one that could not be told is told again. Until a new
 * owner has read its channel, flushes wait for it or are done by the coordinator.
 */
export class ChannelOwners implements AsyncDisposable {
  readonly #options: ChannelOwnersOptions
  readonly #reconciler: Reconciler
  readonly #subscription: Disposable
  /** What each node was told last. */
  readonly #told = new Map<bigint, string>()
  #owners: ReadonlyMap<string, bigint> = new Map()

  constructor(options: ChannelOwnersOptions) {
    this.#options = options
    this.#reconciler = new Reconciler({
      ...options,
      periodMs: reconcilePeriodMs,
      reconcile: () => this.#tellAll(),
    })
    this.#subscription = options.nodes.subscribe(() => this.#deal())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]()
    await this.#reconciler[Symbol.asyncDispose]()
  }

  /** By the name of the physical channel; undefined while there is no node. */
  ownerOf(channel: string): RegisteredNode<DataNode> | undefined {
    const nodeID = this.#owners.get(channel)
    return nodeID === undefined ? undefined : this.#options.nodes.get(nodeID)
  }

  #deal(): void {
    const { channels, nodes } = this.#options
    const names = channels.map(({ name }) => name)
    const nodeIDs = nodes.all().map(({ nodeID }) => nodeID)
    this.#owners = dealChannels(names, nodeIDs, this.#owners)
    for (const nodeID of this.#told.keys()) {
      if (!nodeIDs.includes(nodeID)) this.#told.delete(nodeID)
    }
    this.#reconciler.wake()
  }

  async #tellAll(): Promise<void> {
    const results = await Promise.allSettled(
      this.#options.nodes.all().map((node) => this.#tell(node)),
    )
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  async #tell({ node, nodeID }: RegisteredNode<DataNode>): Promise<void> {
    const { channels } = this.#options
    const owned = channels.filter(({ name }) => this.#owners.get(name) === nodeID)
    const names = owned.map(({ name }) => name)
    if (this.#told.get(nodeID) === names.join()) return
    const status = await node.watchDmChannels({
      base: undefined,
      channelNames: names,
      startPositions: owned.map(({ name, first }) => wirePosition(name, first, 0n)),
    })
    requireSuccess(status, `Data node ${nodeID} does not follow its channels`)
    this.#told.set(nodeID, names.join())
  }
}
