import { toId } from '../../../src/base/int64.ts'
import type { Log, LogChannel, LogPosition, LogRecord } from '../../../src/log/log.ts'
import { lyingFileSystem } from '../../support/lying-file-system.ts'
import type { Bug } from '../bug.ts'
import { replacing } from './replacing.ts'

export const bugs = {
  /** The log answers before its bytes are durable. */
  acknowledgesBeforeSync: { logFileSystem: lyingFileSystem },

  /** Replay begins one record too late. */
  replaysFromNext: {
    log: (log) =>
      replaying(log, (channel, from) =>
        channel.read(from < channel.next ? toId<LogPosition>(from + 1n) : from),
      ),
  },

  /** Replay meets the newest record twice. */
  replaysTwice: {
    log: (log) =>
      replaying(log, async function* (channel, from) {
        for await (const record of channel.read(from)) {
          const payload = record.payload.slice()
          yield { ...record, payload }
          if (record.position + 1n === channel.next) yield { ...record, payload }
        }
      }),
  },

  /** Replay gives a record the timestamp of the one before. */
  replaysEarlier: {
    log: (log) =>
      replaying(log, async function* (channel, from) {
        let former: LogRecord['timestamp'] | undefined
        for await (const record of channel.read(from)) {
          yield { ...record, timestamp: former ?? record.timestamp }
          former = record.timestamp
        }
      }),
  },

  /** Files are unlinked one record before nobody needs them any more. */
  truncatesTooMuch: {
    log: (log) =>
      withChannels(log, (channel) => ({
        truncate: () => channel.truncate(channel.next),
      })),
  },
} satisfies Readonly<Record<string, Bug>>

/** The first read of a channel is its replay; those that come after it are as they should be. */
function replaying(
  log: Log,
  replay: (channel: LogChannel, from: LogPosition) => AsyncIterable<LogRecord>,
): Log {
  return withChannels(log, (channel) => {
    let isReplayed = false
    return {
      read: (from) => {
        if (isReplayed) return channel.read(from)
        isReplayed = true
        return replay(channel, from)
      },
    }
  })
}

/** The log with some methods of its channels replaced. */
function withChannels(log: Log, replace: (channel: LogChannel) => Partial<LogChannel>): Log {
  return replacing(log, {
    open: async (name) => {
      const channel = await log.open(name)
      return replacing(channel, replace(channel))
    },
  })
}
