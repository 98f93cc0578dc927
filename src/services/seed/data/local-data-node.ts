import type { Clock } from '../../../base/clock.ts'
import { ElanusError } from '../../../base/errors.ts'
import type { CollectionId, LogId, PartitionId, SegmentId } from '../../../base/int64.ts'
import { toId } from '../../../base/int64.ts'
import { secondMs } from '../../../base/units.ts'
import type { CollectionSchema } from '../../../schema/collection-schema.ts'
import type { ObjectStore } from '../../../storage/object-store.ts'
import type { WorkerPool } from '../../../workers/pool.ts'
import { type FlushFacts, flushLogIdCount } from '../../../workers/tasks.ts'
import {
  baseOf,
  type ChannelMessage,
  channelNames,
  type StartPosition,
  startOf,
  wirePosition,
} from '../../channels/channel.ts'
import type { ChannelConsumer } from '../../channels/channels.ts'
import { batchOfColumns } from '../../channels/columns.ts'
import type { InsertMsg } from '../channel-messages.ts'
import { MsgType, type Status } from '../common-messages.ts'
import type { FieldBinlog, SegmentStatisticsUpdates } from '../data-messages.ts'
import type { DataNode, DataServiceInterface, MasterServiceInterface } from '../facades.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { registeredID } from '../node-membership.ts'
import { retrying } from '../retrying.ts'
import { accepted, isSuccess, requireSuccess } from '../status.ts'
import { schemaOf } from '../wire-schema.ts'
import { ChannelFollowers } from './channel-followers.ts'
import { checkItemCount } from './context.ts'
import { type SegmentBuffer, SegmentBuffers } from './segment-buffers.ts'
import { wireBinlog } from './wire-binlog.ts'

export interface DataNodeOptions {
  readonly clock: Clock
  readonly lifecycle: Lifecycle
  readonly pool: WorkerPool
  readonly objects: ObjectStore
  readonly channels: ChannelConsumer
  readonly segmentSizeBytesMax: number
  readonly memoryBytesMax: number
  /** The id that the data service knows this node by now. */
  readonly nodeID: () => bigint
  readonly connectMaster: (address: string) => MasterServiceInterface
  readonly connectDataService: (address: string) => DataServiceInterface
  readonly onError: (error: unknown) => void
}

/** How far a flush waits for the channels to come, before it says that the segment is not here. */
const catchUpTimeoutMs = 10 * secondMs
const catchUpPollMs = 20

/**
 * Follows insert channels and keeps what comes, a segment at a time, and tells how its segments grow;
 * when it is told to flush one, it writes the rows to objects and reports them.
 *
 *     channel ─▶ filter (flushed elsewhere, dropped) ─▶ buffer ─▶ tick ─▶ statistics
 *                                                         └─▶ flush ─▶ report
 */
export class LocalDataNode implements DataNode {
  readonly #options: DataNodeOptions
  readonly #buffers: SegmentBuffers
  readonly #followers: ChannelFollowers
  /** Segments that took rows since the last tick of their channel, and whether they are new. */
  readonly #grown = new Map<SegmentId, { readonly isNew: boolean }>()
  readonly #schemas = new Map<CollectionId, Promise<CollectionSchema>>()
  readonly #flushing = new Map<SegmentId, Promise<void>>()
  #flushedCount = 0
  /** Aborts when whoever counted this node does so no more. */
  #membership = new AbortController()
  #master: MasterServiceInterface | undefined
  #dataService: DataServiceInterface | undefined

  readonly watchDmChannels: DataNode['watchDmChannels']
  readonly flushSegments: DataNode['flushSegments']
  readonly setMasterServiceInterface: DataNode['setMasterServiceInterface']
  readonly setDataServiceInterface: DataNode['setDataServiceInterface']
  readonly getComponentStates: DataNode['getComponentStates']
  readonly getTimeTickChannel: DataNode['getTimeTickChannel']
  readonly getStatisticsChannel: DataNode['getStatisticsChannel']

