import { ElanusError } from '../../base/errors.ts'
import { type RowId, type SegmentId, toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type { CollectionRecord, PartitionRecord } from '../../meta/records.ts'
import { namedColumns } from '../channels/columns.ts'
import { columnsOfBlobs } from '../channels/row-blob.ts'
import type { DataService } from '../data/data-service.ts'
import type { LocalMaster } from '../master/local-master.ts'
import { findPartition } from '../master/partitions.ts'
import { checkInsert } from '../proxy/insert-batch.ts'
import type { NamedColumn } from '../proxy/proxy.ts'
import { routeInsert } from '../proxy/routing.ts'
import type { InsertMsg, InsertRequest, InsertResponse } from './channel-messages.ts'
import { shardIndexOf } from './data/assign-call.ts'
import { requestedPartition, segmentNotFound } from './data/context.ts'
import type { InsertChannelFacade } from './facades.ts'
import type { Lifecycle } from './lifecycle.ts'
import { requestedCollection } from './master/context.ts'

interface InsertContext {
  readonly lifecycle: Lifecycle
  readonly master: LocalMaster
  readonly data: DataService
}

type Accepted = Omit<InsertResponse, 'status'>

/** Takes rows in the form of the insert channel; checks them like any client's, value by value. */
export function localInsertChannel(context: InsertContext): InsertChannelFacade {
  const refused: Accepted = { rowIDs: [], timestamp: 0n }
  return {
    insert: context.lifecycle.answer(refused, (request) => insert(context, request)),
    append: context.lifecycle.answer(refused, (request) => append(context, request)),
  }
}

async function insert({ master, data }: InsertContext, request: InsertRequest): Promise<Accepted> {
  const collection = requestedCollection(master, request)
  const partition = partitionOf(collection, request)
  const rowCount = request.rowData.length
  checkRowCount(rowCount)
  if (request.hashKeys.length > 0 && request.hashKeys.length !== rowCount) {
    throw invalid(`${request.hashKeys.length} hash keys came for ${rowCount} rows`)
  }
  const blobs = request.rowData.map(({ value }) => value)
  const columns = columnsOfBlobs(collection.schema, blobs)
  const rowIdFirst = toId<RowId>(await master.allocId(rowCount))
  const batch = checkRows({ collection, partition, columns, rowCount, rowIdFirst })
  const parts = routeInsert(collection, partition.id, rowIdFirst, batch)
  const timestamp = await data.insert(collection, parts)
  return { rowIDs: idsFrom(rowIdFirst, rowCount), timestamp }
}

async function append({ master, data }: InsertContext, request: InsertMsg): Promise<Accepted> {
  const collection = requestedCollection(master, request)
  const partition = partitionOf(collection, request)
  const segmentId = toId<SegmentId>(request.segmentID)
  const segment = data.segment(segmentId)
  if (segment?.collectionId !== collection.id || segment.partitionId !== partition.id) {
    throw segmentNotFound(request.segmentID)
  }
  const isBlobs = request.rowData.length > 0
  const rowCount = isBlobs ? request.rowData.length : Number(request.numRows)
  checkRowCount(rowCount)
  const columns = isBlobs
    ? columnsOfBlobs(
        collection.schema,
        request.rowData.map(({ value }) => value),
      )
    : namedColumns(collection.schema, request.columns)
  const rowIdFirst = toId<RowId>(
    rowIdFirstOf(request, rowCount) ?? (await master.allocId(rowCount)),
  )
  const batch = checkRows({ collection, partition, columns, rowCount, rowIdFirst })
  const shardIndex = shardIndexOf(collection, request.channelID || segment.virtualChannel)
  if (collection.shards[shardIndex]?.virtualChannel !== segment.virtualChannel) {
    throw invalid(`segment ${segmentId} is on channel ${segment.virtualChannel}`)
  }
  const rows = { partitionId: partition.id, shardIndex, rowIdFirst, batch }
  const timestamp = await data.append(collection, segmentId, rows)
  return { rowIDs: idsFrom(rowIdFirst, rowCount), timestamp }
}

function checkRows(rows: {
  readonly collection: CollectionRecord
  readonly partition: PartitionRecord
  readonly columns: readonly NamedColumn[]
  readonly rowCount: number
  readonly rowIdFirst: RowId
}): ReturnType<typeof checkInsert> {
  const { collection, partition, columns, rowCount, rowIdFirst } = rows
  const request = {
    databaseName: '',
    collectionName: collection.schema.name,
    partitionName: partition.name,
    columns,
    rowCount,
    schemaTimestamp: undefined,
  }
  return checkInsert(collection.schema, request, rowIdFirst)
}

function partitionOf(
  collection: CollectionRecord,
  request: { readonly partitionName: string; readonly partitionID: bigint },
): PartitionRecord {
  return request.partitionName === ''
    ? requestedPartition(collection, request.partitionID)
    : findPartition(collection, request.partitionName)
}

/** Ids that the caller has been given follow each other, as a record's do. */
function rowIdFirstOf({ rowIDs }: InsertMsg, rowCount: number): bigint | undefined {
  const [first] = rowIDs
  if (first === undefined) return undefined
  const isRun = rowIDs.every((id, row) => id === first + BigInt(row))
  if (isRun && rowIDs.length === rowCount) return first
  throw invalid(`${rowIDs.length} row ids came for ${rowCount} rows; they must follow each other`)
}

function checkRowCount(rowCount: number): void {
  if (rowCount >= 1 && rowCount <= limits.batchRowCountMax) return
  throw invalid(`a message has from 1 to ${limits.batchRowCountMax} rows, not ${rowCount}`)
}

function idsFrom(first: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, row) => first + BigInt(row))
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', `Cannot insert the rows: ${message}`)
}
