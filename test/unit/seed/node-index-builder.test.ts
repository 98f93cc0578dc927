import { describe, expect, it } from 'vitest'
import { present } from '../../../src/base/assert.ts'
import { ElanusError } from '../../../src/base/errors.ts'
import { toId } from '../../../src/base/int64.ts'
import type { IndexBuilder, IndexBuildTask } from '../../../src/services/index/index-builder.ts'
import type { IndexNode } from '../../../src/services/seed/facades.ts'
import { BuildReports } from '../../../src/services/seed/index/build-reports.ts'
import { NodeIndexBuilder } from '../../../src/services/seed/index/node-index-builder.ts'
import type { BuildIndexCmd } from '../../../src/services/seed/index-messages.ts'
import { Lifecycle } from '../../../src/services/seed/lifecycle.ts'
import { NodeRegistry } from '../../../src/services/seed/node-registry.ts'
import { success } from '../../../src/services/seed/status.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const neverAborted = new AbortController().signal

describe('builds', () => {
  it('go to the node that has the fewest', async () => {
    const ground = groundOf()
    const nodes = [ground.register(1n), ground.register(2n), ground.register(3n)]
    for (let build = 1; build <= 6; build += 1) void ground.build(build)
    await ground.settled()
    expect(nodes.map(({ commands }) => commands.length)).toEqual([2, 2, 2])
    const second = present(nodes[1], 'three have registered')
    ground.report(second, 0)
    ground.report(second, 1)
    await ground.settled()
    void ground.build(7)
    await ground.settled()
    expect(nodes.map(({ commands }) => commands.length)).toEqual([2, 3, 2])
  })

  it('are done here while there is no node', async () => {
    const ground = groundOf()
    expect(await ground.build(1)).toEqual({ files: [], rowCount: 0 })
    expect(ground.localBuilds).toEqual([1])
  })

  it('are lost with their node, and by no fault of their own', async () => {
    const ground = groundOf()
    ground.register(1n)
    const building = ground.build(1)
    await ground.settled()
    ground.registry.giveUp(1n)
    await expect(building).rejects.toMatchObject({ code: 'NODE_NOT_FOUND' })
  })

  // The answer may be what was lost: then the node builds, and a second builder of the same attempt
  // would find its files, fail, and drop them.
  it('are lost when a node does not answer, and the next attempt goes to another', async () => {
    const ground = groundOf()
    ground.register(1n, new ElanusError('SERVICE_UNAVAILABLE', 'refused'))
    const second = ground.register(2n)
    await expect(ground.build(1)).rejects.toMatchObject({ code: 'NODE_NOT_FOUND' })
    expect(ground.localBuilds).toEqual([])
    expect(second.commands).toEqual([])
    void ground.build(1)
    await ground.settled()
    expect(second.commands).toHaveLength(1)
    expect(ground.registry.all().map(({ nodeID }) => nodeID)).toEqual([2n])
  })

  it('take the report of their attempt, and of no other attempt or node', async () => {
    const ground = groundOf()
    const node = ground.register(1n)
    const building = ground.build(1)
    await ground.settled()
    for (const wrong of [{ version: 8n }, { nodeID: 2n }, { indexBuildID: 5n }]) {
      expect(ground.report(node, 0, wrong)).toBe(false)
    }
    expect(ground.report(node, 0)).toBe(true)
    expect(await building).toEqual({ files: [], rowCount: 4 })
    expect(ground.report(node, 0)).toBe(false)
  })

  it('are refused that name files outside their place', async () => {
    const ground = groundOf()
    const node = ground.register(1n)
    const building = ground.build(1)
    await ground.settled()
    const indexFiles = [{ path: 'insert_log/1/2/3/100/40', size: 1n, crc32c: 0 }]
    expect(ground.report(node, 0, { indexFiles })).toBe(true)
    await expect(building).rejects.toMatchObject({ code: 'WORKER_FAILED' })
  })
})

/** A node that remembers what it was told to do, and does nothing by itself. */
class IdleNode implements IndexNode, Disposable {
  readonly nodeID: bigint
  readonly commands: BuildIndexCmd[] = []
  readonly #lifecycle: Lifecycle
  readonly #failure: Error | undefined

  constructor(nodeID: bigint, failure: Error | undefined) {
    this.nodeID = nodeID
    this.#failure = failure
    this.#lifecycle = new Lifecycle('index node', nodeID)
    this.#lifecycle.markHealthy()
  }

  readonly buildIndex = async (command: BuildIndexCmd) => {
    if (this.#failure !== undefined) throw this.#failure
    this.commands.push(command)
    return success
  }

  readonly dropIndex = async () => success
  readonly getComponentStates = async () => this.#lifecycle.states([])
  readonly getTimeTickChannel = async () => ({ status: success, value: '' })
  readonly getStatisticsChannel = async () => ({ status: success, value: '' });
  [Symbol.dispose](): void {}
}

function groundOf() {
  const reports = new BuildReports()
  const localBuilds: number[] = []
  const nodes = new Map<string, IdleNode>()
  const registry = new NodeRegistry<IndexNode>({
    role: 'index node',
    clock: new ManualClock(),
    onError: () => undefined,
    connect: (address) => present(nodes.get(address), 'a node is at its address'),
  })
  const local: IndexBuilder = {
    capacity: 1,
    build: async ({ buildId }) => {
      localBuilds.push(Number(buildId))
      return { files: [], rowCount: 0 }
    },
    subscribe: () => ({ [Symbol.dispose]: () => undefined }),
  }
  const builder = new NodeIndexBuilder({ nodes: registry, reports, local })
  return {
    registry,
    localBuilds,
    register(nodeID: bigint, failure?: Error): IdleNode {
      const node = new IdleNode(nodeID, failure)
      nodes.set(`127.0.0.1:${nodeID}`, node)
      registry.register(nodeID, '127.0.0.1', nodeID)
      return node
    },
    build(buildID: number) {
      const building = builder.build(taskOf(buildID), neverAborted)
      building.catch(() => undefined)
      return building
    },
    /** Whether the report was waited for. */
    report(node: IdleNode, place: number, changes: object = {}): boolean {
      const command = present(node.commands[place], 'the node was told')
      return reports.take({
        status: success,
        indexBuildID: command.indexBuildID,
        indexFilePaths: [],
        nodeID: node.nodeID,
        version: command.version,
        indexFiles: [],
        numRows: 4n,
        ...changes,
      })
    },
    settled: () => new Promise<void>((resolve) => setImmediate(resolve)),
  }
}

function taskOf(buildID: number): IndexBuildTask {
  return {
    collectionId: toId<IndexBuildTask['collectionId']>(1n),
    partitionId: toId<IndexBuildTask['partitionId']>(2n),
    segmentId: toId<IndexBuildTask['segmentId']>(3n),
    buildId: toId<IndexBuildTask['buildId']>(BigInt(buildID)),
    indexId: toId<IndexBuildTask['indexId']>(5n),
    version: 1,
    vectorType: 'FloatVector',
    dimension: 4,
    fieldId: toId<IndexBuildTask['fieldId']>(101n),
    spec: { type: 'FLAT', metric: 'L2', params: {} },
    binlogs: [],
    rowCount: 4,
  }
}
