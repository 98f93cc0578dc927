import type { ChannelMessage, StartPosition } from '../../../src/services/channels/channel.ts'
import { MsgType } from '../../../src/services/seed/common-messages.ts'
import type { Subject } from './subject.ts'

const first: StartPosition = { kind: 'first' }

/** A channel's messages until one is the last that is wanted, ticks included. */
export async function followUntil(
  { channels }: Subject,
  name: string,
  isLast: (message: ChannelMessage, before: readonly ChannelMessage[]) => boolean,
  start: StartPosition = first,
): Promise<ChannelMessage[]> {
  const abort = new AbortController()
  const found: ChannelMessage[] = []
  for await (const message of channels.consume(name, start, abort.signal)) {
    found.push(message)
    if (isLast(message, found)) break
  }
  abort.abort()
  return found
}

export function isTick({ body }: ChannelMessage): boolean {
  return body.type === MsgType.TIME_TICK
}

/** What a channel holds now: everything up to its first tick. */
export async function held(
  subject: Subject,
  name: string,
  start: StartPosition = first,
): Promise<readonly ChannelMessage[]> {
  const messages = await followUntil(subject, name, isTick, start)
  return messages.slice(0, -1)
}