  constructor(options: DataNodeOptions) {
    const { lifecycle, connectMaster, connectDataService } = options
    this.#options = options
    this.#buffers = new SegmentBuffers({
      sizeBytesMax: options.segmentSizeBytesMax,
      memoryBytesMax: options.memoryBytesMax,
    })
    this.#followers = new ChannelFollowers({
      ...options,
      take: (channel, message, signal) => this.#take(channel, message, signal),
      onLetGo: (channel) => this.#forget(this.#buffers.letGo(channel)),
    })
    this.watchDmChannels = lifecycle.command(async ({ channelNames: names, startPositions }) => {
      checkItemCount('channels', names)
      const starts = names.map((name, place): [string, StartPosition] => [
        name,
        startOf(startPositions[place]),
      ])
      this.#followers.follow(new Map(starts))
    })
    this.flushSegments = lifecycle.command(async ({ base, segmentIDs }) => {
      checkItemCount('segments', segmentIDs)
      await this.#flushAll(
        segmentIDs.map((id) => toId<SegmentId>(id)),
        base?.timestamp ?? 0n,
      )
    })
    this.setMasterServiceInterface = lifecycle.command(async ({ address }) => {
      const place = settable('master service', this.#master, address)
      this.#master = connectMaster(addressOf(place))
    })
    this.setDataServiceInterface = lifecycle.command(async ({ address }) => {
      const place = settable('data service', this.#dataService, address)
      this.#dataService = connectDataService(addressOf(place))
    })
    this.getComponentStates = async () => {
      const extraInfo = [
        { key: 'followed_channel_count', value: String(this.#followers.count) },
        { key: 'buffered_segment_count', value: String(this.#buffers.all().length) },
        { key: 'flushing_segment_count', value: String(this.#flushing.size) },
        { key: 'flushed_segment_count', value: String(this.#flushedCount) },
      ]
      return { ...lifecycle.states([]), state: { ...lifecycle.info(), extraInfo } }
    }
    this.getTimeTickChannel = lifecycle.channelName(channelNames.dataTimeTick)
    this.getStatisticsChannel = lifecycle.channelName(channelNames.dataStatistics)
  }

  /** Once, and with one: INVALID_ARGUMENT else. */
  useMaster(master: MasterServiceInterface | undefined): void {
    this.#master = settable('master service', this.#master, master)
  }

  useDataService(dataService: DataServiceInterface | undefined): void {
    this.#dataService = settable('data service', this.#dataService, dataService)
  }

  /** Lets go of all channels and rows: whoever counted this node does so no more. */
  abandon(): void {
    this.#membership.abort(new ElanusError('CANCELED', 'The data service has let this node go'))
    this.#membership = new AbortController()
    this.#followers.stop()
    this.#schemas.clear()
    this.#grown.clear()
    this.#forget(this.#buffers.clear())
  }

  /** Resolves when no flush is under way. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#flushing.values())
  }

  async #take(channel: string, message: ChannelMessage, signal: AbortSignal): Promise<void> {
    const { position, timestamp, body } = message
    switch (body.type) {
      case MsgType.INSERT:
        await this.#buffer({ channel, position, message: body.message, signal })
        return
      case MsgType.TIME_TICK:
        this.#tellGrowth(channel, timestamp)
        return
      case MsgType.SEGMENT_FLUSH_DONE:
        this.#giveUp(toId<SegmentId>(body.message.segmentID))
        return
      default:
    }
  }

  async #buffer(insert: {
    readonly channel: string
    readonly position: bigint
    readonly message: InsertMsg
    readonly signal: AbortSignal
  }): Promise<void> {
    const { channel, position, message, signal } = insert
    const segmentId = toId<SegmentId>(message.segmentID)
    try {
      const collectionId = toId<CollectionId>(message.collectionID)
      // A segment keeps the shape that it was opened with.
      const schema =
        this.#buffers.get(segmentId)?.segment.schema ??
        (await this.#schemaFor(collectionId, message))
      if (signal.aborted) return
      const isNew = this.#buffers.get(segmentId) === undefined
      this.#buffers.add({
        segmentId,
        collectionId,
        partitionId: toId<PartitionId>(message.partitionID),
        channel,
        schema,
        batch: batchOfColumns(schema, message.columns, Number(message.numRows)),
        rowIds: BigInt64Array.from(message.rowIDs),
        timestamp: toId(message.base?.timestamp ?? 0n),
        position,
      })
      if (!this.#grown.has(segmentId)) this.#grown.set(segmentId, { isNew })
    } catch (error) {
      // Of a collection that is gone, or of a kind that this node cannot hold: it is not needed.
      this.#giveUp(segmentId)
      if (!(error instanceof ElanusError)) throw error
      if (error.code !== 'COLLECTION_NOT_FOUND') this.#options.onError(error)
    }
  }

  /** What came of a channel between two of its ticks is told at once; the next tells what was lost. */
  #tellGrowth(channel: string, timestamp: bigint): void {
    const { nodeID, onError } = this.#options
    const buffers = this.#buffers.all().filter((buffer) => buffer.channel === channel)
    const segmentsStats = buffers.flatMap((buffer) => {
      const growth = this.#grown.get(buffer.segment.id)
      this.#grown.delete(buffer.segment.id)
      return growth === undefined ? [] : statisticsOf(buffer, growth)
    })
    if (segmentsStats.length === 0) return
    const base = { ...baseOf(MsgType.SEGMENT_STATISTICS, 0n, timestamp), sourceID: nodeID() }
    const msgs = [{ base, channelName: channel, timestamp, segmentsStats }]
    present(this.#dataService, 'data service')
      .reportDataNodeTtMsgs({ base, msgs })
      .then((status) => requireSuccess(status, 'The data service refuses what this node tells'))
      .catch(onError)
  }

  /** The schema as it is known, or as it has become when the rows have fields that are new. */
  async #schemaFor(collectionId: CollectionId, message: InsertMsg): Promise<CollectionSchema> {
    const known = await this.#schemaOf(collectionId)
    const ids = new Set<bigint>(known.fields.map(({ id }) => id))
    if (message.columns.every(({ fieldID }) => ids.has(fieldID))) return known
    this.#schemas.delete(collectionId)
    return this.#schemaOf(collectionId)
  }

  #schemaOf(collectionId: CollectionId): Promise<CollectionSchema> {
    const known = this.#schemas.get(collectionId)
    if (known !== undefined) return known
    const asking = this.#askSchema(collectionId)
    this.#schemas.set(collectionId, asking)
    asking.catch(() => this.#schemas.delete(collectionId))
    return asking
  }

  async #askSchema(collectionID: CollectionId): Promise<CollectionSchema> {
    const request = { base: undefined, dbName: '', collectionName: '', collectionID }
    const answer = await present(this.#master, 'master service').describeCollection(request)
    const { schema } = accepted(answer, `Cannot ask for the schema of ${collectionID}`)
    return schemaOf(present(schema, 'schema'))
  }

  async #flushAll(ids: readonly SegmentId[], upTo: bigint): Promise<void> {
    present(this.#dataService, 'data service')
    await this.#catchUp(upTo)
    const missing = ids.find((id) => this.#buffers.get(id) === undefined)
    if (missing !== undefined && !this.#flushing.has(missing)) {
      throw new ElanusError('SEGMENT_NOT_FOUND', `This node has no rows of segment ${missing}`)
    }
    for (const id of ids) this.#flushOnce(id)
  }

  /** Waits until every channel that is followed has come so far. */
  async #catchUp(upTo: bigint): Promise<void> {
    const { clock } = this.#options
    const deadlineMs = clock.monotonicMs() + catchUpTimeoutMs
    const isBehind = (): boolean => this.#followers.isBehind(upTo)
    while (isBehind() && clock.monotonicMs() < deadlineMs) await clock.sleep(catchUpPollMs)
    if (!isBehind()) return
    throw new ElanusError('TIMEOUT', `This node has not come to ${upTo} on its channels`)
  }

  #flushOnce(id: SegmentId): void {
    const buffer = this.#buffers.get(id)
    if (buffer === undefined || this.#flushing.has(id)) return
    const done = this.#flush(buffer)
      .catch(this.#options.onError)
      .finally(() => this.#flushing.delete(id))
    this.#flushing.set(id, done)
  }

  async #flush(buffer: SegmentBuffer): Promise<void> {
    const { pool, nodeID, clock, onError } = this.#options
    const { segment, collectionId, partitionId } = buffer
    const { signal } = this.#membership
    const count = flushLogIdCount(segment.schema)
    const ids = await present(this.#master, 'master service').allocID({ base: undefined, count })
    const { ID: first } = accepted(ids, 'Cannot get log ids')
    const facts = await pool.flush({
      collectionId,
      partitionId,
      segment,
      schema: segment.schema,
      rowFrom: 0,
      rowTo: segment.rowCount,
      logIds: Array.from({ length: count }, (_, place) => toId<LogId>(first + BigInt(place))),
    })
    const report = reportOf(buffer, facts)
    const service = present(this.#dataService, 'data service')
    const save = async (): Promise<Status> =>
      service.saveBinlogPaths({ ...report, nodeID: registeredID(nodeID()) })
    const status = await retrying(save, { clock, signal, onError })
    this.#giveUp(segment.id)
    if (isSuccess(status)) this.#flushedCount += 1
    try {
      requireSuccess(status, `The data service refuses the report of segment ${segment.id}`)
    } catch (error) {
      for (const { path } of facts.binlogs) await this.#options.objects.drop(path)
      throw error
    }
  }

  #giveUp(id: SegmentId): void {
    const segment = this.#buffers.giveUp(id)
    if (segment !== undefined) this.#forget([segment])
  }

  #forget(segments: Parameters<WorkerPool['forget']>[0]): void {
    if (segments.length > 0) this.#options.pool.forget(segments).catch(this.#options.onError)
  }
}

function statisticsOf(
  { segment, channel, startPosition, startedAt, position, endedAt }: SegmentBuffer,
  { isNew }: { readonly isNew: boolean },
): SegmentStatisticsUpdates {
  return {
    SegmentID: segment.id,
    MemorySize: BigInt(segment.sizeBytes),
    NumRows: BigInt(segment.rowCount),
    createTime: startedAt,
    endTime: endedAt,
    startPosition: wirePosition(channel, startPosition, startedAt),
    endPosition: wirePosition(channel, position, endedAt),
    isNewSegment: isNew,
  }
}

function reportOf(buffer: SegmentBuffer, facts: FlushFacts) {
  const { segment, collectionId, partitionId, channel, position } = buffer
  const fields = (kind: 'insert' | 'stats'): FieldBinlog[] =>
    facts.binlogs
      .filter((file) => file.kind === kind)
      .map((file) => ({ fieldID: file.fieldId, binlogs: [wireBinlog(file)] }))
  const checkPoint = {
    segmentID: segment.id,
    position: wirePosition(channel, position, facts.timestampTo),
    numOfRows: BigInt(facts.rowCount),
  }
  return {
    base: undefined,
    segmentID: segment.id,
    collectionID: collectionId,
    partitionID: partitionId,
    field2BinlogPaths: fields('insert'),
    statslogs: fields('stats'),
    deltalogs: [],
    checkPoints: [checkPoint],
    flushed: true,
    dropped: false,
    channel,
  }
}

/** What may become the service, or say where it is: there is something, and nothing was set yet. */
function settable<T>(what: string, former: unknown, next: T | undefined): T {
  if (next === undefined) throw invalid(`Cannot set no ${what}`)
  if (former !== undefined) throw invalid(`Cannot set the ${what} twice`)
  return next
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new ElanusError('SERVICE_NOT_READY', `This node has no ${what}`)
  return value
}

function addressOf({ ip, port }: { readonly ip: string; readonly port: bigint }): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
