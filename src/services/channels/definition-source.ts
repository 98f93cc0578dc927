import type { Timestamp } from '../../base/timestamp.ts'
import type { DefinitionMessageRecord } from '../../meta/records.ts'
import type { DefinitionHistory } from '../master/definition-history.ts'
import { MsgType } from '../seed/common-messages.ts'
import { wireSchema } from '../seed/wire-schema.ts'
import {
  baseOf,
  type ChannelRecord,
  type ChannelSource,
  channelNames,
  type MessageBody,
  notKept,
} from './channel.ts'

/** The history of the catalog as a channel. */
export class DefinitionSource implements ChannelSource {
  readonly name = channelNames.definition
  readonly #history: DefinitionHistory
  readonly #ready: () => Promise<void>

  constructor(history: DefinitionHistory, ready: () => Promise<void>) {
    this.#history = history
    this.#ready = ready
  }

  get first(): bigint {
    return this.#history.first
  }

  get next(): bigint {
    return this.#history.next
  }

  async mark(): Promise<{ readonly tick: Timestamp; readonly end: bigint }> {
    await this.#ready()
    return { tick: this.#history.watermark(), end: this.#history.next }
  }

  async *read(from: bigint): AsyncGenerator<ChannelRecord, void, undefined> {
    for (let position = from; position < this.#history.next; position += 1n) {
      const record = await this.#history.read(position)
      if (record === undefined) throw notKept(this, position)
      yield { position, timestamp: record.at, bodies: [bodyOf(record)] }
    }
  }

  subscribe(listener: () => void): Disposable {
    return this.#history.subscribe(listener)
  }
}

function bodyOf(record: DefinitionMessageRecord): MessageBody {
  const { position, at } = record
  const place = {
    dbName: record.databaseName,
    dbID: record.databaseId,
    collectionName: record.collectionName,
    collectionID: record.collectionId,
  }
  switch (record.kind) {
    case 'createCollection': {
      const type = MsgType.CREATE_COLLECTION
      const message = {
        base: baseOf(type, position, at),
        ...place,
        schema: wireSchema(record.schema),
        virtualChannelNames: [...record.virtualChannels],
        physicalChannelNames: [...record.physicalChannels],
      }
      return { type, message }
    }
    case 'dropCollection': {
      const type = MsgType.DROP_COLLECTION
      return { type, message: { base: baseOf(type, position, at), ...place } }
    }
    case 'createPartition':
    case 'dropPartition': {
      const type =
        record.kind === 'createPartition' ? MsgType.CREATE_PARTITION : MsgType.DROP_PARTITION
      const { partitionId: partitionID, partitionName } = record
      const base = baseOf(type, position, at)
      return { type, message: { base, ...place, partitionID, partitionName } }
    }
  }
}
