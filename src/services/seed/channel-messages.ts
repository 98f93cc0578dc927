import type {
  Blob,
  ComponentStates,
  MsgBase,
  MsgPosition,
  MsgType,
  Status,
} from './common-messages.ts'
import type { SegmentInfo, SegmentStatisticsUpdates } from './data-messages.ts'
import type { CollectionSchema } from './schema-messages.ts'

export interface ConsumeRequest {
  readonly channelName: string
  /** Absent: from the first message that is kept. msgID empty: from the next one. */
  readonly from: MsgPosition | undefined
}

/**
 * `payload` is the message that `msg_type` names; its first field is a MsgBase. A `status` other than
 * SUCCESS says why the stream ends here, and comes alone.
 */
export interface Message {
  readonly msgType: MsgType
  readonly position: MsgPosition | undefined
  readonly payload: Uint8Array
  readonly status: Status | undefined
}

/** What a client sends: rows as blobs, user fields in schema order, little-endian, no header. */
export interface InsertRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly partitionName: string
  readonly dbID: bigint
  readonly collectionID: bigint
  readonly partitionID: bigint
  readonly rowData: Blob[]
  readonly hashKeys: number[]
}

/** `rowIDs` are those of the rows, in their order; they are the primary keys of a collection with autoID. */
export interface InsertResponse {
  readonly status: Status | undefined
  readonly rowIDs: bigint[]
  readonly timestamp: bigint
}

/**
 * What lies on the channel: rows of one segment with their ids and times. The server writes columns,
 * and takes columns or blobs.
 */
export interface InsertMsg {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly partitionName: string
  readonly dbID: bigint
  readonly collectionID: bigint
  readonly partitionID: bigint
  readonly segmentID: bigint
  readonly channelID: string
  readonly timestamps: bigint[]
  readonly rowIDs: bigint[]
  readonly rowData: Blob[]
  readonly columns: ColumnData[]
  readonly numRows: bigint
}

/** One field's values: as they lie in a binlog's buffers. */
export interface ColumnData {
  readonly fieldID: bigint
  readonly dataType: number
  readonly dim: bigint
  readonly values: Uint8Array
  /**
   * Of VarChar and JSON: rows + 1 offsets into `values`; of an Array into the elements. Each is four
   * little-endian bytes.
   */
  readonly offsets: Uint8Array
  /** A bit for each row that has a value, row 0's the lowest of the first byte. Empty: all have one. */
  readonly validity?: Uint8Array | undefined
  /** Of an Array, which has no values itself. Its fieldID is zero. */
  readonly elements?: ColumnData | undefined
}

export interface DeleteMsg {
  readonly base: MsgBase | undefined
  readonly collectionID: bigint
  /** Zero: any partition. */
  readonly partitionID: bigint
  readonly channelID: string
  readonly int64PrimaryKeys: bigint[]
  readonly varcharPrimaryKeys: string[]
}

export interface TimeTickMsg {
  readonly base: MsgBase | undefined
}

export interface CreateCollectionMsg {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly dbID: bigint
  readonly collectionID: bigint
  readonly schema: CollectionSchema | undefined
  readonly virtualChannelNames: string[]
  readonly physicalChannelNames: string[]
}

export interface DropCollectionMsg {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly dbID: bigint
  readonly collectionID: bigint
}

export interface CreatePartitionMsg {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly partitionName: string
  readonly dbID: bigint
  readonly collectionID: bigint
  readonly partitionID: bigint
}

export interface DropPartitionMsg {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly partitionName: string
  readonly dbID: bigint
  readonly collectionID: bigint
  readonly partitionID: bigint
}

/** On the segment-info channel: a new segment, with the state that it is in. */
export interface SegmentMsg {
  readonly base: MsgBase | undefined
  readonly segment: SegmentInfo | undefined
}

export interface SegmentFlushCompletedMsg {
  readonly base: MsgBase | undefined
  readonly segmentID: bigint
}

export interface SegmentStatistics {
  readonly base: MsgBase | undefined
  readonly SegStats: SegmentStatisticsUpdates[]
}

/** On the master's statistics channel: what GetMasterStats said at that time. */
export interface MasterStatistics {
  readonly base: MsgBase | undefined
  readonly states: ComponentStates | undefined
  readonly databaseCount: bigint
  readonly collectionCount: bigint
  readonly partitionCount: bigint
  readonly indexCount: bigint
}
