import { ElanusError, toElanusError } from '../../base/errors.ts'
import { toId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import {
  type ChannelMessage,
  type StartPosition,
  startOf,
  wirePosition,
} from '../../services/channels/channel.ts'
import type { ChannelConsumer } from '../../services/channels/channels.ts'
import type { Message } from '../../services/seed/channel-messages.ts'
import { MsgType } from '../../services/seed/common-messages.ts'
import { requireSuccess, statusOf, success } from '../../services/seed/status.ts'
import { MessageStreamDefinition } from '../generated/message.ts'
import type { RpcChannel } from '../rpc-channel.ts'
import type { RpcLogger, RpcMethod } from '../service.ts'
import { decodeMessage, encodeMessage } from '../wire/message.ts'
import { decodeBody, encodeBody } from './body-codec.ts'
import { consumeMethod } from './services.ts'

const { name, requestType, responseType } = consumeMethod

/** Channels over the wire. Why a stream ends before its caller ends it is its last message. */
export function serveConsume(channels: ChannelConsumer, logger: RpcLogger): RpcMethod {
  return {
    kind: 'serverStream',
    name,
    async *answer(bytes, call) {
      try {
        const request = decodeMessage(requestType, `the request of ${name}`, bytes)
        const start = startOf(request.from)
        for await (const message of channels.consume(request.channelName, start, call.signal())) {
          yield encodeMessage(responseType, wireMessage(request.channelName, message))
        }
      } catch (thrown) {
        const error = toElanusError(thrown, `Cannot answer ${name}`)
        if (error.code === 'INTERNAL') logger.error(`Cannot answer ${name}`, error)
        yield encodeMessage(responseType, lastMessage(error))
      }
    },
  }
}

function wireMessage(channelName: string, { position, timestamp, body }: ChannelMessage): Message {
  return {
    msgType: body.type,
    position: wirePosition(channelName, position, timestamp),
    payload: encodeBody(body),
    status: success,
  }
}

function lastMessage(error: ElanusError): Message {
  return {
    msgType: MsgType.UNDEFINED,
    position: undefined,
    payload: new Uint8Array(),
    status: statusOf(error, 'The stream ends'),
  }
}

/** The channels of a server elsewhere. */
export function remoteChannels(channel: RpcChannel): ChannelConsumer {
  const path = `/${MessageStreamDefinition.fullName}/${name}`
  return {
    async *consume(channelName, start, signal) {
      const request = { channelName, from: wireStart(channelName, start) }
      const stream = channel.stream(path, encodeMessage(requestType, request), signal)
      for await (const bytes of stream) {
        const message = decodeMessage(responseType, `a message of ${channelName}`, bytes)
        requireSuccess(message.status, `Cannot consume ${channelName}`)
        yield messageOf(channelName, message)
      }
    },
  }
}

function wireStart(channelName: string, start: StartPosition) {
  switch (start.kind) {
    case 'first':
      return undefined
    case 'next':
      return { channelName, msgID: new Uint8Array(), timestamp: 0n }
    case 'position':
      return wirePosition(channelName, start.position, 0n)
  }
}

function messageOf(channelName: string, message: Message): ChannelMessage {
  const start = startOf(message.position)
  if (start.kind !== 'position') {
    throw new ElanusError('INVALID_ARGUMENT', `A message of ${channelName} has no position`)
  }
  return {
    position: start.position,
    timestamp: toId<Timestamp>(BigInt.asIntN(64, message.position?.timestamp ?? 0n)),
    body: decodeBody(message.msgType, message.payload),
  }
}
