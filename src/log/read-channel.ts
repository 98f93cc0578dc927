import { ElanusError } from '../base/errors.ts'
import type { FileSystem } from '../base/file-system.ts'
import type { LogPosition, LogRecord } from './log.ts'
import type { LogFile } from './log-file.ts'
import { RecordCursor } from './record-cursor.ts'
import { corrupt } from './recover-channel.ts'

/** What a reader looks at while the channel goes on. */
export interface ReadableChannel {
  readonly name: string
  readonly fileSystem: FileSystem
  /** Oldest first, and only those that are kept. */
  files(): readonly LogFile[]
  /** The position after the last durable record. */
  durableNext(): LogPosition
  /** Throws when the channel is closed. */
  checkOpen(): void
}

/**
 * Durable records from `from` on, up to the last when the reader gets there. Every byte on the way
 * is checked: a record that is bad or missing is CORRUPT, never skipped.
 */
export async function* readChannel(
  channel: ReadableChannel,
  from: LogPosition,
): AsyncGenerator<LogRecord, void, undefined> {
  let position = from
  while (position < channel.durableNext()) {
    const file = channel.files().findLast(({ header }) => header.first <= position)
    if (file === undefined) throw truncated(channel, position)
    await using handle = await channel.fileSystem.open(file.path, 'read')
    const cursor = new RecordCursor(handle, file.header, () => file.durableSize)
    for (;;) {
      const now = cursor.nextInBuffer()
      const step = typeof now === 'number' ? await cursor.next() : now
      channel.checkOpen()
      if (step.kind === 'end') break
      if (step.kind === 'bad') throw corrupt(file.path, cursor.offset, step.reason)
      if (step.record.position >= position) yield step.record
    }
    position = cursor.position
    checkFollowing(channel, file, cursor)
  }
}

/** The next file starts where this one ends, or records are missing. */
function checkFollowing(channel: ReadableChannel, file: LogFile, cursor: RecordCursor): void {
  const files = channel.files()
  const index = files.indexOf(file)
  const following = index < 0 ? undefined : files[index + 1]
  if (following === undefined || following.header.first === cursor.position) return
  throw corrupt(
    file.path,
    cursor.offset,
    `it ends before position ${cursor.position}, and the next file starts at ${following.header.first}`,
  )
}

function truncated(channel: ReadableChannel, position: LogPosition): ElanusError {
  return new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot read position ${position} of the channel ${channel.name}: it was truncated`,
  )
}
