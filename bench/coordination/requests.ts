import { MsgType } from '../../src/services/seed/common-messages.ts'
import type { AssignSegIDRequest } from '../../src/services/seed/data-messages.ts'
import type {
  CreateCollectionRequest,
  DropCollectionRequest,
} from '../../src/services/seed/master-messages.ts'
import type { FieldSchema } from '../../src/services/seed/schema-messages.ts'
import { DataType } from '../../src/services/seed/schema-messages.ts'

/** What the bench asks of the services, each request with the least that it needs. */
export function createCollectionRequest(collectionName: string): CreateCollectionRequest {
  return {
    base: undefined,
    dbName: '',
    collectionName,
    shardsNum: 1,
    schema: {
      name: collectionName,
      description: '',
      autoID: true,
      enableDynamicField: false,
      fields: [
        { ...field('id', DataType.INT64), fieldID: 100n, isPrimaryKey: true, autoID: true },
        {
          ...field('vector', DataType.VECTOR_FLOAT),
          fieldID: 101n,
          typeParams: [{ key: 'dim', value: '128' }],
        },
      ],
    },
  }
}

export function dropCollectionRequest(collectionName: string): DropCollectionRequest {
  return { base: undefined, dbName: '', collectionName }
}

export const timestampRequest = { base: undefined, count: 1 }

export const idRequest = { base: undefined, count: 1 }

export interface Place {
  readonly collectionID: bigint
  readonly partitionID: bigint
  readonly channelName: string
}

/** Places for a few rows, as a small insert asks for them. */
export function assignRequest(place: Place): AssignSegIDRequest {
  const base = { msgType: MsgType.ALLOCATE_SEGMENT, msgID: 0n, timestamp: 0n, sourceID: 0n }
  return { base, nodeID: 1n, peerRole: 'bench', segIDRequests: [{ ...place, count: 10 }] }
}

function field(name: string, dataType: DataType): Omit<FieldSchema, 'fieldID'> {
  return {
    name,
    dataType,
    isPrimaryKey: false,
    autoID: false,
    description: '',
    typeParams: [],
    indexParams: [],
    elementType: DataType.NONE,
    defaultValue: undefined,
    isDynamic: false,
    isPartitionKey: false,
    nullable: false,
  }
}
