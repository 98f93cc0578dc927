import { ElanusError, type ErrorCode } from '../../../base/errors.ts'
import type { BuildFacts } from '../../../workers/tasks.ts'
import type { IndexBuilder, IndexBuildTask } from '../../index/index-builder.ts'
import { wireBinlog } from '../data/wire-binlog.ts'
import type { IndexNode } from '../facades.ts'
import type { BuildIndexCmd } from '../index-messages.ts'
import type { NodeRegistry, RegisteredNode } from '../node-registry.ts'
import { requireSuccess } from '../status.ts'
import { vectorTypeKey } from '../wire-index.ts'
import type { BuildReports } from './build-reports.ts'

/** Builds that a node is given at once. */
const buildsPerNodeMax = 1

/**
 * Gives builds to index nodes, the least loaded first, and does them here while there is none. A
 * node that is gone, or refuses, fails the attempt: the index service makes the next one, under the
 * next version.
 */
export class NodeIndexBuilder implements IndexBuilder {
  readonly #nodes: NodeRegistry<IndexNode>
  readonly #reports: BuildReports
  readonly #local: IndexBuilder
  readonly #loads = new Map<bigint, number>()

  constructor(options: {
    readonly nodes: NodeRegistry<IndexNode>
    readonly reports: BuildReports
    readonly local: IndexBuilder
  }) {
    this.#nodes = options.nodes
    this.#reports = options.reports
    this.#local = options.local
  }

  get capacity(): number {
    return Math.max(this.#nodes.all().length * buildsPerNodeMax, this.#local.capacity)
  }

  subscribe(listener: () => void): Disposable {
    return this.#nodes.subscribe(listener)
  }

  async build(task: IndexBuildTask, signal: AbortSignal): Promise<BuildFacts> {
    const node = this.#leastLoaded()
    if (node === undefined) return this.#local.build(task, signal)
    this.#loads.set(node.nodeID, this.#loadOf(node) + 1)
    try {
      const report = await this.#command(node, task, signal)
      return await this.#outcome(node, task, report.facts)
    } finally {
      const load = this.#loadOf(node) - 1
      if (load > 0) this.#loads.set(node.nodeID, load)
      else this.#loads.delete(node.nodeID)
    }
  }

  /**
   * NODE_NOT_FOUND when the node does not answer. It may be building all the same, so nobody else
   * makes this attempt: two that write the same files would drop each other's.
   */
  async #command(
    { nodeID, node, gone }: RegisteredNode<IndexNode>,
    task: IndexBuildTask,
    signal: AbortSignal,
  ): Promise<{ readonly facts: Promise<BuildFacts> }> {
    const ended = new AbortController()
    const attempt = { buildID: task.buildId, version: task.version, nodeID }
    const facts = this.#reports.expect(attempt, AbortSignal.any([gone, signal, ended.signal]))
    // Whoever awaits it is told; if nobody comes to, it is not waited for any more.
    facts.catch(() => undefined)
    try {
      const status = await node.buildIndex(commandOf(task))
      requireSuccess(status, `Index node ${nodeID} does not take build ${task.buildId}`)
      return { facts }
    } catch (error) {
      ended.abort()
      signal.throwIfAborted()
      if (!isTransportFailure(error)) throw error
      this.#nodes.giveUp(nodeID)
      const message = `Index node ${nodeID} has not answered whether it takes build ${task.buildId}`
      throw new ElanusError('NODE_NOT_FOUND', message, { cause: error })
    }
  }

  async #outcome(
    { node, gone }: RegisteredNode<IndexNode>,
    task: IndexBuildTask,
    report: Promise<BuildFacts>,
  ): Promise<BuildFacts> {
    try {
      const facts = await report
      checkFiles(task, facts)
      return facts
    } catch (error) {
      // A node that is still there may as well stop; one that is gone cannot be told.
      if (!gone.aborted) await node.dropIndex({ indexID: task.indexId }).catch(() => undefined)
      throw error
    }
  }

  #leastLoaded(): RegisteredNode<IndexNode> | undefined {
    const [first, ...others] = this.#nodes.all()
    return others.reduce(
      (least, node) =>
        least !== undefined && this.#loadOf(node) >= this.#loadOf(least) ? least : node,
      first,
    )
  }

  #loadOf({ nodeID }: RegisteredNode<IndexNode>): number {
    return this.#loads.get(nodeID) ?? 0
  }
}

const transportCodes: readonly ErrorCode[] = ['SERVICE_UNAVAILABLE', 'TIMEOUT', 'CANCELED']

function isTransportFailure(error: unknown): boolean {
  return error instanceof ElanusError && transportCodes.includes(error.code)
}

function commandOf(task: IndexBuildTask): BuildIndexCmd {
  const { spec } = task
  return {
    indexBuildID: task.buildId,
    req: {
      indexName: '',
      indexID: task.indexId,
      dataPaths: task.binlogs.map(({ path }) => path),
      typeParams: [
        { key: 'dim', value: String(task.dimension) },
        { key: vectorTypeKey, value: task.vectorType },
      ],
      indexParams: [
        { key: 'index_type', value: spec.type },
        { key: 'metric_type', value: spec.metric },
        ...Object.entries(spec.params).map(([key, value]) => ({ key, value: String(value) })),
      ],
    },
    version: BigInt(task.version),
    dataFiles: task.binlogs.map(wireBinlog),
    collectionID: task.collectionId,
    partitionID: task.partitionId,
    segmentID: task.segmentId,
    numRows: BigInt(task.rowCount),
    fieldID: task.fieldId,
  }
}

/** A node may write where its attempt belongs, and nowhere else. */
function checkFiles(task: IndexBuildTask, { files }: BuildFacts): void {
  const folder = `index_files/${task.buildId}/${task.version}/`
  const stray = files.find(({ path }) => !path.startsWith(folder) || path.includes('..'))
  if (stray === undefined) return
  throw new ElanusError(
    'WORKER_FAILED',
    `Build ${task.buildId} named the file ${stray.path.slice(0, 256)}, which is not in ${folder}`,
  )
}
