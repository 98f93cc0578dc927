import { present } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import type { PartitionId, RowId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { PrimaryKeys, RowBatch } from '../../schema/row-batch.ts'
import type { DataService } from '../data/data-service.ts'
import type { Master } from '../master/master.ts'
import type { QueryService } from '../query/query-service.ts'
import { CurrentRows } from './current-rows.ts'
import { encodedAlways, type Filter, filterOf } from './filters.ts'
import { checkInsert, checkUpsert, givenKeys } from './insert-batch.ts'
import { deletePartitionOf, readPartitionsOf, writePartitionOf } from './partition-scope.ts'
import type { DeleteRequest, InsertRequest, MutationResult, UpsertRequest } from './proxy.ts'
import { openView } from './read-view.ts'
import { routeDelete, routeInsert } from './routing.ts'
import { emptyKeys, keysOf, keysOfRows } from './row-keys.ts'

/** Checks writes, gives them ids, and routes them to shards. */
export class Mutations {
  readonly #master: Master
  readonly #data: DataService
  readonly #query: QueryService

  constructor(options: {
    readonly master: Master
    readonly data: DataService
    readonly query: QueryService
  }) {
    this.#master = options.master
    this.#data = options.data
    this.#query = options.query
  }

  async insert(request: InsertRequest): Promise<MutationResult> {
    const collection = this.#find(request)
    checkSchemaTimestamp(collection, request)
    const partitionId = writePartitionOf(collection, request.partitionName)
    const rowIdFirst = toId<RowId>(await this.#master.allocId(Math.max(1, request.rowCount)))
    const batch = checkInsert(collection.schema, request, rowIdFirst)
    const parts = routeInsert(collection, partitionId, rowIdFirst, batch)
    const timestamp = await this.#data.insert(collection, parts)
    return {
      primaryKeys: primaryKeysOf(collection, batch),
      insertCount: batch.rowCount,
      deleteCount: 0,
      upsertCount: 0,
      timestamp,
    }
  }

  async upsert(request: UpsertRequest): Promise<MutationResult> {
    const collection = this.#find(request)
    checkSchemaTimestamp(collection, request)
    const partitionId = writePartitionOf(collection, request.partitionName)
    const rowIdFirst = toId<RowId>(await this.#master.allocId(Math.max(1, request.rowCount)))
    const replacedKeys = keysOf(givenKeys(collection.schema, request))
    const current =
      request.isPartial === true
        ? await CurrentRows.find(this.#query, collection, replacedKeys)
        : undefined
    const batch = checkUpsert(collection.schema, request, rowIdFirst, current)
    // A key's rows may lie in any partition, so they are replaced wherever they are.
    const deletes = routeDelete(collection, toId<PartitionId>(0n), replacedKeys)
    const parts = routeInsert(collection, partitionId, rowIdFirst, batch)
    const timestamp = await this.#data.upsert(collection, deletes, parts)
    return {
      primaryKeys: primaryKeysOf(collection, batch),
      insertCount: batch.rowCount,
      deleteCount: replacedKeys.values.length,
      upsertCount: batch.rowCount,
      timestamp,
    }
  }

  async delete(request: DeleteRequest): Promise<MutationResult> {
    const collection = this.#find(request)
    if (request.filter.trim() === '') {
      throw new ElanusError('INVALID_ARGUMENT', 'delete expression should not be empty')
    }
    const filter = filterOf(collection.schema, request)
    const primaryKeys = filter?.primaryKeys
    if (primaryKeys === undefined) return this.#deleteMatching(collection, request, filter)
    const parts = routeDelete(
      collection,
      deletePartitionOf(collection, request.partitionName),
      primaryKeys,
    )
    const timestamp = await this.#data.delete(collection, parts)
    return { ...deletedOf(primaryKeys.values.length, timestamp), primaryKeys }
  }

  /**
   * Finds the rows that pass, as a read does, and deletes their keys in one record. A row that
   * another client writes between the two, under one of the keys, goes too.
   */
  async #deleteMatching(
    collection: CollectionRecord,
    request: DeleteRequest,
    filter: Filter | undefined,
  ): Promise<MutationResult> {
    const partitionNames = request.partitionName === '' ? [] : [request.partitionName]
    const partitionIds = readPartitionsOf(collection, partitionNames, [filter])
    const view = await openView(this.#query, collection, { ...latest, partitionIds })
    const encoded = filter?.encoded ?? encodedAlways(collection.schema)
    const rows = await this.#query.match(view, encoded)
    const noKeys = emptyKeys(collection)
    const found = rows.offsets.length
    if (found === 0) return { ...deletedOf(0, view.readAt), primaryKeys: noKeys }
    const primaryKeys = keysOfRows(view, rows, collection)
    const parts = routeDelete(
      collection,
      deletePartitionOf(collection, request.partitionName),
      primaryKeys,
    )
    const timestamp = await this.#data.delete(collection, parts)
    // Who asked by filter is told how many there were; the keys may be millions.
    return { ...deletedOf(found, timestamp), primaryKeys: noKeys }
  }

  #find(target: InsertRequest | DeleteRequest): CollectionRecord {
    return this.#master.describeCollection(target.databaseName, target.collectionName)
  }
}

const latest = { consistencyLevel: undefined, guaranteeTimestamp: 0n } as const

function deletedOf(deleteCount: number, timestamp: Timestamp): Omit<MutationResult, 'primaryKeys'> {
  return { insertCount: 0, deleteCount, upsertCount: 0, timestamp }
}

/** A client encodes rows by the schema that it has seen last; another one may mean other rows. */
function checkSchemaTimestamp(collection: CollectionRecord, request: InsertRequest): void {
  const { schemaTimestamp } = request
  if (schemaTimestamp === undefined || schemaTimestamp === 0n) return
  if (schemaTimestamp === collection.updatedAt) return
  throw new ElanusError(
    'SCHEMA_MISMATCH',
    `collection schema mismatch[collection=${collection.schema.name}]: the request was made for ` +
      `the schema of ${schemaTimestamp}, it is of ${collection.updatedAt} now`,
  )
}

function primaryKeysOf(collection: CollectionRecord, batch: RowBatch): PrimaryKeys {
  const { fieldId } = collection.schema.primaryKey
  return keysOf(present(batch.columns.get(fieldId), 'a batch has its primary keys'))
}
