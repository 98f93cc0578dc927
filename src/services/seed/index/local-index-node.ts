import type { Clock } from '../../../base/clock.ts'
import { ElanusError, toElanusError } from '../../../base/errors.ts'
import type { BuildId, CollectionId, FieldId, PartitionId, SegmentId } from '../../../base/int64.ts'
import { toId } from '../../../base/int64.ts'
import { limits } from '../../../base/limits.ts'
import { elementTypeOf, isDataTypeName, isVectorType } from '../../../schema/data-type.ts'
import type { ObjectStore } from '../../../storage/object-store.ts'
import { parseIndexSpec } from '../../../vector-index/index-types.ts'
import type { WorkerPool } from '../../../workers/pool.ts'
import type { BuildFacts, BuildTask } from '../../../workers/tasks.ts'
import { SerialQueue } from '../../serial-queue.ts'
import { ErrorCode, type KeyValuePair, type Status } from '../common-messages.ts'
import { factsOfBinlog } from '../data/wire-binlog.ts'
import type { IndexNode, IndexServiceFacade } from '../facades.ts'
import type { BuildIndexCmd } from '../index-messages.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { registeredID } from '../node-membership.ts'
import { retrying } from '../retrying.ts'
import { requireSuccess, success } from '../status.ts'
import { vectorTypeKey } from '../wire-index.ts'

export interface IndexNodeOptions {
  readonly clock: Clock
  readonly lifecycle: Lifecycle
  readonly pool: WorkerPool
  readonly objects: ObjectStore
  readonly service: Pick<IndexServiceFacade, 'notifyBuildIndex'>
  /** The id that the index service knows this node by now. */
  readonly nodeID: () => bigint
  readonly onError: (error: unknown) => void
}

interface Work {
  readonly indexID: bigint
  readonly abort: AbortController
}

/**
 * Builds one index after the other. A command is answered when it is understood and queued; how the
 * build ended is told until the index service has heard it. What a failed build has written, it
 * drops.
 */
export class LocalIndexNode implements IndexNode {
  readonly #options: IndexNodeOptions
  readonly #queue = new SerialQueue()
  readonly #work = new Set<Work>()
  /** The newest attempt at each build that was taken on; of as many builds as could be queued. */
  readonly #attempts = new Map<BuildId, number>()

  readonly buildIndex: IndexNode['buildIndex']
  readonly dropIndex: IndexNode['dropIndex']
  readonly getComponentStates: IndexNode['getComponentStates']
  readonly getTimeTickChannel: IndexNode['getTimeTickChannel']
  readonly getStatisticsChannel: IndexNode['getStatisticsChannel']

