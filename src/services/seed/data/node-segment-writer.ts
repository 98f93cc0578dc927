import type { Clock } from '../../../base/clock.ts'
import { ElanusError } from '../../../base/errors.ts'
import type { SegmentId } from '../../../base/int64.ts'
import { minuteMs } from '../../../base/units.ts'
import type { SegmentRecord } from '../../../meta/records.ts'
import { flushedFieldIds } from '../../../segment/flush-plan.ts'
import type { FlushFacts, FlushTask } from '../../../workers/tasks.ts'
import { baseOf } from '../../channels/channel.ts'
import type { LocalDataService } from '../../data/local-data-service.ts'
import type { SegmentWriter } from '../../data/segment-writer.ts'
import { MsgType } from '../common-messages.ts'
import type { DataNode } from '../facades.ts'
import type { NodeRegistry, RegisteredNode } from '../node-registry.ts'
import { isSuccess } from '../status.ts'
import { ChannelOwners } from './channel-owners.ts'
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
  #owners: ChannelOwners | undefined

  constructor(options: NodeSegmentWriterOptions) {
    this.#options = options
  }

  /** From now on nodes are told which channels to follow. */
  attach(data: LocalDataService): AsyncDisposable {
    this.#data = data
    const channels = data.physicalChannels()
    const owners = new ChannelOwners({ ...this.#options, channels })
    this.#owners = owners
    return owners
  }

  /** The node that follows the channel of a segment. */
  ownerOf({ virtualChannel }: SegmentRecord): RegisteredNode<DataNode> | undefined {
    const channel = this.#data
      ?.physicalChannels()
      .find(({ name }) => virtualChannel.startsWith(`${name}_`))
    return channel === undefined ? undefined : this.#owners?.ownerOf(channel.name)
  }

  async write(task: FlushTask, record: SegmentRecord): Promise<FlushFacts> {
    const { local, nodes, onError } = this.#options
    const owner = this.ownerOf(record)
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
      if (!isSuccess(status)) throw refusal(nodeID, segmentId, status.reason)
    } catch (error) {
      ended.abort(error)
    }
    // Awaited here: the timer ends with this function.
    return await report
  }
}

/** It has not come so far on the channel, or had no room: that is no reason to give the node up. */
function refusal(nodeID: bigint, segmentId: SegmentId, reason: string): ElanusError {
  const message = `Data node ${nodeID} does not flush segment ${segmentId}: ${reason}`
  return new ElanusError('WORKER_FAILED', message)
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
