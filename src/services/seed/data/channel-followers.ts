import type { Clock } from '../../../base/clock.ts'
import { ElanusError } from '../../../base/errors.ts'
import { type ChannelMessage, channelNames, type StartPosition } from '../../channels/channel.ts'
import type { ChannelConsumer } from '../../channels/channels.ts'
import { MsgType } from '../common-messages.ts'
import { retrying } from '../retrying.ts'

export interface ChannelFollowersOptions {
  readonly clock: Clock
  readonly channels: ChannelConsumer
  /** Is given each message in turn; the signal aborts when the channel is let go. */
  readonly take: (channel: string, message: ChannelMessage, signal: AbortSignal) => Promise<void>
  /** Told when what was taken of a channel so far is not all of it, or not wanted any more. */
  readonly onLetGo: (channel: string) => void
  readonly onError: (error: unknown) => void
}

interface Follower {
  readonly abort: AbortController
  /** Everything up to this time has been taken. */
  tick: bigint
  /** Where to go on after a failure: what is given twice is known by its position. */
  next: StartPosition
}

/** The insert channels that a data node follows, and how far it has come on each. */
export class ChannelFollowers {
  readonly #options: ChannelFollowersOptions
  readonly #followers = new Map<string, Follower>()

  constructor(options: ChannelFollowersOptions) {
    this.#options = options
  }

  /** Follows these from now on and no others. What is followed already goes on as it is. */
  follow(starts: ReadonlyMap<string, StartPosition>): void {
    for (const name of this.#followers.keys()) {
      if (name !== channelNames.segmentInfo && !starts.has(name)) this.#letGo(name)
    }
    if (starts.size > 0) this.#begin(channelNames.segmentInfo, { kind: 'first' })
    for (const [name, start] of starts) this.#begin(name, start)
  }

  /** Of insert channels. */
  get count(): number {
    return this.#followers.size - (this.#followers.has(channelNames.segmentInfo) ? 1 : 0)
  }

  /** Whether some channel has not come so far. */
  isBehind(upTo: bigint): boolean {
    for (const [name, { tick }] of this.#followers) {
      if (name !== channelNames.segmentInfo && tick < upTo) return true
    }
    return false
  }

  /** Lets go of all. */
  stop(): void {
    for (const name of this.#followers.keys()) this.#letGo(name)
  }

  #letGo(name: string): void {
    this.#followers.get(name)?.abort.abort(letGo(name))
    this.#followers.delete(name)
    this.#options.onLetGo(name)
  }

  #begin(name: string, start: StartPosition): void {
    if (this.#followers.has(name)) return
    const { clock, onError } = this.#options
    const follower: Follower = { abort: new AbortController(), tick: 0n, next: start }
    this.#followers.set(name, follower)
    const { signal } = follower.abort
    const follow = (): Promise<never> => this.#consume(name, follower)
    const onFailure = (error: unknown): void => {
      if (!signal.aborted) onError(error)
    }
    retrying(follow, { clock, signal, onError: onFailure }).catch(onFailure)
  }

  async #consume(name: string, follower: Follower): Promise<never> {
    const { channels, take } = this.#options
    const { signal } = follower.abort
    try {
      for await (const message of channels.consume(name, follower.next, signal)) {
        follower.next = { kind: 'position', position: message.position }
        await take(name, message, signal)
        if (message.body.type === MsgType.TIME_TICK) follower.tick = message.timestamp
      }
    } catch (error) {
      this.#startAnew(name, follower, error)
      throw error
    }
    throw new ElanusError('CHANNEL_NOT_FOUND', `Channel ${name} has ended`)
  }

  /** Where the channel does not keep what comes next, all that it keeps is taken anew. */
  #startAnew(name: string, follower: Follower, error: unknown): void {
    if (follower.abort.signal.aborted) return
    if (!(error instanceof ElanusError) || error.code !== 'INVALID_ARGUMENT') return
    follower.next = { kind: 'first' }
    this.#options.onLetGo(name)
  }
}

function letGo(name: string): ElanusError {
  return new ElanusError('CANCELED', `Channel ${name} is not followed any more`)
}
