import type {
  Address,
  InitParams,
  KeyValuePair,
  MsgBase,
  MsgPosition,
  Status,
  StringList,
} from './common-messages.ts'

export const SegmentState = {
  NONE: 0,
  NOT_EXIST: 1,
  GROWING: 2,
  SEALED: 3,
  FLUSHED: 4,
  FLUSHING: 5,
  DROPPED: 6,
} as const
export type SegmentState = (typeof SegmentState)[keyof typeof SegmentState]

/** `address` is the later form of the seed's `Address` and `Port`, which are taken too. */
export interface RegisterNodeRequest {
  readonly base: MsgBase | undefined
  readonly address: Address | undefined
  readonly Address: string
  readonly Port: bigint
}

export interface RegisterNodeResponse {
  readonly initParams: InitParams | undefined
  readonly status: Status | undefined
}

export interface FlushRequest {
  readonly base: MsgBase | undefined
  readonly dbID: bigint
  readonly collectionID: bigint
  /** Empty: all that grow. */
  readonly segmentIDs: bigint[]
}

export interface FlushResponse {
  readonly status: Status | undefined
  readonly dbID: bigint
  readonly collectionID: bigint
  readonly segmentIDs: bigint[]
  readonly flushSegmentIDs: bigint[]
  /** Seconds since 1970. */
  readonly timeOfSeal: bigint
  readonly flushTs: bigint
}

export interface GetFlushStateRequest {
  readonly base: MsgBase | undefined
  readonly segmentIDs: bigint[]
  readonly flushTs: bigint
  readonly collectionID: bigint
}

export interface GetFlushStateResponse {
  readonly status: Status | undefined
  readonly flushed: boolean
}

export interface SegIDRequest {
  readonly count: number
  readonly channelName: string
  readonly collectionID: bigint
  readonly partitionID: bigint
}

export interface AssignSegIDRequest {
  readonly base: MsgBase | undefined
  readonly nodeID: bigint
  readonly peerRole: string
  readonly segIDRequests: SegIDRequest[]
}

export interface SegIDAssignment {
  readonly segID: bigint
  readonly channelName: string
  readonly count: number
  readonly collectionID: bigint
  readonly partitionID: bigint
  readonly expireTime: bigint
  readonly status: Status | undefined
}

/** May hold more items than were asked for: a large request is split over segments. */
export interface AssignSegIDResponse {
  readonly segIDAssignments: SegIDAssignment[]
  readonly status: Status | undefined
}

export interface ShowSegmentRequest {
  readonly base: MsgBase | undefined
  readonly collectionID: bigint
  /** Zero: all partitions. */
  readonly partitionID: bigint
  readonly dbID: bigint
}

export interface ShowSegmentResponse {
  readonly segmentIDs: bigint[]
  readonly status: Status | undefined
}

/** `SegmentID` is the seed's form: a list of one. */
export interface SegmentStatesRequest {
  readonly base: MsgBase | undefined
  readonly segmentIDs: bigint[]
  readonly SegmentID: bigint
}

export interface SegmentStateInfo {
  readonly segmentID: bigint
  readonly state: SegmentState
  readonly createTime: bigint
  readonly sealedTime: bigint
  readonly flushedTime: bigint
  readonly startPosition: MsgPosition | undefined
  readonly endPosition: MsgPosition | undefined
  readonly status: Status | undefined
}

export interface SegmentStatesResponse {
  readonly status: Status | undefined
  readonly states: SegmentStateInfo[]
}

export interface SegmentInfoRequest {
  readonly base: MsgBase | undefined
  readonly segmentIDs: bigint[]
}

export interface SegmentInfo {
  readonly segmentID: bigint
  readonly collectionID: bigint
  readonly partitionID: bigint
  readonly insertChannel: string
  readonly openTime: bigint
  readonly sealedTime: bigint
  readonly flushedTime: bigint
  readonly numRows: bigint
  readonly memSize: bigint
  readonly state: SegmentState
  /** A segment lies on one channel, so there is one of each. */
  readonly startPosition: MsgPosition[]
  readonly endPosition: MsgPosition[]
  readonly maxRowNum: bigint
  readonly lastExpireTime: bigint
  readonly droppedTime: bigint
}

export interface SegmentInfoResponse {
  readonly status: Status | undefined
  readonly infos: SegmentInfo[]
}

export interface SegmentStatsRequest {
  readonly base: MsgBase | undefined
  readonly segmentID: bigint
}

export interface SegmentStatsResponse {
  readonly status: Status | undefined
  readonly stats: SegmentStatisticsUpdates | undefined
}

