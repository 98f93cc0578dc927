import type {
  ComponentStates,
  IndexState,
  KeyValuePair,
  MsgBase,
  MsgPosition,
  Status,
} from './common-messages.ts'
import type { CollectionSchema } from './schema-messages.ts'

export interface CreateCollectionRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  /** On the wire the same as the bytes of a serialised CollectionSchema. */
  readonly schema: CollectionSchema | undefined
  readonly shardsNum: number
}

export interface DropCollectionRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
}

export interface HasCollectionRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
}

/** By name, or by id when the name is empty. */
export interface DescribeCollectionRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly collectionID: bigint
}

export interface CollectionDescription {
  readonly status: Status | undefined
  readonly schema: CollectionSchema | undefined
  readonly collectionID: bigint
  readonly statistics: KeyValuePair[]
  readonly virtualChannelNames: string[]
  readonly physicalChannelNames: string[]
  readonly createdTimestamp: bigint
  readonly startPositions: MsgPosition[]
}

export interface ShowCollectionRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
}

export interface ShowCollectionResponse {
  readonly status: Status | undefined
  readonly collectionNames: string[]
  readonly collectionIds: bigint[]
  readonly createdTimestamps: bigint[]
}

export interface CreatePartitionRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly partitionName: string
}

export interface DropPartitionRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly partitionName: string
}

export interface HasPartitionRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly partitionName: string
}

export interface DescribePartitionRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly partitionName: string
}

export interface PartitionDescription {
  readonly status: Status | undefined
  readonly name: string
  readonly statistics: KeyValuePair[]
  readonly partitionID: bigint
}

export interface ShowPartitionRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly collectionID: bigint
}

export interface ShowPartitionResponse {
  readonly status: Status | undefined
  readonly partitionNames: string[]
  readonly partitionIDs: bigint[]
}

export interface CreateIndexRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly fieldName: string
  readonly extraParams: KeyValuePair[]
  readonly indexName: string
}

export interface DescribeIndexRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly fieldName: string
  readonly indexName: string
}

export interface IndexDescription {
  readonly indexName: string
  readonly indexID: bigint
  readonly params: KeyValuePair[]
  readonly fieldName: string
}

export interface DescribeIndexResponse {
  readonly status: Status | undefined
  readonly indexDescriptions: IndexDescription[]
}

export interface DropIndexRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly fieldName: string
  readonly indexName: string
}

export interface GetIndexStateRequest {
  readonly base: MsgBase | undefined
  readonly dbName: string
  readonly collectionName: string
  readonly fieldName: string
  readonly indexName: string
}

export interface GetIndexStateResponse {
  readonly status: Status | undefined
  readonly state: IndexState
  readonly failReason: string
}

export interface TsoRequest {
  readonly base: MsgBase | undefined
  readonly count: number
}

/** The first of `count` timestamps that follow each other. */
export interface TsoResponse {
  readonly status: Status | undefined
  readonly timestamp: bigint
  readonly count: number
}

export interface IDRequest {
  readonly base: MsgBase | undefined
  readonly count: number
}

/** The first of `count` ids that follow each other. */
export interface IDResponse {
  readonly status: Status | undefined
  readonly ID: bigint
  readonly count: number
}

export interface SysConfigRequest {
  readonly base: MsgBase | undefined
  readonly keys: string[]
  readonly keyPrefixes: string[]
}

/** Keys that are unknown are left out. */
export interface SysConfigResponse {
  readonly status: Status | undefined
  readonly keys: string[]
  readonly values: string[]
}

/** What the seed left undefined: the master's state with its figures. */
export interface MasterStatus {
  readonly status: Status | undefined
  readonly states: ComponentStates | undefined
  readonly timestamp: bigint
  readonly databaseCount: bigint
  readonly collectionCount: bigint
  readonly partitionCount: bigint
  readonly indexCount: bigint
}
