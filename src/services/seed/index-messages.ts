import type {
  Address,
  IndexState,
  InitParams,
  KeyValuePair,
  MsgBase,
  Status,
} from './common-messages.ts'
import type { Binlog } from './data-messages.ts'

export interface RegisterNodeRequest {
  readonly base: MsgBase | undefined
  readonly address: Address | undefined
}

export interface RegisterNodeResponse {
  readonly status: Status | undefined
  readonly initParams: InitParams | undefined
}

export interface BuildIndexRequest {
  readonly indexName: string
  readonly indexID: bigint
  readonly dataPaths: string[]
  readonly typeParams: KeyValuePair[]
  readonly indexParams: KeyValuePair[]
}

export interface BuildIndexResponse {
  readonly status: Status | undefined
  readonly indexBuildID: bigint
}

export interface IndexStatesRequest {
  readonly indexBuildIDs: bigint[]
}

export interface IndexInfo {
  readonly state: IndexState
  readonly indexBuildID: bigint
  readonly indexID: bigint
  readonly indexName: string
  readonly Reason: string
}

export interface IndexStatesResponse {
  readonly status: Status | undefined
  readonly states: IndexInfo[]
}

export interface IndexFilePathsRequest {
  readonly indexBuildIDs: bigint[]
}

export interface IndexFilePathInfo {
  readonly status: Status | undefined
  readonly indexBuildID: bigint
  readonly indexFilePaths: string[]
}

export interface IndexFilePathsResponse {
  readonly status: Status | undefined
  readonly filePaths: IndexFilePathInfo[]
}

export interface IndexFile {
  readonly path: string
  readonly size: bigint
  readonly crc32c: number
}

export interface BuildIndexNotification {
  readonly status: Status | undefined
  readonly indexBuildID: bigint
  readonly indexFilePaths: string[]
  readonly nodeID: bigint
  /** The attempt that this is the outcome of. */
  readonly version: bigint
  readonly indexFiles: IndexFile[]
  readonly numRows: bigint
}

export interface BuildIndexCmd {
  readonly indexBuildID: bigint
  readonly req: BuildIndexRequest | undefined
  readonly version: bigint
  /** What each data path must hold. */
  readonly dataFiles: Binlog[]
  readonly collectionID: bigint
  readonly partitionID: bigint
  readonly segmentID: bigint
  readonly numRows: bigint
  readonly fieldID: bigint
}

export interface DropIndexRequest {
  readonly indexID: bigint
}
