import type { InsertMsg } from '../../../src/services/seed/channel-messages.ts'
import type { AssignSegIDRequest, SegIDRequest } from '../../../src/services/seed/data-messages.ts'
import { DataType, type FieldSchema } from '../../../src/services/seed/schema-messages.ts'
import type { Subject } from './subject.ts'

/** Requests with everything that a test does not care about. */
export const base = undefined
export const dbName = ''

export const dimension = 4

const field: FieldSchema = {
  fieldID: 0n,
  name: '',
  isPrimaryKey: false,
  description: '',
  dataType: DataType.NONE,
  typeParams: [],
  indexParams: [],
  autoID: false,
  elementType: DataType.NONE,
  defaultValue: undefined,
  isDynamic: false,
  isPartitionKey: false,
  nullable: false,
}

/** A key and a vector. */
export function createCollection(collectionName: string, shardsNum = 1) {
  const fields = [
    { ...field, name: 'id', dataType: DataType.INT64, isPrimaryKey: true },
    {
      ...field,
      name: 'vector',
      dataType: DataType.VECTOR_FLOAT,
      typeParams: [{ key: 'dim', value: String(dimension) }],
    },
  ]
  const schema = {
    name: collectionName,
    description: '',
    autoID: false,
    fields,
    enableDynamicField: false,
  }
  return { base, dbName, collectionName, schema, shardsNum }
}

export function collection(collectionName: string, collectionID = 0n) {
  return { base, dbName, collectionName, collectionID }
}

export function partition(collectionName: string, partitionName: string) {
  return { base, dbName, collectionName, partitionName }
}

export function createIndex(collectionName: string, params: Readonly<Record<string, string>>) {
  return {
    base,
    dbName,
    collectionName,
    fieldName: 'vector',
    indexName: '',
    extraParams: Object.entries(params).map(([key, value]) => ({ key, value })),
  }
}

export function index(collectionName: string) {
  return { base, dbName, collectionName, fieldName: 'vector', indexName: '' }
}

/** Rows as blobs: their keys count up from `first`. */
export function insert(collectionName: string, first: number, count: number, partitionName = '') {
  const rowData = Array.from({ length: count }, (_, row) => ({
    value: blob(BigInt(first + row), Float32Array.of(first + row, 1, 2, 3)),
  }))
  const ids = { dbID: 0n, collectionID: 0n, partitionID: 0n }
  return { base, dbName, collectionName, partitionName, ...ids, rowData, hashKeys: [] }
}

export function blob(key: bigint, vector: Float32Array): Uint8Array {
  const bytes = new Uint8Array(8 + vector.byteLength)
  const view = new DataView(bytes.buffer)
  view.setBigInt64(0, key, true)
  for (const [place, value] of vector.entries()) view.setFloat32(8 + 4 * place, value, true)
  return bytes
}

export function append(
  segmentID: bigint,
  collectionID: bigint,
  keys: readonly number[],
): InsertMsg {
  return {
    base,
    dbName,
    collectionName: '',
    partitionName: '',
    dbID: 0n,
    collectionID,
    partitionID: 0n,
    segmentID,
    channelID: '',
    timestamps: [],
    rowIDs: [],
    rowData: keys.map((key) => ({ value: blob(BigInt(key), Float32Array.of(key, 1, 2, 3)) })),
    columns: [],
    numRows: 0n,
  }
}

export function assign(...items: readonly Partial<SegIDRequest>[]): AssignSegIDRequest {
  const segIDRequests = items.map((item) => ({
    count: 1,
    channelName: '',
    collectionID: 0n,
    partitionID: 0n,
    ...item,
  }))
  return { base, nodeID: 0n, peerRole: 'test', segIDRequests }
}

/** A new collection's id. */
export async function makeCollection(subject: Subject, name: string, shards = 1): Promise<bigint> {
  const status = await subject.master.createCollection(createCollection(name, shards))
  if (status.errorCode !== 0) throw new Error(status.reason)
  return (await subject.master.describeCollection(collection(name))).collectionID
}

/** Flushes a collection and waits until it is; the segments that it was about. */
export async function flush(subject: Subject, collectionID: bigint): Promise<readonly bigint[]> {
  const { dataService } = subject
  const asked = await dataService.flush({ base, dbID: 0n, collectionID, segmentIDs: [] })
  await subject.settled()
  const { segmentIDs, flushTs } = asked
  const { flushed } = await dataService.getFlushState({ base, segmentIDs, flushTs, collectionID })
  if (!flushed) throw new Error(`${segmentIDs.join()} are not flushed`)
  return [...segmentIDs, ...asked.flushSegmentIDs]
}