export interface InsertBinlogPathRequest {
  readonly base: MsgBase | undefined
  readonly segmentID: bigint
}

/** Parallel lists: fieldIDs[i] has paths[i]. */
export interface InsertBinlogPathsResponse {
  readonly fieldIDs: bigint[]
  readonly paths: StringList[]
  readonly status: Status | undefined
}

export interface InsertChannelRequest {
  readonly base: MsgBase | undefined
  readonly dbID: bigint
  readonly collectionID: bigint
}

/** By name, or by id when the name is empty. */
export interface CollectionStatsRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly dbID: bigint
  readonly collectionID: bigint
}

export interface CollectionStatsResponse {
  readonly stats: KeyValuePair[]
  readonly status: Status | undefined
}

export interface PartitionStatsRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly partitionName: string
  readonly dbID: bigint
  readonly collectionID: bigint
  readonly partitionID: bigint
}

export interface PartitionStatsResponse {
  readonly stats: KeyValuePair[]
  readonly status: Status | undefined
}

export interface CountRequest {
  readonly base: MsgBase | undefined
  readonly dbID: bigint
  readonly collectionID: bigint
}

export interface CountResponse {
  readonly status: Status | undefined
  readonly count: bigint
}

/** `start_positions` say from where, in the order of the names; from the first message without them. */
export interface WatchDmChannelRequest {
  readonly base: MsgBase | undefined
  readonly channelNames: string[]
  readonly startPositions: MsgPosition[]
}

export interface FlushSegRequest {
  readonly base: MsgBase | undefined
  readonly dbID: bigint
  readonly collectionID: bigint
  readonly segmentIDs: bigint[]
}

export interface SetServiceInterfaceRequest {
  readonly base: MsgBase | undefined
  readonly address: Address | undefined
}

/** One immutable object. */
export interface Binlog {
  readonly logID: bigint
  readonly path: string
  readonly entriesNum: bigint
  readonly timestampFrom: bigint
  readonly timestampTo: bigint
  readonly size: bigint
  readonly crc32c: number
}

export interface FieldBinlog {
  readonly fieldID: bigint
  readonly binlogs: Binlog[]
}

export interface CheckPoint {
  readonly segmentID: bigint
  readonly position: MsgPosition | undefined
  readonly numOfRows: bigint
}

export interface SaveBinlogPathsRequest {
  readonly base: MsgBase | undefined
  readonly segmentID: bigint
  readonly collectionID: bigint
  readonly partitionID: bigint
  readonly field2BinlogPaths: FieldBinlog[]
  readonly statslogs: FieldBinlog[]
  readonly deltalogs: FieldBinlog[]
  readonly checkPoints: CheckPoint[]
  readonly flushed: boolean
  readonly dropped: boolean
  readonly channel: string
  readonly nodeID: bigint
}

export interface GetRecoveryInfoRequest {
  readonly base: MsgBase | undefined
  readonly collectionID: bigint
  readonly partitionID: bigint
}

export interface VchannelInfo {
  readonly collectionID: bigint
  readonly channelName: string
  readonly seekPosition: MsgPosition | undefined
  readonly unflushedSegmentIDs: bigint[]
  readonly flushedSegmentIDs: bigint[]
  readonly droppedSegmentIDs: bigint[]
}

export interface SegmentBinlogs {
  readonly segmentID: bigint
  readonly numOfRows: bigint
  readonly fieldBinlogs: FieldBinlog[]
  readonly statslogs: FieldBinlog[]
  readonly deltalogs: FieldBinlog[]
}

export interface GetRecoveryInfoResponse {
  readonly status: Status | undefined
  readonly channels: VchannelInfo[]
  readonly binlogs: SegmentBinlogs[]
}

export interface ReportDataNodeTtMsgsRequest {
  /** Its sourceID is the node. */
  readonly base: MsgBase | undefined
  readonly msgs: DataNodeTtMsg[]
}

/** Everything up to `timestamp` on the channel is in these numbers. */
export interface DataNodeTtMsg {
  readonly base: MsgBase | undefined
  readonly channelName: string
  readonly timestamp: bigint
  readonly segmentsStats: SegmentStatisticsUpdates[]
}

export interface SegmentStatisticsUpdates {
  readonly SegmentID: bigint
  readonly MemorySize: bigint
  readonly NumRows: bigint
  readonly createTime: bigint
  readonly endTime: bigint
  readonly startPosition: MsgPosition | undefined
  readonly endPosition: MsgPosition | undefined
  readonly isNewSegment: boolean
}
