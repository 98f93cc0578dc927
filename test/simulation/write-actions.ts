import { dataTypes } from '../../src/schema/data-type.ts'
import type { CoordinatorServices } from '../../src/services/coordinator.ts'
import type { ColumnData, InsertMsg } from '../../src/services/seed/channel-messages.ts'
import type { SegIDAssignment } from '../../src/services/seed/data-messages.ts'
import { accepted, isSuccess } from '../../src/services/seed/status.ts'
import type { ModelCollection, ModelPartition, Write } from './model.ts'
import { deleteRequest, targetOf, writeRequest } from './requests.ts'
import type { Run } from './run.ts'

const rowCountMax = 12

export function insert(run: Run): void {
  const place = placeOf(run)
  if (place === undefined) return
  const { collection, partition } = place
  const write: Write = { kind: 'insert', partition, rows: newRows(run) }
  run.begin(
    perform(run, collection, write, ({ proxy }) =>
      proxy.insert(writeRequest(collection.name, partition.name, write.rows)),
    ),
  )
}

export function upsert(run: Run): void {
  const place = placeOf(run)
  if (place === undefined) return
  const { collection, partition } = place
  const keys = run.pickSome(collection.freeKeys(), 6)
  const rows = new Map([...keys, run.newKey()].map((key) => [key, run.newName(`of${key}n`)]))
  const write: Write = { kind: 'upsert', partition, rows }
  run.begin(
    perform(run, collection, write, ({ proxy }) =>
      proxy.upsert(writeRequest(collection.name, partition.name, rows)),
    ),
  )
}

export function deleteRows(run: Run): void {
  const place = placeOf(run)
  if (place === undefined) return
  const { collection, partition } = place
  const keys = run.pickSome(collection.freeKeys(), 8)
  if (keys.length === 0) return
  const write: Write = { kind: 'delete', partition, rows: new Map(keys.map((key) => [key, ''])) }
  run.begin(
    perform(run, collection, write, ({ proxy }) =>
      proxy.delete(deleteRequest(collection.name, keys)),
    ),
  )
}

/** A place in a segment is asked for, and used in time, or late, or never. */
export function insertAsPromised(run: Run): void {
  const place = placeOf(run)
  if (place !== undefined) run.begin(appendPromised(run, place))
}

async function appendPromised(run: Run, { collection, partition }: Place): Promise<void> {
  const rows = newRows(run)
  const assigned = await run.callOn(collection, 'assign', (services) =>
    assign(services, collection.name, partition.name, rows.size),
  )
  if (assigned.kind !== 'done') return
  const [promise, ...more] = assigned.value
  if (promise === undefined || more.length > 0) return
  await run.client.pause('think', run.random.below(3_000))
  if (run.random.below(4) === 0) return
  const write: Write = { kind: 'insert', partition, rows }
  await perform(run, collection, write, async ({ protocol }) => {
    const answer = await protocol.insertChannel.append(messageOf(promise, rows))
    return accepted(answer, 'Cannot append')
  })
}

async function assign(
  { proxy, protocol }: CoordinatorServices,
  collectionName: string,
  partitionName: string,
  rowCount: number,
): Promise<readonly SegIDAssignment[]> {
  const { id, virtualChannels } = await proxy.describeCollection(targetOf(collectionName))
  const partitions = await proxy.catalog.showPartitions(targetOf(collectionName))
  const partition = partitions.find(({ name }) => name === partitionName)
  if (partition === undefined) return []
  const request = {
    count: rowCount,
    channelName: virtualChannels[0] ?? '',
    collectionID: id,
    partitionID: partition.id,
  }
  const answer = await protocol.dataService.assignSegmentID({
    base: undefined,
    nodeID: 0n,
    peerRole: '',
    segIDRequests: [request],
  })
  return answer.segIDAssignments.filter(({ status }) => isSuccess(status))
}

function messageOf(promise: SegIDAssignment, rows: ReadonlyMap<bigint, string>): InsertMsg {
  return {
    base: undefined,
    dbName: '',
    collectionName: '',
    partitionName: '',
    dbID: 0n,
    collectionID: promise.collectionID,
    partitionID: promise.partitionID,
    segmentID: promise.segID,
    channelID: promise.channelName,
    timestamps: [],
    rowIDs: [],
    rowData: [],
    columns: columnsOf(rows),
    numRows: BigInt(rows.size),
  }
}

/** Fields have the ids that a schema gives them: from 100 on, in their order. */
function columnsOf(rows: ReadonlyMap<bigint, string>): ColumnData[] {
  const tags = [...rows.values()].map((tag) => Buffer.from(tag))
  const ends = tags.map((_, row) => Buffer.concat(tags.slice(0, row + 1)).length)
  const bytesOf = (array: Uint32Array | BigInt64Array | Float32Array): Uint8Array =>
    new Uint8Array(array.buffer)
  const column = { dim: 0n, offsets: new Uint8Array() }
  return [
    {
      ...column,
      fieldID: 100n,
      dataType: dataTypes.Int64,
      values: bytesOf(BigInt64Array.from(rows.keys())),
    },
    {
      ...column,
      fieldID: 101n,
      dataType: dataTypes.VarChar,
      values: Buffer.concat(tags),
      offsets: bytesOf(Uint32Array.from([0, ...ends])),
    },
    {
      ...column,
      fieldID: 102n,
      dataType: dataTypes.FloatVector,
      dim: 2n,
      values: bytesOf(Float32Array.from([...rows.keys()].flatMap((key) => [Number(key), 1]))),
    },
  ]
}

interface Place {
  readonly collection: ModelCollection
  readonly partition: ModelPartition
}

function placeOf(run: Run): Place | undefined {
  const collection = run.pick(run.model.collections.values())
  const partition = run.pick(collection?.partitions.values() ?? [])
  return collection && partition && { collection, partition }
}

function newRows(run: Run): ReadonlyMap<bigint, string> {
  const count = 1 + run.random.below(rowCountMax)
  return new Map(
    Array.from({ length: count }, () => {
      const key = run.newKey()
      return [key, `of${key}`]
    }),
  )
}

async function perform(
  run: Run,
  collection: ModelCollection,
  write: Write,
  make: (services: CoordinatorServices) => Promise<{ readonly timestamp: bigint }>,
): Promise<void> {
  const { ledger } = run
  const floor = ledger.latest
  collection.lock(write)
  const outcome = await run.callOn(collection, write.kind, make)
  if (outcome.kind === 'unknown') {
    collection.uncertain = [...collection.uncertain, write]
    return
  }
  collection.unlock(write)
  if (outcome.kind === 'refused') return
  ledger.takeTimestamp(outcome.value.timestamp, floor)
  collection.apply(write)
}
