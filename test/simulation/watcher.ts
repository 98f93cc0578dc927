import { ElanusError } from '../../src/base/errors.ts'
import type { ChannelMessage, StartPosition } from '../../src/services/channels/channel.ts'
import type { ChannelConsumer } from '../../src/services/channels/channels.ts'
import { MsgType } from '../../src/services/seed/common-messages.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { require } from './violation.ts'

/**
 * Follows a channel over all restarts, and holds it to its word: positions and timestamps never go
 * back, and what comes after a tick is later than the tick.
 */
export async function watch(
  process: SimulatedProcess,
  channels: ChannelConsumer,
  name: string,
): Promise<never> {
  let next: StartPosition = { kind: 'first' }
  const order = new ChannelOrder(name)
  for (;;) {
    try {
      for await (const message of channels.consume(name, next)) {
        order.take(message)
        next = { kind: 'position', position: message.position }
      }
    } catch (error) {
      if (!(error instanceof ElanusError)) throw error
      // What was not read in time is not kept for ever.
      if (error.code === 'INVALID_ARGUMENT') next = { kind: 'first' }
    }
    await process.sleep(100 + process.scheduler.random.below(500))
  }
}

class ChannelOrder {
  readonly #name: string
  #position = -1n
  #timestamp = 0n
  #tick = 0n

  constructor(name: string) {
    this.#name = name
  }

  take({ position, timestamp, body }: ChannelMessage): void {
    const told = `${this.#name} tells position ${position} of ${timestamp}`
    require(position >= this.#position, () => `${told} after position ${this.#position}`)
    this.#position = position
    if (body.type === MsgType.TIME_TICK) {
      require(timestamp >= this.#tick, () => `${told}, a tick, after a tick of ${this.#tick}`)
      this.#tick = timestamp
      return
    }
    require(timestamp >= this.#timestamp, () => `${told} after ${this.#timestamp}`)
    require(timestamp > this.#tick, () => `${told} after a tick of ${this.#tick}`)
    this.#timestamp = timestamp
  }
}
