import { toId } from '../../../src/base/int64.ts'
import { logicalBits, type Timestamp } from '../../../src/base/timestamp.ts'
import { MsgType } from '../../../src/services/seed/common-messages.ts'
import type { Bug } from '../bug.ts'
import { replacing } from './replacing.ts'

/** How often expired promises are looked for. */
const expiryPeriodMs = 200

export const bugs = {
  /** A call that takes rows is made twice by whatever carries it. */
  insertsTwice: {
    services: (services) => {
      const { proxy } = services
      let count = 0
      return {
        ...services,
        proxy: replacing(proxy, {
          insert: async (request) => {
            count += 1
            if (count % 5 === 0) await proxy.insert(request)
            return proxy.insert(request)
          },
        }),
      }
    },
  },

  /** A promise of a place holds its room for ever: what looks for expired ones never wakes. */
  neverExpires: {
    clock: (clock) =>
      replacing(clock, {
        schedule: (delayMs, callback) =>
          delayMs === expiryPeriodMs
            ? { [Symbol.dispose]: () => {} }
            : clock.schedule(delayMs, callback),
      }),
  },

  /** Messages of a channel overtake each other. */
  reordersChannels: {
    channels: (channels) => ({
      async *consume(name, start, signal) {
        for await (const message of channels.consume(name, start, signal)) {
          yield message
          if (message.position % 7n === 6n) yield { ...message, position: message.position - 1n }
        }
      },
    }),
  },

  /** A tick is told too early: it says more than what has been told. */
  ticksEarly: {
    channels: (channels) => ({
      async *consume(name, start, signal) {
        for await (const message of channels.consume(name, start, signal)) {
          const { body, timestamp } = message
          const isTick = body.type === MsgType.TIME_TICK
          yield isTick ? { ...message, timestamp: later(timestamp) } : message
        }
      },
    }),
  },
} satisfies Readonly<Record<string, Bug>>

/** By ten seconds. */
function later(timestamp: Timestamp): Timestamp {
  return toId<Timestamp>(timestamp + (10_000n << logicalBits))
}