  constructor(options: IndexNodeOptions) {
    const { lifecycle } = options
    this.#options = options
    this.buildIndex = lifecycle.command(async (command) => this.#enqueue(command))
    this.dropIndex = lifecycle.command(async ({ indexID }) => this.#drop(indexID))
    this.getComponentStates = async () => {
      const extraInfo = [{ key: 'build_count', value: String(this.#work.size) }]
      return { ...lifecycle.states([]), state: { ...lifecycle.info(), extraInfo } }
    }
    this.getTimeTickChannel = lifecycle.channelName('')
    this.getStatisticsChannel = lifecycle.channelName('')
  }

  /** Gives up all that is queued or under way, and tells nobody. */
  abandon(): void {
    for (const work of this.#work) {
      work.abort.abort(new ElanusError('CANCELED', 'The index service has let this node go'))
    }
  }

  /** Resolves when nothing is queued or under way. */
  idle(): Promise<void> {
    return this.#queue.idle()
  }

  #enqueue(command: BuildIndexCmd): void {
    if (this.#work.size >= limits.batchItemCountMax) {
      throw new ElanusError('RATE_LIMITED', `Cannot queue more than ${this.#work.size} builds`)
    }
    const task = taskOf(command)
    // Told twice, or late: what is built already may be in meta, and its files are not to be touched.
    if (!this.#isNewAttempt(task)) return
    const work = { indexID: command.req?.indexID ?? 0n, abort: new AbortController() }
    this.#work.add(work)
    this.#queue
      .run(() => this.#build(task, work.abort.signal))
      .catch(this.#options.onError)
      .finally(() => this.#work.delete(work))
  }

  #isNewAttempt({ buildId, version }: BuildTask): boolean {
    if (version <= (this.#attempts.get(buildId) ?? 0)) return false
    this.#attempts.delete(buildId)
    this.#attempts.set(buildId, version)
    const [oldest] = this.#attempts.keys()
    if (this.#attempts.size > limits.batchItemCountMax && oldest !== undefined) {
      this.#attempts.delete(oldest)
    }
    return true
  }

  #drop(indexID: bigint): void {
    for (const work of this.#work) {
      if (work.indexID !== indexID) continue
      work.abort.abort(new ElanusError('CANCELED', `Index ${indexID} was dropped`))
    }
  }

  async #build(task: BuildTask, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    let outcome: BuildFacts | ElanusError
    try {
      outcome = await this.#options.pool.build(task, signal)
    } catch (thrown) {
      outcome = toElanusError(thrown, 'Cannot build')
      await this.#dropFiles(task)
    }
    // From here on the files may be in meta, whatever becomes of the answer: they are not ours.
    try {
      await this.#tell(task, outcome, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** A service that does not answer is told again; one that refuses has let this node go. */
  async #tell(
    task: BuildTask,
    outcome: BuildFacts | ElanusError,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, service, nodeID, onError } = this.#options
    const files = outcome instanceof ElanusError ? [] : outcome.files
    const status =
      outcome instanceof ElanusError
        ? { errorCode: ErrorCode.BUILD_INDEX_ERROR, reason: outcome.message }
        : success
    const notification = {
      status,
      indexBuildID: task.buildId,
      indexFilePaths: files.map(({ path }) => path),
      version: BigInt(task.version),
      indexFiles: files.map(({ path, sizeBytes, crc32c }) => ({
        path,
        size: BigInt(sizeBytes),
        crc32c,
      })),
      numRows: BigInt(task.rowCount),
    }
    const notify = async (): Promise<Status> =>
      service.notifyBuildIndex({ ...notification, nodeID: registeredID(nodeID()) })
    const answer = await retrying(notify, { clock, signal, onError })
    requireSuccess(answer, `The index service refuses the report of build ${task.buildId}`)
  }

  async #dropFiles({ buildId, version }: BuildTask): Promise<void> {
    const { objects } = this.#options
    for await (const { name } of objects.list(`index_files/${buildId}/${version}/`)) {
      await objects.drop(name)
    }
  }
}

/** INVALID_ARGUMENT where the command does not say what to build. */
function taskOf(command: BuildIndexCmd): BuildTask {
  const params = mergedParams(command)
  const dimension = Number(params.get('dim'))
  const vectorType = params.get(vectorTypeKey) ?? 'FloatVector'
  if (!isDataTypeName(vectorType) || !isVectorType(vectorType)) {
    throw invalid(command, `${vectorType.slice(0, 64)} is no type of vectors`)
  }
  // Eight bits take the place of one number.
  const dimensionMax = limits.dimensionMax * (vectorType === 'BinaryVector' ? 8 : 1)
  if (!Number.isInteger(dimension) || dimension < 1 || dimension > dimensionMax) {
    throw invalid(command, `its dimension is ${params.get('dim') ?? 'not given'}`)
  }
  if (command.dataFiles.length === 0) throw invalid(command, 'it names no data files')
  const place = {
    collectionId: toId<CollectionId>(command.collectionID),
    partitionId: toId<PartitionId>(command.partitionID),
    segmentId: toId<SegmentId>(command.segmentID),
    fieldId: toId<FieldId>(command.fieldID),
  }
  return {
    ...place,
    buildId: toId<BuildId>(command.indexBuildID),
    version: Number(command.version),
    vectorType,
    dimension,
    spec: parseIndexSpec(
      [...params].map(([key, value]) => ({ key, value })),
      { elementType: elementTypeOf(vectorType), dimension },
    ),
    binlogs: command.dataFiles.map((file) =>
      factsOfBinlog(file, { ...place, kind: 'insert' }, command.fieldID),
    ),
    rowCount: Number(command.numRows),
  }
}

/** Both kinds of parameters as one; those under the key `params` are JSON, and parameters too. */
function mergedParams(command: BuildIndexCmd): ReadonlyMap<string, string> {
  const { typeParams = [], indexParams = [] } = command.req ?? {}
  const merged = new Map<string, string>()
  const all = [...typeParams, ...indexParams].flatMap((param) => expanded(param, command))
  for (const { key, value } of all) {
    if (merged.has(key)) throw invalid(command, `it gives ${key.slice(0, 64)} twice`)
    merged.set(key, value)
  }
  return merged
}

/** Parameters that are JSON are an object of them. */
function expanded(param: KeyValuePair, command: BuildIndexCmd): readonly KeyValuePair[] {
  if (param.key !== 'params') return [param]
  const value = parsedJson(param.value, command)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([key, entry]: [string, unknown]) => ({
    key,
    value: String(entry),
  }))
}

function parsedJson(text: string, command: BuildIndexCmd): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(command, `its params are no JSON: ${text.slice(0, 64)}`)
  }
}

function invalid({ indexBuildID }: BuildIndexCmd, why: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', `Cannot take build ${indexBuildID}: ${why}`)
}
