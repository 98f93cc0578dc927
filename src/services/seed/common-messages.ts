/** What a message or a request is; the numbers are those of the first Milvus 2.0. */
export const MsgType = {
  UNDEFINED: 0,
  CREATE_COLLECTION: 100,
  DROP_COLLECTION: 101,
  HAS_COLLECTION: 102,
  DESCRIBE_COLLECTION: 103,
  SHOW_COLLECTIONS: 104,
  GET_SYSTEM_CONFIGS: 105,
  LOAD_COLLECTION: 106,
  RELEASE_COLLECTION: 107,
  CREATE_PARTITION: 200,
  DROP_PARTITION: 201,
  HAS_PARTITION: 202,
  DESCRIBE_PARTITION: 203,
  SHOW_PARTITIONS: 204,
  LOAD_PARTITIONS: 205,
  RELEASE_PARTITIONS: 206,
  SHOW_SEGMENTS: 250,
  DESCRIBE_SEGMENT: 251,
  CREATE_INDEX: 300,
  DESCRIBE_INDEX: 301,
  DROP_INDEX: 302,
  INSERT: 400,
  DELETE: 401,
  FLUSH: 402,
  SEARCH: 500,
  SEARCH_RESULT: 501,
  GET_INDEX_STATE: 502,
  GET_COLLECTION_STATISTICS: 503,
  GET_PARTITION_STATISTICS: 504,
  SEGMENT_INFO: 600,
  TIME_TICK: 1200,
  QUERY_NODE_STATS: 1201,
  LOAD_INDEX: 1202,
  REQUEST_ID: 1203,
  REQUEST_TSO: 1204,
  ALLOCATE_SEGMENT: 1205,
  SEGMENT_STATISTICS: 1206,
  SEGMENT_FLUSH_DONE: 1207,
  /** The first Milvus named a channel for it and left it empty; the number is ours. */
  MASTER_STATISTICS: 1300,
} as const
export type MsgType = (typeof MsgType)[keyof typeof MsgType]

export const ErrorCode = {
  SUCCESS: 0,
  UNEXPECTED_ERROR: 1,
  CONNECT_FAILED: 2,
  PERMISSION_DENIED: 3,
  COLLECTION_NOT_EXISTS: 4,
  ILLEGAL_ARGUMENT: 5,
  ILLEGAL_DIMENSION: 7,
  ILLEGAL_INDEX_TYPE: 8,
  ILLEGAL_COLLECTION_NAME: 9,
  ILLEGAL_TOPK: 10,
  ILLEGAL_ROWRECORD: 11,
  ILLEGAL_VECTOR_ID: 12,
  ILLEGAL_SEARCH_RESULT: 13,
  FILE_NOT_FOUND: 14,
  META_FAILED: 15,
  CACHE_FAILED: 16,
  BUILD_INDEX_ERROR: 21,
  ILLEGAL_NLIST: 22,
  ILLEGAL_METRIC_TYPE: 23,
  OUT_OF_MEMORY: 24,
  DD_REQUEST_RACE: 1000,
} as const
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode]

/** How far a build is, or an index over all segments. */
export const IndexState = {
  NONE: 0,
  UNISSUED: 1,
  INPROGRESS: 2,
  FINISHED: 3,
  FAILED: 4,
  DELETED: 5,
} as const
export type IndexState = (typeof IndexState)[keyof typeof IndexState]

export const StateCode = { INITIALIZING: 0, HEALTHY: 1, ABNORMAL: 2 } as const
export type StateCode = (typeof StateCode)[keyof typeof StateCode]

export interface Empty {}

/** A call's outcome. Business errors come here, never as an error of the transport. */
export interface Status {
  readonly errorCode: ErrorCode
  readonly reason: string
}

export interface KeyValuePair {
  readonly key: string
  readonly value: string
}

export interface Blob {
  readonly value: Uint8Array
}

export interface Address {
  readonly ip: string
  readonly port: bigint
}

export interface MsgBase {
  readonly msgType: MsgType
  readonly msgID: bigint
  readonly timestamp: bigint
  readonly sourceID: bigint
}

/** The first field of every message on a channel: enough to tell what the rest is. */
export interface MsgHeader {
  readonly base: MsgBase | undefined
}

/**
 * A place in a channel: of a message, or of the next one where a TimeTick stands. Consuming from it
 * gives that message first. `msgID` is the position as eight little-endian bytes.
 */
export interface MsgPosition {
  readonly channelName: string
  readonly msgID: Uint8Array
  readonly timestamp: bigint
}

/** What a node is told when it registers. */
export interface InitParams {
  readonly nodeID: bigint
  readonly startParams: KeyValuePair[]
}

export interface StringResponse {
  readonly status: Status | undefined
  readonly value: string
}

export interface BoolResponse {
  readonly status: Status | undefined
  readonly value: boolean
}

export interface StringList {
  readonly values: string[]
  readonly status: Status | undefined
}

export interface ComponentInfo {
  readonly nodeID: bigint
  readonly role: string
  readonly stateCode: StateCode
  readonly extraInfo: KeyValuePair[]
}

export interface ComponentStates {
  readonly state: ComponentInfo | undefined
  readonly subcomponentStates: ComponentInfo[]
  readonly status: Status | undefined
}
