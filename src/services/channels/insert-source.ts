import type { CollectionId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { DeletePart, InsertPart, LogMessage } from '../../log/message.ts'
import { decodeMessage } from '../../log/message-codec.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { PhysicalChannel } from '../data/physical-channel.ts'
import type { Master } from '../master/master.ts'
import { MsgType } from '../seed/common-messages.ts'
import { baseOf, type ChannelRecord, type ChannelSource, type MessageBody } from './channel.ts'
import { wireColumns } from './columns.ts'

/** One shard of one collection, where the channel is not all of the log. */
export interface InsertScope {
  readonly collection: CollectionRecord
  readonly shardIndex: number
}

interface Place {
  readonly collectionId: CollectionId
  readonly collection: CollectionRecord | undefined
  readonly position: bigint
  readonly at: Timestamp
}

/** A log channel, or a collection's part of it, as messages: one for each segment of a request. */
export class InsertSource implements ChannelSource {
  readonly name: string
  readonly #log: PhysicalChannel
  readonly #master: Master
  readonly #ready: () => Promise<void>
  readonly #scope: InsertScope | undefined

  constructor(options: {
    readonly name: string
    readonly log: PhysicalChannel
    readonly master: Master
    /** Makes the log's watermark ready to be asked for. */
    readonly ready: () => Promise<void>
    readonly scope?: InsertScope
  }) {
    this.name = options.name
    this.#log = options.log
    this.#master = options.master
    this.#ready = options.ready
    this.#scope = options.scope
  }

  get first(): bigint {
    return this.#log.first
  }

  get next(): bigint {
    return this.#log.appliedNext
  }

  async mark(): Promise<{ readonly tick: Timestamp; readonly end: bigint }> {
    await this.#ready()
    return { tick: this.#log.watermark(), end: this.#log.appliedNext }
  }

  async *read(from: bigint): AsyncGenerator<ChannelRecord, void, undefined> {
    for await (const { position, timestamp, payload } of this.#log.read(from)) {
      const bodies = this.#bodies(decodeMessage(payload), position, timestamp)
      yield { position, timestamp, bodies }
    }
  }

  subscribe(listener: () => void): Disposable {
    return this.#log.subscribe(listener)
  }

  #bodies(message: LogMessage, position: bigint, at: Timestamp): readonly MessageBody[] {
    const { collectionId } = message
    if (this.#scope !== undefined && this.#scope.collection.id !== collectionId) return []
    const collection = this.#scope?.collection ?? this.#master.collection(collectionId)
    const place: Place = { collectionId, collection, position, at }
    const isMine = ({ shardIndex }: { readonly shardIndex: number }): boolean =>
      this.#scope === undefined || shardIndex === this.#scope.shardIndex
    const { deletes, inserts } = partsOf(message)
    return [
      ...deletes.filter(isMine).map((part) => this.#delete(place, part)),
      ...inserts.filter(isMine).map((part) => this.#insert(place, part)),
    ]
  }

  #insert(place: Place, part: InsertPart): MessageBody {
    const type = MsgType.INSERT
    const { batch, partitionId, segmentId, shardIndex } = part
    const message = {
      base: baseOf(type, place.position, place.at),
      ...this.#names(place.collection, part),
      collectionID: place.collectionId,
      partitionID: partitionId,
      segmentID: segmentId,
      channelID: channelIdOf(place, shardIndex),
      timestamps: Array.from({ length: batch.rowCount }, () => place.at),
      rowIDs: rowIdsOf(part),
      rowData: [],
      columns: wireColumns(batch),
      numRows: BigInt(batch.rowCount),
    }
    return { type, message }
  }

  #delete(place: Place, { partitionId, shardIndex, primaryKeys }: DeletePart): MessageBody {
    const type = MsgType.DELETE
    const message = {
      base: baseOf(type, place.position, place.at),
      collectionID: place.collectionId,
      partitionID: partitionId,
      channelID: channelIdOf(place, shardIndex),
      int64PrimaryKeys: primaryKeys.type === 'Int64' ? [...primaryKeys.values] : [],
      varcharPrimaryKeys: primaryKeys.type === 'VarChar' ? [...primaryKeys.values] : [],
    }
    return { type, message }
  }

  /** Names as they are now; empty where what they name is gone. */
  #names(
    collection: CollectionRecord | undefined,
    part: InsertPart,
  ): { dbName: string; dbID: bigint; collectionName: string; partitionName: string } {
    const database =
      collection === undefined ? undefined : this.#master.database(collection.databaseId)
    const partition = collection?.partitions.find(({ id }) => id === part.partitionId)
    return {
      dbName: database?.name ?? '',
      dbID: database?.id ?? 0n,
      collectionName: collection?.schema.name ?? '',
      partitionName: partition?.name ?? '',
    }
  }
}

/** What a record says is gone before what it says is there: that is how an upsert reads. */
function partsOf(message: LogMessage): {
  readonly deletes: readonly DeletePart[]
  readonly inserts: readonly InsertPart[]
} {
  switch (message.kind) {
    case 'insert':
      return { deletes: [], inserts: message.parts }
    case 'delete':
      return { deletes: message.parts, inserts: [] }
    case 'upsert':
      return message
  }
}

function channelIdOf({ collection }: Place, shardIndex: number): string {
  return collection?.shards[shardIndex]?.virtualChannel ?? ''
}

function rowIdsOf({ rowIdFirst, batch }: InsertPart): bigint[] {
  return Array.from({ length: batch.rowCount }, (_, row) => rowIdFirst + BigInt(row))
}
