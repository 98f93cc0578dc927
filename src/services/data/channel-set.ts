import { present } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { Log } from '../../log/log.ts'
import type { CollectionRecord, ShardRecord } from '../../meta/records.ts'
import type { TimestampOracle } from '../master/timestamp-oracle.ts'
import { type Apply, PhysicalChannel } from './physical-channel.ts'

/** The log channels that collections are spread over. */
export class ChannelSet {
  readonly #oracle: TimestampOracle
  readonly #channels: ReadonlyMap<string, PhysicalChannel>

  private constructor(oracle: TimestampOracle, channels: ReadonlyMap<string, PhysicalChannel>) {
    this.#oracle = oracle
    this.#channels = channels
  }

  static async open(options: {
    readonly log: Log
    readonly oracle: TimestampOracle
    readonly clock: Clock
    readonly count: number
    readonly apply: Apply
  }): Promise<ChannelSet> {
    const { oracle, clock, apply } = options
    const channels = new Map<string, PhysicalChannel>()
    for (let index = 0; index < options.count; index += 1) {
      const log = await options.log.open(`by-dev-dml_${index}`)
      channels.set(log.name, new PhysicalChannel({ log, oracle, clock, apply }))
    }
    return new ChannelSet(oracle, channels)
  }

  all(): readonly PhysicalChannel[] {
    return [...this.#channels.values()]
  }

  /** CHANNEL_NOT_FOUND when there is none of that name. */
  get(name: string): PhysicalChannel {
    const channel = this.#channels.get(name)
    if (channel !== undefined) return channel
    throw new ElanusError(
      'CHANNEL_NOT_FOUND',
      `Cannot find channel ${name}: this server has ${[...this.#channels.keys()].join(', ')}`,
    )
  }

  /** All shards of a collection share it. */
  of(collection: CollectionRecord): PhysicalChannel {
    const [shard] = collection.shards
    return this.get(present(shard, 'a collection has a shard').physicalChannel)
  }

  /** All shards of a collection lie on one channel, so that a request is one record and never torn. */
  placeShards(collectionId: CollectionId, shardCount: number): readonly ShardRecord[] {
    const all = this.all()
    const channel = present(all[Number(collectionId % BigInt(all.length))], 'there is a channel')
    return Array.from({ length: shardCount }, (_, index) => ({
      virtualChannel: `${channel.name}_${collectionId}v${index}`,
      physicalChannel: channel.name,
      startPosition: channel.next,
    }))
  }

  /** A time up to which everything is applied, whatever channel it is on. */
  async tick(): Promise<Timestamp> {
    await this.#oracle.ready()
    const watermarks = this.all().map((channel) => channel.watermark())
    return watermarks.reduce((least, next) => (next < least ? next : least))
  }
}
