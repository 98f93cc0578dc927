import { ElanusError } from '../../base/errors.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type * as messages from '../seed/channel-messages.ts'
import type { MsgBase, MsgPosition, MsgType } from '../seed/common-messages.ts'

/** Channels that exist once; those of inserts are named after the log. */
export const channelNames = {
  masterTimeTick: 'master-timetick',
  definition: 'data-definition',
  masterStatistics: 'master-statistics',
  dataTimeTick: 'dataservice-timetick-channel',
  dataStatistics: 'dataservice-statistics-channel',
  segmentInfo: 'segment-info-channel',
} as const

/** What a message says, by the number that tells its type on the wire. */
export type MessageBody =
  | { readonly type: typeof MsgType.INSERT; readonly message: messages.InsertMsg }
  | { readonly type: typeof MsgType.DELETE; readonly message: messages.DeleteMsg }
  | { readonly type: typeof MsgType.TIME_TICK; readonly message: messages.TimeTickMsg }
  | {
      readonly type: typeof MsgType.CREATE_COLLECTION
      readonly message: messages.CreateCollectionMsg
    }
  | { readonly type: typeof MsgType.DROP_COLLECTION; readonly message: messages.DropCollectionMsg }
  | {
      readonly type: typeof MsgType.CREATE_PARTITION
      readonly message: messages.CreatePartitionMsg
    }
  | { readonly type: typeof MsgType.DROP_PARTITION; readonly message: messages.DropPartitionMsg }
  | { readonly type: typeof MsgType.SEGMENT_INFO; readonly message: messages.SegmentMsg }
  | {
      readonly type: typeof MsgType.SEGMENT_FLUSH_DONE
      readonly message: messages.SegmentFlushCompletedMsg
    }
  | {
      readonly type: typeof MsgType.SEGMENT_STATISTICS
      readonly message: messages.SegmentStatistics
    }
  | { readonly type: typeof MsgType.MASTER_STATISTICS; readonly message: messages.MasterStatistics }

export interface ChannelMessage {
  /** Consuming from here gives this message first; after a tick, what comes next. */
  readonly position: bigint
  readonly timestamp: Timestamp
  readonly body: MessageBody
}

/** Where a consumer begins. */
export type StartPosition =
  | { readonly kind: 'first' }
  | { readonly kind: 'next' }
  | { readonly kind: 'position'; readonly position: bigint }

/** One step of a channel: what a record of it says, in the order in which it says it. */
export interface ChannelRecord {
  readonly position: bigint
  readonly timestamp: Timestamp
  readonly bodies: readonly MessageBody[]
}

/** What a channel is to whoever lets others follow it. Positions only grow. */
export interface ChannelSource {
  readonly name: string
  /** The oldest position that can be read. */
  readonly first: bigint
  /** The position that the next record will take. */
  readonly next: bigint
  /**
   * A watermark and a position, of one moment: what has the time of the watermark or an earlier one
   * lies before the position.
   */
  mark(): Promise<{ readonly tick: Timestamp; readonly end: bigint }>
  /** Records from a position on, up to the newest of the moment. Rejects where it is not kept. */
  read(from: bigint): AsyncIterable<ChannelRecord>
  /** Calls back when there may be something new. */
  subscribe(listener: () => void): Disposable
}

export function baseOf(type: MsgType, position: bigint, timestamp: bigint): MsgBase {
  return { msgType: type, msgID: position, timestamp, sourceID: 0n }
}

const positionSizeBytes = 8

export function wirePosition(name: string, position: bigint, timestamp: bigint): MsgPosition {
  const msgID = new Uint8Array(positionSizeBytes)
  new DataView(msgID.buffer).setBigInt64(0, position, true)
  return { channelName: name, msgID, timestamp }
}

/** INVALID_ARGUMENT for what no message ever had as its position. */
export function startOf(wire: MsgPosition | undefined): StartPosition {
  if (wire === undefined) return { kind: 'first' }
  const { msgID } = wire
  if (msgID.length === 0) return { kind: 'next' }
  if (msgID.length !== positionSizeBytes) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot begin at a position of ${msgID.length} bytes: it has ${positionSizeBytes}, or none`,
    )
  }
  const view = new DataView(msgID.buffer, msgID.byteOffset, positionSizeBytes)
  return { kind: 'position', position: view.getBigInt64(0, true) }
}

export function notKept(source: ChannelSource, position: bigint): ElanusError {
  return new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot read position ${position} of the channel ${source.name}: ` +
      `it holds ${source.first} to ${source.next}`,
  )
}
