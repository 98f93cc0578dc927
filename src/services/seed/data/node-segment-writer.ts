import type { Clock } from '../../../base/clock.ts'
import { ElanusError } from '../../../base/errors.ts'
import type { SegmentId } from '../../../base/int64.ts'
import { minuteMs } from '../../../base/units.ts'
import type { SegmentRecord } from '../../../meta/records.ts'
import { flushedFieldIds } from '../../../segment/flush-plan.ts'
import type { FlushFacts, FlushTask } from '../../../workers/tasks.ts'
import { baseOf, wirePosition } from '../../channels/channel.ts'
import type { LocalDataService } from '../../data/local-data-service.ts'
import type { SegmentWriter } from '../../data/segment-writer.ts'
import { MsgType } from '../common-messages.ts'
import type { DataNode } from '../facades.ts'
import type { NodeRegistry, RegisteredNode } from '../node-registry.ts'
import { requireSuccess } from '../status.ts'
import type { FlushReports } from './flush-reports.ts'

export interface NodeSegmentWriterOptions {
  readonly clock: Clock
  readonly nodes: NodeRegistry<DataNode>
  readonly reports: FlushReports
  /** Writes what no node does. */
  readonly local: SegmentWriter
  readonly onError: (error: unknown) => void
}

/** A node that has not reported by then is not waited for any more. */
const reportTimeoutMs = 2 * minuteMs

/**
 * Has segments written by the data nodes that follow their channels; each channel has one owner.
 * Where there is none, or it fails in whatever way, the rows are in this process too, and it writes
 * them itself. What a node reports late is refused, so nothing is written into meta twice.
 */
export class NodeSegmentWriter implements SegmentWriter {
  readonly #options: NodeSegmentWriterOptions
  #data: LocalDataService | undefined

  constructor(options: NodeSegmentWriterOptions) {
    this.#options = options
  }

  /** From now on nodes that come are told which channels to follow. */
  attach(data: LocalDataService): AsyncDisposable {
    this.#data = data
    const subscription = this.#options.nodes.subscribe((node) => {
      this.#watch(node, data).catch(this.#options.onError)
    })
    return { [Symbol.asyncDispose]: async () => subscription[Symbol.dispose]() }
  }

  async write(task: FlushTask, record: SegmentRecord): Promise<FlushFacts> {
    const { local, nodes, onError } = this.#options
    const owner = this.#data === undefined ? undefined : this.#ownerOf(record, this.#data)
    if (owner === undefined || this.#data === undefined) return local.write(task, record)
    try {
      return await this.#writeOn(owner, task, this.#data)
    } catch (error) {
      onError(error)
      if (error instanceof ElanusError && error.code === 'SERVICE_UNAVAILABLE') {
        nodes.giveUp(owner.nodeID)
      }
      return local.write(task, record)
    }
  }

  async #writeOn(
    { nodeID, node, gone }: RegisteredNode<DataNode>,
    task: FlushTask,
    data: LocalDataService,
  ): Promise<FlushFacts> {
    const { clock, reports } = this.#options
    const ended = new AbortController()
    using _timer = clock.schedule(reportTimeoutMs, () => {
      ended.abort(new ElanusError('TIMEOUT', `Data node ${nodeID} has not reported in time`))
    })
    const segmentId = task.segment.id
    const expectation = {
      segmentId,
      nodeID,
      rowCount: task.rowTo,
      fieldIds: flushedFieldIds(task.schema),
      recorded: () => recorded(data, segmentId),
    }
    const report = reports.expect(expectation, AbortSignal.any([gone, ended.signal]))
    report.catch(() => undefined)
    try {
      const status = await node.flushSegments({
        base: baseOf(MsgType.FLUSH, 0n, await data.tick()),
        dbID: 0n,
        collectionID: task.collectionId,
        segmentIDs: [segmentId],
      })
      requireSuccess(status, `Data node ${nodeID} does not flush segment ${segmentId}`)
    } catch (error) {
      ended.abort(error)
    }
    // Awaited here: the timer ends with this function.
    return await report
  }

  async #watch({ node, nodeID }: RegisteredNode<DataNode>, data: LocalDataService): Promise<void> {
    const owned = data
      .physicalChannels()
      .filter((_, place) => this.#nodeFor(place)?.nodeID === nodeID)
    const status = await node.watchDmChannels({
      base: undefined,
      channelNames: owned.map(({ name }) => name),
      startPositions: owned.map(({ name, first }) => wirePosition(name, first, 0n)),
    })
    requireSuccess(status, `Data node ${nodeID} does not follow its channels`)
  }

  #ownerOf(record: SegmentRecord, data: LocalDataService): RegisteredNode<DataNode> | undefined {
    const place = data
      .physicalChannels()
      .findIndex(({ name }) => record.virtualChannel.startsWith(`${name}_`))
    return this.#nodeFor(place)
  }

  /** Channels are dealt out in turn. One that follows a channel it does not own does no harm. */
  #nodeFor(place: number): RegisteredNode<DataNode> | undefined {
    const all = this.#options.nodes.all()
    return all[place % Math.max(1, all.length)]
  }
}

/** Resolves when the segment is flushed in meta; rejects when it is dropped instead. */
async function recorded(data: LocalDataService, id: SegmentId): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  using _subscription = data.subscribe({
    segmentFlushed: (record) => {
      if (record.id === id) resolve()
    },
    segmentDropped: (record) => {
      if (record.id !== id) return
      reject(new ElanusError('SEGMENT_NOT_FOUND', `Segment ${id} was dropped meanwhile`))
    },
  })
  await promise
}
