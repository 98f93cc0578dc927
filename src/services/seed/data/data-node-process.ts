import type { Clock } from '../../../base/clock.ts'
import type { FileSystem } from '../../../base/file-system.ts'
import type { ObjectStore } from '../../../storage/object-store.ts'
import { attachObjectStore } from '../../../storage/object-store-location.ts'
import { openWorkerPool } from '../../../workers/open-pool.ts'
import type { WorkerPool } from '../../../workers/pool.ts'
import type { ChannelConsumer } from '../../channels/channels.ts'
import type { SealPolicy } from '../../data/seal-policy.ts'
import type { DataNode, DataServiceInterface, MasterServiceInterface } from '../facades.ts'
import { Lifecycle } from '../lifecycle.ts'
import { NodeMembership } from '../node-membership.ts'
import { accepted } from '../status.ts'
import { LocalDataNode } from './local-data-node.ts'

export interface DataNodeProcessOptions extends DataNodeConnections {
  readonly fileSystem: FileSystem
  /** Where the coordinator keeps its objects: both see the same files. */
  readonly objectFolder: string
}

interface DataNodeConnections {
  readonly clock: Clock
  readonly policy: SealPolicy
  readonly master: MasterServiceInterface
  readonly dataService: DataServiceInterface
  readonly channels: ChannelConsumer
  readonly connectMaster: (address: string) => MasterServiceInterface
  readonly connectDataService: (address: string) => DataServiceInterface
  readonly onError: (error: unknown) => void
}

export interface DataNodeProcess extends AsyncDisposable {
  readonly node: DataNode
  /** Resolves when the data service counts this node, which is called at that address. */
  join(ip: string, port: number): Promise<void>
}

/** A data node with threads of its own. */
export function openDataNode(options: DataNodeProcessOptions): DataNodeProcess {
  const { clock, objectFolder, fileSystem } = options
  const location = { kind: 'local', folder: objectFolder } as const
  const pool = openWorkerPool({ objects: location, clock })
  return startDataNode({ ...options, pool, objects: attachObjectStore(location, fileSystem) })
}

/** A data node on threads and objects that it is given; the threads end with it. */
export function startDataNode(
  options: DataNodeConnections & { readonly pool: WorkerPool; readonly objects: ObjectStore },
): DataNodeProcess {
  const { clock, pool, policy, master, dataService, onError } = options
  const lifecycle = new Lifecycle('data node', 0n)
  let membership: NodeMembership | undefined
  const node = new LocalDataNode({
    ...options,
    lifecycle,
    segmentSizeBytesMax: policy.segmentSizeBytesMax,
    memoryBytesMax: policy.growingMemoryBytesMax,
    nodeID: () => membership?.nodeID ?? 0n,
  })
  node.useMaster(master)
  node.useDataService(dataService)
  return {
    node,
    async join(ip, port) {
      lifecycle.markHealthy()
      const address = { ip, port: BigInt(port) }
      const request = { base: undefined, address, Address: ip, Port: BigInt(port) }
      membership = new NodeMembership({
        clock,
        service: dataService,
        register: async () => {
          const answer = await dataService.registerNode(request)
          const { initParams } = accepted(answer, 'Cannot register this data node')
          return initParams?.nodeID ?? 0n
        },
        onLost: () => node.abandon(),
        onError,
      })
      await membership.start()
    },
    async [Symbol.asyncDispose]() {
      await membership?.stop()
      lifecycle.markAbnormal()
      node.abandon()
      await node.idle()
      await pool[Symbol.asyncDispose]()
    },
  }
}
