import type { Clock } from '../../../base/clock.ts'
import type { FileSystem } from '../../../base/file-system.ts'
import type { ObjectStore } from '../../../storage/object-store.ts'
import { attachObjectStore } from '../../../storage/object-store-location.ts'
import { openWorkerPool } from '../../../workers/open-pool.ts'
import type { WorkerPool } from '../../../workers/pool.ts'
import type { IndexNode, IndexServiceFacade } from '../facades.ts'
import { Lifecycle } from '../lifecycle.ts'
import { NodeMembership } from '../node-membership.ts'
import { accepted } from '../status.ts'
import { LocalIndexNode } from './local-index-node.ts'

export interface IndexNodeProcessOptions extends IndexNodeConnections {
  readonly fileSystem: FileSystem
  /** Where the coordinator keeps its objects: both see the same files. */
  readonly objectFolder: string
}

interface IndexNodeConnections {
  readonly clock: Clock
  readonly service: IndexServiceFacade
  readonly onError: (error: unknown) => void
}

export interface IndexNodeProcess extends AsyncDisposable {
  readonly node: IndexNode
  /** Resolves when the index service counts this node, which is called at that address. */
  join(ip: string, port: number): Promise<void>
}

/** An index node with threads of its own. */
export function openIndexNode(options: IndexNodeProcessOptions): IndexNodeProcess {
  const { clock, objectFolder, fileSystem } = options
  const location = { kind: 'local', folder: objectFolder } as const
  const pool = openWorkerPool({ objects: location, clock })
  return startIndexNode({ ...options, pool, objects: attachObjectStore(location, fileSystem) })
}

/** An index node on threads and objects that it is given; the threads end with it. */
export function startIndexNode(
  options: IndexNodeConnections & { readonly pool: WorkerPool; readonly objects: ObjectStore },
): IndexNodeProcess {
  const { clock, service, pool, objects, onError } = options
  const lifecycle = new Lifecycle('index node', 0n)
  let membership: NodeMembership | undefined
  const nodeID = (): bigint => membership?.nodeID ?? 0n
  const node = new LocalIndexNode({ clock, lifecycle, pool, objects, service, nodeID, onError })
  return {
    node,
    async join(ip, port) {
      lifecycle.markHealthy()
      const address = { ip, port: BigInt(port) }
      membership = new NodeMembership({
        clock,
        service,
        register: async () => {
          const answer = await service.registerNode({ base: undefined, address })
          const { initParams } = accepted(answer, 'Cannot register this index node')
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
