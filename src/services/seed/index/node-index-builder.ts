import { ElanusError } from '../../../base/errors.ts'
import type { BuildFacts, BuildTask } from '../../../workers/tasks.ts'
import type { IndexBuilder } from '../../index/index-builder.ts'
import type { IndexNode } from '../facades.ts'
import type { BuildIndexCmd } from '../index-messages.ts'
import type { NodeRegistry, RegisteredNode } from '../node-registry.ts'
import { requireSuccess } from '../status.ts'
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

  async build(task: BuildTask, signal: AbortSignal): Promise<BuildFacts> {
    const node = this.#leastLoaded()
    if (node === undefined) return this.#local.build(task, signal)
    this.#loads.set(node.nodeID, this.#loadOf(node) + 1)
    try {
      return await this.#buildOn(node, task, signal)
    } finally {
      const load = this.#loadOf(node) - 1
      if (load > 0) this.#loads.set(node.nodeID, load)
      else this.#loads.delete(node.nodeID)
    }
  }

  async #buildOn(
    { nodeID, node, gone }: RegisteredNode<IndexNode>,
    task: BuildTask,
    signal: AbortSignal,
  ): Promise<BuildFacts> {
    const attempt = { buildID: task.buildId, version: task.version, nodeID }
    const report = this.#reports.expect(attempt, AbortSignal.any([gone, signal]))
    try {
      const status = await node.buildIndex(commandOf(task))
      requireSuccess(status, `Index node ${nodeID} does not take build ${task.buildId}`)
    } catch (error) {
      report.catch(() => undefined)
      throw error
    }
    const facts = await report
    checkFiles(task, facts)
    return facts
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

function commandOf(task: BuildTask): BuildIndexCmd {
  const { spec } = task
  return {
    indexBuildID: task.buildId,
    req: {
      indexName: '',
      indexID: 0n,
      dataPaths: task.binlogs.map(({ path }) => path),
      typeParams: [{ key: 'dim', value: String(task.dimension) }],
      indexParams: [
        { key: 'index_type', value: spec.type },
        { key: 'metric_type', value: spec.metric },
        { key: 'params', value: JSON.stringify(spec.params) },
      ],
    },
    version: BigInt(task.version),
    dataFiles: task.binlogs.map(({ path, logId, rowCount, sizeBytes, crc32c }) => ({
      path,
      logID: logId,
      numRows: BigInt(rowCount),
      size: BigInt(sizeBytes),
      crc32c,
    })),
    collectionID: task.collectionId,
    partitionID: task.partitionId,
    segmentID: task.segmentId,
    numRows: BigInt(task.rowCount),
    fieldID: task.fieldId,
  }
}

/** A node may write where its attempt belongs, and nowhere else. */
function checkFiles(task: BuildTask, { files }: BuildFacts): void {
  const folder = `index_files/${task.buildId}/${task.version}/`
  const stray = files.find(({ path }) => !path.startsWith(folder) || path.includes('..'))
  if (stray === undefined) return
  throw new ElanusError(
    'WORKER_FAILED',
    `Build ${task.buildId} named the file ${stray.path.slice(0, 256)}, which is not in ${folder}`,
  )
}
